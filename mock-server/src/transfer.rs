//! A file of the directory as a store that an organization is taken out of or put into.

use std::path::Path;

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use serde_json::Value;
use tessera_transfer::{Error, Row, Store};

use crate::{StartError, sqlite};

/// The directory in a file, besides a server that may be using it.
#[derive(Debug)]
pub struct Transfer(Connection);

impl Transfer {
    /// Opens a file, which is made where there is none, and brings its schema up to date.
    pub fn open(file: &Path) -> Result<Self, StartError> {
        sqlite::up_to_date(Some(file)).map(Self)
    }

    /// Opens a file as it is, of whichever schema.
    pub fn open_as_it_is(file: &Path) -> Result<Self, StartError> {
        sqlite::open(Some(file)).map(Self).map_err(|error| sqlite::unopened(Some(file), &error))
    }
}

impl Store for Transfer {
    fn query(&mut self, queries: &[String]) -> Result<Vec<Vec<Row>>, Error> {
        let transaction = self.0.transaction().map_err(failed)?;
        let answers = queries.iter().map(|sql| rows(&transaction, sql)).collect();
        transaction.commit().map_err(failed)?;
        answers
    }

    fn change(&mut self, statements: &[String]) -> Result<(), Error> {
        let transaction = self.0.transaction().map_err(failed)?;
        for sql in statements {
            transaction.execute_batch(sql).map_err(failed)?;
        }
        transaction.commit().map_err(failed)
    }
}

fn rows(connection: &Connection, sql: &str) -> Result<Vec<Row>, Error> {
    let mut statement = connection.prepare(sql).map_err(failed)?;
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut found = statement.query([]).map_err(failed)?;
    let mut rows = Vec::new();
    while let Some(row) = found.next().map_err(failed)? {
        let values = names.iter().enumerate().map(|(at, name)| {
            let value = match row.get_ref(at).map_err(failed)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(number) => number.into(),
                ValueRef::Real(number) => number.into(),
                ValueRef::Text(text) => String::from_utf8_lossy(text).into(),
                ValueRef::Blob(_) => return Err(Error::Store(format!("{name} holds a blob"))),
            };
            Ok((name.clone(), value))
        });
        rows.push(values.collect::<Result<_, _>>()?);
    }
    Ok(rows)
}

#[expect(clippy::needless_pass_by_value, reason = "made for map_err")]
fn failed(error: rusqlite::Error) -> Error {
    Error::Store(error.to_string())
}
