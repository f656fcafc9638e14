//! The store at the edge: a D1 batch, with one crossing into JavaScript and one back.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::{Serialize, Serializer};
use tessera_api::watch;
use tessera_directory::database::{Database, DatabaseError, Row, Statement, Value};
use wasm_bindgen::JsValue;
use worker::D1Database;
use worker::js_sys::Date;
use worker::send::SendWrapper;

use crate::glue;

/// A D1 database, or a session with one.
pub(crate) struct D1 {
    binding: SendWrapper<JsValue>,
    /// Whether calls may share a batch. A session is one caller's, and so is its bookmark.
    is_shared: bool,
}

impl D1 {
    pub(crate) fn new(database: &D1Database) -> Self {
        Self { binding: SendWrapper::new(JsValue::clone(database.as_ref())), is_shared: true }
    }
}

#[async_trait]
impl Database for D1 {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseError> {
        // D1 refuses a batch of nothing.
        if statements.is_empty() {
            return Ok(Vec::new());
        }
        let begun = Date::now();
        let promise = glue::batch(&self.binding, &encode(&statements)?, self.is_shared);
        let reply = glue::resolve(promise).await;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "some milliseconds, and none below 0"
        )]
        let took = Duration::from_millis((Date::now() - begun) as u64);
        watch::current(|watch| watch.stored(took));
        let reply = reply.map_err(|error| DatabaseError::from_message(&error))?;
        decode(&reply.as_string().unwrap_or_default())
    }

    fn session(&self, bookmark: Option<&str>) -> Option<Arc<dyn Database>> {
        let session = glue::session(&self.binding, bookmark.unwrap_or("first-primary"));
        Some(Arc::new(Self { binding: SendWrapper::new(session), is_shared: false }))
    }

    fn bookmark(&self) -> Option<String> {
        glue::bookmark(&self.binding)
    }
}

fn encode(statements: &[Statement]) -> Result<String, DatabaseError> {
    let statements: Vec<(Sql<'_>, Vec<Parameter<'_>>)> = statements
        .iter()
        .map(|statement| (sql(statement), statement.parameters.iter().map(Parameter).collect()))
        .collect();
    serde_json::to_string(&statements).map_err(|error| DatabaseError::Failed(error.to_string()))
}

thread_local! {
    /// The texts that JavaScript knows by their numbers, each by where it is: its address and its length.
    static KNOWN: RefCell<Vec<(usize, usize)>> = const { RefCell::new(Vec::new()) };
}

/// What stands for SQL: a text that is always the same crosses once.
fn sql(statement: &Statement) -> Sql<'_> {
    let text = match &statement.sql {
        Cow::Borrowed(text) => text,
        Cow::Owned(text) => return Sql::Text(text),
    };
    let place = (text.as_ptr().addr(), text.len());
    KNOWN.with_borrow_mut(|known| {
        Sql::Number(known.iter().position(|other| *other == place).unwrap_or_else(|| {
            glue::learn(known.len(), text);
            known.push(place);
            known.len() - 1
        }))
    })
}

/// SQL on its way into JSON.
#[derive(Serialize)]
#[serde(untagged)]
enum Sql<'a> {
    Number(usize),
    Text(&'a str),
}

fn decode(reply: &str) -> Result<Vec<Vec<Row>>, DatabaseError> {
    let results: Vec<Vec<Vec<Column>>> = serde_json::from_slice(reply.as_bytes())
        .map_err(|error| DatabaseError::Failed(format!("D1's answer: {error}")))?;
    let row = |columns: Vec<Column>| Row::new(columns.into_iter().map(|Column(value)| value).collect());
    Ok(results.into_iter().map(|rows| rows.into_iter().map(row).collect()).collect())
}

/// A value on its way into JSON. JavaScript keeps integers whole up to 2^53, which is all that Tessera stores; a greater
/// one in a look-up is rounded and finds nothing, as it should.
struct Parameter<'a>(&'a Value);

impl Serialize for Parameter<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null => serializer.serialize_unit(),
            Value::Integer(number) => serializer.serialize_i64(*number),
            Value::Text(text) => serializer.serialize_str(text),
        }
    }
}

/// A value on its way out of JSON.
struct Column(Value);

impl<'de> Deserialize<'de> for Column {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ColumnVisitor)
    }
}

struct ColumnVisitor;

impl Visitor<'_> for ColumnVisitor {
    type Value = Column;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("NULL, an integer or a text")
    }

    fn visit_unit<E: Error>(self) -> Result<Column, E> {
        Ok(Column(Value::Null))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Column, E> {
        Ok(Column(Value::Integer(number)))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Column, E> {
        i64::try_from(number).map(|number| Column(Value::Integer(number))).map_err(E::custom)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Column, E> {
        Ok(Column(Value::Text(text.to_owned())))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Column, E> {
        Ok(Column(Value::Text(text)))
    }
}
