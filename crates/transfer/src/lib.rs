//! One organization out of a store and into another, as JSON Lines: a header, then a row a line. The format, and what is and is not
//! carried over, is in `docs/operations.md`.
//!
//! What belongs to an organization is read off the schema: the tables that refer to it, and those that refer to these. A table that
//! outlives its organization, as the audit log does, has the organization's UUID in a column `organization` that refers to nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, Write};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

mod schema;
mod script;

use schema::{Belonging, Schema};
use script::Script;

/// The version of the format.
const FORMAT: u32 = 1;

/// A row: a value for each column.
pub type Row = Map<String, Value>;

/// A store, as whoever runs it reaches it.
pub trait Store {
    /// Runs queries, all of the same moment, and gives the rows of each.
    fn query(&mut self, queries: &[String]) -> Result<Vec<Vec<Row>>, Error>;

    /// Runs changes, all or none.
    fn change(&mut self, statements: &[String]) -> Result<(), Error>;
}

/// Why nothing was transferred.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such organization.
    #[error("there is no organization {0}")]
    Unknown(String),
    /// It is there already.
    #[error("the organization {0} is there already")]
    Taken(String),
    /// The file is of a schema that the store does not have yet.
    #[error("the file is of the schema {file}, and the store has {store}: apply the migrations to it first")]
    Newer {
        /// The file's newest migration.
        file: String,
        /// The store's.
        store: String,
    },
    /// The file is not what an export gives.
    #[error("line {line}: {reason}")]
    Malformed {
        /// Where.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// The store refuses.
    #[error("{0}")]
    Store(String),
}

/// The first line.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Header {
    tessera_export: u32,
    schema: String,
    organization: String,
}

/// Any further line.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Line {
    table: String,
    row: Row,
}

/// The organizations that a store has, by their UUIDs.
pub fn organizations(store: &mut impl Store) -> Result<Vec<String>, Error> {
    let found = one(store, "SELECT id FROM organizations ORDER BY number")?;
    Ok(found.iter().filter_map(|row| row.get("id")?.as_str().map(str::to_owned)).collect())
}

/// Writes an organization, by its UUID, and gives how many rows it has.
pub fn export(store: &mut impl Store, organization: &str, into: &mut impl Write) -> Result<usize, Error> {
    let schema = Schema::read(store)?;
    let tables: Vec<_> = schema.belonging(organization).into_iter().collect();
    let queries: Vec<String> = tables
        .iter()
        .filter_map(|(name, belonging)| {
            let table = schema.tables.get(name)?;
            let columns: Vec<String> = table.carried(belonging).map(quoted).collect();
            let order: Vec<String> = table.key.iter().map(|column| quoted(column)).collect();
            let (columns, order) = (columns.join(", "), order.join(", "));
            Some(format!("SELECT {columns} FROM {} WHERE {} ORDER BY {order}", quoted(name), belonging.condition()))
        })
        .collect();
    let answers = store.query(&queries)?;
    if !tables.iter().zip(&answers).any(|((name, _), rows)| name == schema::ROOT && !rows.is_empty()) {
        return Err(Error::Unknown(organization.to_owned()));
    }
    let header = Header { tessera_export: FORMAT, schema: schema.version, organization: organization.to_owned() };
    write(into, &header)?;
    let mut count = 0;
    for ((table, _), rows) in tables.into_iter().zip(answers) {
        for row in rows {
            // in one order, whichever the store gives
            let row = row.into_iter().collect::<BTreeMap<_, _>>().into_iter().collect();
            write(into, &Line { table: table.clone(), row })?;
            count += 1;
        }
    }
    Ok(count)
}

