//! A directory as a JSON document that can be kept in a file: every table with its rows, and no secret in any of them.

use rusqlite::config::DbConfig;
use rusqlite::types::{Value as Sql, ValueRef};
use rusqlite::{Connection, OptionalExtension as _, params_from_iter};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What stands in a secret's place where it is not known.
#[derive(Clone, Copy)]
enum Unknown {
    /// Nothing.
    Null,
    /// The row's own id, which is no secret's digest.
    Id,
    /// A new secret: what is not there could not be opened.
    New,
}

/// The columns that hold a secret or what it is checked against.
const SECRETS: &[(&str, &str, Unknown)] = &[
    ("users", "password", Unknown::Null),
    ("tokens", "digest", Unknown::Id),
    ("keys", "digest", Unknown::Id),
    ("keys", "previous_digest", Unknown::Null),
    ("credentials", "sealed", Unknown::Null),
    ("outbox", "sealed", Unknown::Null),
    ("webhook_configs", "secret", Unknown::New),
];
/// Tables that are nothing but secrets, or the store's own; the audit log is, for it is appended to alone.
const LEFT_OUT: &[&str] = &[
    "audit",
    "audit_heads",
    "audit_note",
    "audit_seals",
    "d1_migrations",
    "idempotency_keys",
    "sessions",
    "sign_in_failures",
];

/// A directory without its secrets.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dump {
    /// The newest migration of the store it is of. Only a store with the same takes it.
    schema: String,
    /// Each table's rows, by its name; a row is an object.
    tables: Map<String, Value>,
}

/// Why a dump is not taken.
#[derive(Debug, thiserror::Error)]
pub enum DumpError {
    /// It is of another version.
    #[error("it is of the schema {found}, and this server has {wanted}")]
    Schema {
        /// Its schema.
        found: String,
        /// The server's.
        wanted: String,
    },
    /// It is not what an export gives.
    #[error("{0}")]
    Malformed(String),
    /// SQLite refuses it.
    #[error("{0}")]
    Sqlite(#[from] rusqlite::Error),
}

fn schema(connection: &Connection) -> rusqlite::Result<String> {
    connection.query_row("SELECT name FROM d1_migrations ORDER BY id DESC LIMIT 1", [], |row| row.get(0))
}

fn tables(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")?;
    let names = statement.query_map([], |row| row.get::<_, String>(0))?;
    names.filter(|name| name.as_ref().map_or(true, |name| !LEFT_OUT.contains(&name.as_str()))).collect()
}

fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?1)")?;
    statement.query_map([table], |row| row.get(0))?.collect()
}

fn secrets_of(table: &str) -> impl Iterator<Item = (&'static str, Unknown)> {
    SECRETS.iter().filter(move |(of, ..)| *of == table).map(|(_, column, unknown)| (*column, *unknown))
}

/// A table, and how many rows it has.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct TableSize {
    name: String,
    rows: i64,
}

/// A part of a table, without its secrets.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Part {
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
    /// How many there are in all.
    total: i64,
}

/// The tables by name.
pub(crate) fn sizes(connection: &Connection) -> Result<Vec<TableSize>, DumpError> {
    tables(connection)?.into_iter().map(|name| Ok(TableSize { rows: count(connection, &name)?, name })).collect()
}

fn count(connection: &Connection, table: &str) -> rusqlite::Result<i64> {
    connection.query_row(&format!("SELECT count(*) FROM {}", quoted(table)), [], |row| row.get(0))
}

/// Some rows of one table; nothing where there is no such table.
pub(crate) fn rows(connection: &Connection, table: &str, limit: u32, offset: u32) -> Result<Option<Part>, DumpError> {
    if !tables(connection)?.iter().any(|known| known == table) {
        return Ok(None);
    }
    let columns = open_columns(connection, table)?;
    let sql = format!("SELECT {} FROM {} LIMIT {limit} OFFSET {offset}", list(&columns), quoted(table));
    let mut statement = connection.prepare(&sql)?;
    let mut found = statement.query([])?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        rows.push((0..columns.len()).map(|at| json(row.get_ref(at)?)).collect::<Result<_, DumpError>>()?);
    }
    Ok(Some(Part { columns, rows, total: count(connection, table)? }))
}

/// The columns that hold no secret.
fn open_columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let mut columns = columns(connection, table)?;
    columns.retain(|column| !secrets_of(table).any(|(secret, _)| secret == column));
    Ok(columns)
}

fn list(columns: &[String]) -> String {
    columns.iter().map(|column| quoted(column)).collect::<Vec<_>>().join(", ")
}

/// Reads a store.
pub(crate) fn export(connection: &Connection) -> Result<Dump, DumpError> {
    let mut dump = Dump { schema: schema(connection)?, tables: Map::new() };
    for table in tables(connection)? {
        let columns = open_columns(connection, &table)?;
        let mut statement = connection.prepare(&format!("SELECT {} FROM {}", list(&columns), quoted(&table)))?;
        let mut found = statement.query([])?;
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            let mut members = Map::new();
            for (at, column) in columns.iter().enumerate() {
                members.insert(column.clone(), json(row.get_ref(at)?)?);
            }
            rows.push(Value::Object(members));
        }
        dump.tables.insert(table, rows.into());
    }
    Ok(dump)
}

