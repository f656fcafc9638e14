//! How SQLite goes about a statement.

use std::collections::BTreeMap;

use tessera_directory::database::{Database as _, Statement};
use tessera_mock::Sqlite;

/// Fails where a list that came as a parameter would be gone through once for each row of a table, and so ten times as many took a
/// hundred times as long.
pub(super) async fn check(store: &Sqlite, statement: &Statement) {
    let lists: Vec<&str> = statement.sql.split("json_each(?").skip(1).filter_map(name).collect();
    if lists.is_empty() {
        return;
    }
    let explained = Statement { sql: format!("EXPLAIN QUERY PLAN {}", statement.sql).into(), ..statement.clone() };
    // the loops of each part of the statement, the outermost first
    let mut parts: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    for mut step in store.batch(vec![explained]).await.unwrap().remove(0) {
        let (_, part, _) = (step.integer().unwrap(), step.integer().unwrap(), step.integer().unwrap());
        parts.entry(part).or_default().push(step.text().unwrap());
    }
    for steps in parts.values() {
        let tables = steps.iter().position(|step| step.starts_with("SEARCH ") && !step.contains(" VIRTUAL TABLE "));
        let inner = steps.iter().skip(tables.unwrap_or(steps.len()));
        // what only has to be in a list is looked for there, and the list is a short one
        let scanned = inner.filter(|step| !step.contains(" EXISTS "));
        for step in scanned.filter_map(|step| step.strip_prefix("SCAN ")?.split(' ').next()) {
            assert!(!lists.contains(&step), "{step} is gone through again and again: {steps:#?}\n{}", statement.sql);
        }
    }
}

/// What a list is called, of what follows `json_each(?`.
fn name(rest: &str) -> Option<&str> {
    let (_, rest) = rest.split_once(") ")?;
    rest.split(|letter: char| !letter.is_ascii_alphanumeric()).next()
}