/// Puts an organization that was exported into a store, all of it or nothing, and gives how many rows were put there. Every id and
/// number is as it was.
pub fn import(store: &mut impl Store, from: impl BufRead) -> Result<usize, Error> {
    let mut lines = from.lines().zip(1..).map(|(line, at)| {
        line.map(|line| (at, line)).map_err(|error| Error::Malformed { line: at, reason: error.to_string() })
    });
    let (_, first) = lines.next().ok_or_else(|| malformed(1, "there is no header"))??;
    let header: Header = read(1, &first)?;
    if header.tessera_export != FORMAT {
        return Err(malformed(1, "it is of another version of the format"));
    }
    let schema = Schema::read(store)?;
    if header.schema > schema.version {
        return Err(Error::Newer { file: header.schema, store: schema.version });
    }
    let belonging = schema.belonging(&header.organization);
    let id = literal(&Value::from(header.organization.as_str()));
    if !one(store, &format!("SELECT id FROM organizations WHERE id = {id}"))?.is_empty() {
        return Err(Error::Taken(header.organization));
    }
    let kept = kept(store, &belonging)?;
    let mut script = Script::new(&schema);
    let mut count = 0;
    for line in lines {
        let (at, text) = line?;
        let Line { table, row } = read(at, &text)?;
        let Some(belongs) = belonging.get(&table) else {
            return Err(malformed(at, &format!("an organization has no table {table:?}")));
        };
        let known: BTreeSet<&str> =
            schema.tables.get(&table).into_iter().flat_map(|found| found.carried(belongs)).collect();
        if let Some(unknown) = row.keys().find(|column| !known.contains(column.as_str())) {
            return Err(malformed(at, &format!("{table} has no column {unknown:?}")));
        }
        if row.values().any(|value| !matches!(value, Value::Null | Value::String(_) | Value::Number(_))) {
            return Err(malformed(at, "a column holds a text, a number or null"));
        }
        if !kept.contains(&table) {
            script.insert(&table, &row);
            count += 1;
        }
    }
    if count == 0 {
        return Err(malformed(2, "there is no row"));
    }
    store.change(&script.finish())?;
    Ok(count)
}

/// The tables that outlive their organizations, where they already know this one: then they are kept as they are.
fn kept(store: &mut impl Store, belonging: &BTreeMap<String, Belonging>) -> Result<BTreeSet<String>, Error> {
    let outliving: Vec<_> = belonging.iter().filter(|(_, belonging)| belonging.outlives()).collect();
    let queries: Vec<String> = outliving
        .iter()
        .map(|(name, belonging)| {
            format!("SELECT 1 AS found FROM {} WHERE {} LIMIT 1", quoted(name), belonging.condition())
        })
        .collect();
    let is_known = !queries.is_empty() && store.query(&queries)?.iter().any(|rows| !rows.is_empty());
    Ok(if is_known { outliving.into_iter().map(|(name, _)| name.clone()).collect() } else { BTreeSet::new() })
}

/// The tables that belong to no organization.
pub fn global_tables(store: &mut impl Store) -> Result<Vec<String>, Error> {
    let schema = Schema::read(store)?;
    let belonging = schema.belonging("");
    Ok(schema.tables.into_keys().filter(|name| !belonging.contains_key(name)).collect())
}

/// The statements that put all that a store holds into an empty one of the same schema, whose own rows go.
pub fn copy(store: &mut impl Store) -> Result<Vec<String>, Error> {
    let schema = Schema::read(store)?;
    let tables: Vec<_> = schema.tables.iter().filter(|(name, _)| *name != schema::MIGRATIONS).collect();
    let queries: Vec<String> = tables
        .iter()
        .map(|(name, table)| {
            let order: Vec<String> = table.key.iter().map(|column| quoted(column)).collect();
            format!("SELECT * FROM {} ORDER BY {}", quoted(name), order.join(", "))
        })
        .collect();
    let mut script = Script::new(&schema);
    for ((name, _), rows) in tables.into_iter().zip(store.query(&queries)?) {
        script.clear(name);
        for row in rows {
            script.insert(name, &row.into_iter().collect::<BTreeMap<_, _>>().into_iter().collect());
        }
    }
    Ok(script.finish())
}

fn one(store: &mut impl Store, query: &str) -> Result<Vec<Row>, Error> {
    Ok(store.query(&[query.to_owned()])?.into_iter().next().unwrap_or_default())
}

fn write(into: &mut impl Write, line: &impl Serialize) -> Result<(), Error> {
    let text = serde_json::to_string(line).map_err(|error| Error::Store(error.to_string()))?;
    writeln!(into, "{text}").map_err(|error| Error::Store(error.to_string()))
}

fn read<'a, T: Deserialize<'a>>(line: usize, text: &'a str) -> Result<T, Error> {
    serde_json::from_slice(text.as_bytes()).map_err(|error| malformed(line, &error.to_string()))
}

fn malformed(line: usize, reason: &str) -> Error {
    Error::Malformed { line, reason: reason.to_owned() }
}

/// A name as SQL takes any.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A value as SQL writes it.
fn literal(value: &Value) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("'{}'", text.replace('\'', "''")),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => "NULL".to_owned(),
    }
}