/// Makes a new secret for the webhook config of an id, as it is stored.
pub(crate) type NewSecret<'a> = &'a dyn Fn(&str) -> Result<String, DumpError>;

/// Writes a dump into a store whose schema is up to date, in the place of all it holds. Secrets are taken from `before`,
/// where the same row is there.
pub(crate) fn import(
    dump: &Dump,
    before: &Connection,
    into: &mut Connection,
    new_secret: NewSecret<'_>,
) -> Result<(), DumpError> {
    let wanted = schema(into)?;
    if dump.schema != wanted {
        return Err(DumpError::Schema { found: dump.schema.clone(), wanted });
    }
    // the rows that triggers would add are rows of the dump
    into.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    into.pragma_update(None, "foreign_keys", false)?;
    let transaction = into.transaction()?;
    let known = tables(&transaction)?;
    if let Some(unknown) = dump.tables.keys().find(|name| !known.contains(name)) {
        return Err(DumpError::Malformed(format!("tables: there is no table {unknown:?}")));
    }
    for table in &known {
        transaction.execute(&format!("DELETE FROM {}", quoted(table)), [])?;
        let rows = dump.tables.get(table).ok_or_else(|| DumpError::Malformed(format!("tables: {table} is missing")))?;
        let rows =
            rows.as_array().ok_or_else(|| DumpError::Malformed(format!("tables.{table}: should be an array")))?;
        let columns = columns(&transaction, table)?;
        for (at, row) in rows.iter().enumerate() {
            let malformed = |what: String| DumpError::Malformed(format!("tables.{table}[{at}]: {what}"));
            let row = row.as_object().ok_or_else(|| malformed("should be an object".to_owned()))?;
            if let Some(unknown) = row.keys().find(|name| !columns.contains(name)) {
                return Err(malformed(format!("there is no column {unknown:?}")));
            }
            insert(&transaction, before, table, row, new_secret).map_err(|error| malformed(error.to_string()))?;
        }
    }
    let broken: Option<String> = transaction
        .query_row("SELECT \"table\" FROM pragma_foreign_key_check LIMIT 1", [], |row| row.get(0))
        .optional()?;
    if let Some(table) = broken {
        return Err(DumpError::Malformed(format!("tables.{table}: a row refers to one that is not there")));
    }
    transaction.commit()?;
    into.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, true)?;
    into.pragma_update(None, "foreign_keys", true)?;
    Ok(())
}

fn insert(
    into: &Connection,
    before: &Connection,
    table: &str,
    row: &Map<String, Value>,
    new_secret: NewSecret<'_>,
) -> Result<(), DumpError> {
    let mut values: Vec<(String, Sql)> = Vec::with_capacity(row.len());
    for (column, value) in row {
        values.push((column.clone(), sql(value)?));
    }
    for (column, unknown) in secrets_of(table) {
        values.retain(|(name, _)| name != column);
        let id = row.get("id").and_then(Value::as_str).unwrap_or_default();
        let kept: Option<Sql> = before
            .prepare_cached(&format!("SELECT {} FROM {} WHERE id = ?1", quoted(column), quoted(table)))?
            .query_row([id], |row| row.get(0))
            .optional()?;
        let value = match (kept, unknown) {
            (Some(kept), _) => kept,
            (None, Unknown::Null) => Sql::Null,
            (None, Unknown::Id) => Sql::Text(id.to_owned()),
            (None, Unknown::New) => Sql::Text(new_secret(id)?),
        };
        values.push((column.to_owned(), value));
    }
    let names = values.iter().map(|(name, _)| quoted(name)).collect::<Vec<_>>().join(", ");
    let places = vec!["?"; values.len()].join(", ");
    let mut statement = into.prepare_cached(&format!("INSERT INTO {} ({names}) VALUES ({places})", quoted(table)))?;
    statement.execute(params_from_iter(values.into_iter().map(|(_, value)| value)))?;
    Ok(())
}

/// A name as SQL takes any.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn json(value: ValueRef<'_>) -> Result<Value, DumpError> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => number.into(),
        ValueRef::Real(number) => number.into(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned().into(),
        ValueRef::Blob(_) => return Err(DumpError::Malformed("a column holds a blob".to_owned())),
    })
}

fn sql(value: &Value) -> Result<Sql, DumpError> {
    Ok(match value {
        Value::Null => Sql::Null,
        Value::String(text) => Sql::Text(text.clone()),
        Value::Number(number) => match number.as_i64() {
            Some(number) => Sql::Integer(number),
            None => Sql::Real(number.as_f64().unwrap_or_default()),
        },
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            return Err(DumpError::Malformed("a column holds a text, a number or null".to_owned()));
        }
    })
}
