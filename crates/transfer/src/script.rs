//! The statements that put rows into a store.

use serde_json::Value;

use crate::schema::{ROOT, Schema};
use crate::{Row, literal, quoted};

/// How long a text a statement holds at the most, in bytes: D1 takes statements of a hundred thousand.
const PART: usize = 40_000;

/// Statements, to be run all or none.
pub(crate) struct Script<'a> {
    schema: &'a Schema,
    statements: Vec<String>,
}

impl<'a> Script<'a> {
    /// Begins. What triggers would add are rows by themselves, and rows may come before those that they refer to.
    pub(crate) fn new(schema: &'a Schema) -> Self {
        let drop = schema.triggers.iter().map(|(name, _)| format!("DROP TRIGGER {}", quoted(name)));
        let statements = std::iter::once("PRAGMA defer_foreign_keys = true".to_owned()).chain(drop).collect();
        Self { schema, statements }
    }

    /// Removes all rows of a table.
    pub(crate) fn clear(&mut self, table: &str) {
        self.statements.push(format!("DELETE FROM {}", quoted(table)));
    }

    /// Puts a row there.
    pub(crate) fn insert(&mut self, table: &str, row: &Row) {
        let (mut values, mut rest) = (Vec::with_capacity(row.len()), Vec::new());
        for (column, value) in row {
            let parts = parts(value);
            values.push(parts.first().map_or_else(|| literal(value), |first| literal(&Value::from(*first))));
            rest.extend(parts.into_iter().skip(1).map(|part| (column, part)));
        }
        let (columns, values) =
            (row.keys().map(|column| quoted(column)).collect::<Vec<_>>().join(", "), values.join(", "));
        let table = quoted(table);
        self.statements.push(format!("INSERT INTO {table} ({columns}) VALUES ({values})"));
        for (column, part) in rest {
            let (column, part) = (quoted(column), literal(&Value::from(part)));
            self.statements
                .push(format!("UPDATE {table} SET {column} = {column} || {part} WHERE rowid = last_insert_rowid()"));
        }
    }

    /// Ends: the triggers are there again, and the next organization gets a number that none has.
    pub(crate) fn finish(mut self) -> Vec<String> {
        self.statements.push(format!(
            "UPDATE counters SET value = MAX(value, (SELECT MAX(number) FROM {ROOT})) WHERE name = 'organization'"
        ));
        self.statements.extend(self.schema.triggers.iter().map(|(_, sql)| sql.clone()));
        self.statements
    }
}

/// A text in parts that statements hold.
fn parts(value: &Value) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = value.as_str().unwrap_or_default();
    while rest.len() > PART {
        let (part, further) = rest.split_at(rest.floor_char_boundary(PART));
        parts.push(part);
        rest = further;
    }
    if !parts.is_empty() {
        parts.push(rest);
    }
    parts
}
