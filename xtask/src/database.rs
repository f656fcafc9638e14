//! The local D1: its migrations, and the demo in it.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::Result;
use tessera_directory::database::{Statement, Value};
use tessera_directory::demo;

use crate::stamp::Stamp;
use crate::{edge, process, workspace};

/// Applies the migrations and loads the demo into the D1 in this folder, unless both were done before.
pub(crate) fn prepare(state: &Path) -> Result<()> {
    fs::create_dir_all(state)?;
    let demo = demo::statements(demo::PEPPER)
        .iter()
        .fold(String::new(), |text, statement| text + &rendered(statement) + ";\n");
    let stamp = Stamp::new(state.join("tessera-stamp"), &[workspace::root().join("migrations")])?.and(&demo);
    if stamp.holds() {
        return Ok(());
    }
    d1(state, &["migrations", "apply", "DB"])?;
    if !demo.is_empty() {
        execute(state, "demo", &demo)?;
    }
    stamp.set()
}

/// Applies the migrations alone.
pub(crate) fn prepare_empty(state: &Path) -> Result<()> {
    fs::create_dir_all(state)?;
    d1(state, &["migrations", "apply", "DB"])
}

/// Runs SQL, which a file of this name in the folder then holds, on the D1 there.
pub(crate) fn execute(state: &Path, name: &str, sql: &str) -> Result<()> {
    let file = state.join(format!("{name}.sql"));
    fs::write(&file, sql)?;
    d1(state, &["execute", "DB", "--yes", "--file", &file.to_string_lossy()])
}

fn d1(state: &Path, arguments: &[&str]) -> Result<()> {
    let mut command = edge::wrangler();
    command.arg("d1").args(arguments).args(["--local", "--persist-to"]).arg(state);
    process::run_quietly(&mut command)
}

/// The statement with its parameters written into it, for a client that cannot bind them.
fn rendered(statement: &Statement) -> String {
    let mut text = String::new();
    let mut rest = &*statement.sql;
    while let Some(at) = rest.find(['?', '\'']) {
        let (before, from) = rest.split_at(at);
        text += before;
        // A quoted text is copied as it is; a quote doubled inside it looks like the start of the next one.
        if let Some(quoted) = from.strip_prefix('\'') {
            let end = quoted.find('\'').map_or(from.len(), |end| end + 2);
            let (quoted, after) = from.split_at(end);
            text += quoted;
            rest = after;
            continue;
        }
        let digits = from.len() - from.trim_start_matches('?').trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (placeholder, after) = from.split_at(digits);
        let number: Option<usize> = placeholder.trim_start_matches('?').parse().ok();
        match number.and_then(|number| statement.parameters.get(number.checked_sub(1)?)) {
            Some(Value::Null) => text += "NULL",
            Some(Value::Integer(number)) => _ = write!(text, "{number}"),
            Some(Value::Text(value)) => _ = write!(text, "'{}'", value.replace('\'', "''")),
            None => text += placeholder,
        }
        rest = after;
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_written_in() {
        let sql = "INSERT INTO t SELECT ?1, ?2, '?1 it''s', ?3 WHERE a = ?2";
        let statement = Statement::new(sql).bind("O'Hara; ?2").bind(7).bind(None::<i64>);
        assert_eq!(rendered(&statement), "INSERT INTO t SELECT 'O''Hara; ?2', 7, '?1 it''s', NULL WHERE a = 7");
    }

    #[test]
    fn the_tenth_parameter_is_not_the_first() {
        let statement =
            (1..=10).fold(Statement::new("SELECT ?10, ?1"), |statement, number: i64| statement.bind(number));
        assert_eq!(rendered(&statement), "SELECT 10, 1");
    }
}
