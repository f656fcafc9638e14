//! The port to the store: a batch of SQL statements, run atomically, answered with their rows.
//!
//! There is no interactive transaction, because D1 has none. A use case reads what it must, decides, and writes one
//! batch whose guards are in its SQL. The SQL is SQLite's and is the same text on every host.

use std::borrow::Cow;
use std::sync::Arc;

use async_trait::async_trait;

/// A value bound to a statement, or read from a row. Times are integers (milliseconds since 1970), booleans 0 and 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// SQL's NULL.
    Null,
    /// An integer. Every one that Tessera stores fits in 53 bits, so that D1's JavaScript side keeps it whole.
    Integer(i64),
    /// A text in UTF-8.
    Text(String),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Integer(i64::from(truth))
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One SQL statement with its parameters, numbered `?1`, `?2`, … in the order in which they are bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The statement's text, in SQLite's dialect.
    pub sql: Cow<'static, str>,
    /// The parameters; at most 100, D1's limit.
    pub parameters: Vec<Value>,
}

impl Statement {
    /// A statement with no parameters yet.
    pub fn new(sql: impl Into<Cow<'static, str>>) -> Self {
        Self { sql: sql.into(), parameters: Vec::new() }
    }

    /// Binds the next parameter.
    #[must_use]
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.parameters.push(value.into());
        self
    }
}

/// One row: its values in the order of the statement's columns, which all have different names (D1 keeps one value a
/// name). It is read from left to right, once.
#[derive(Debug)]
pub struct Row(std::vec::IntoIter<Value>);

impl Row {
    /// A row of these values.
    pub fn new(values: Vec<Value>) -> Self {
        Self(values.into_iter())
    }

    /// The values that were not read yet.
    pub(crate) fn rest(&self) -> &[Value] {
        self.0.as_slice()
    }

    fn next(&mut self) -> Result<Value, DatabaseError> {
        self.0.next().ok_or_else(|| DatabaseError::Failed("a row has fewer columns than were read".into()))
    }

    /// The next column, a text or NULL.
    pub fn optional_text(&mut self) -> Result<Option<String>, DatabaseError> {
        match self.next()? {
            Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text)),
            Value::Integer(number) => Err(unexpected("text", &number.to_string())),
        }
    }

    /// The next column, a text.
    pub fn text(&mut self) -> Result<String, DatabaseError> {
        self.optional_text()?.ok_or_else(|| unexpected("text", "NULL"))
    }

    /// The next column, an integer or NULL.
    pub fn optional_integer(&mut self) -> Result<Option<i64>, DatabaseError> {
        match self.next()? {
            Value::Null => Ok(None),
            Value::Integer(number) => Ok(Some(number)),
            Value::Text(_) => Err(unexpected("an integer", "a text")),
        }
    }

    /// The next column, an integer.
    pub fn integer(&mut self) -> Result<i64, DatabaseError> {
        self.optional_integer()?.ok_or_else(|| unexpected("an integer", "NULL"))
    }

    /// The next column, 0 or 1.
    pub fn boolean(&mut self) -> Result<bool, DatabaseError> {
        Ok(self.integer()? != 0)
    }
}

fn unexpected(wanted: &str, found: &str) -> DatabaseError {
    DatabaseError::Failed(format!("a column holds {found}, not {wanted}"))
}

/// Why a batch was not carried out. Nothing of it was written.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// A UNIQUE constraint refused a row. The text names the columns: `users.organization, users.email_key`.
    #[error("UNIQUE constraint failed: {0}")]
    Unique(String),
    /// Anything else. The text is private: it goes to the log, never to a caller.
    #[error("{0}")]
    Failed(String),
}

impl DatabaseError {
    /// Reads an error from SQLite's message, which D1 passes on inside its own.
    pub fn from_message(message: &str) -> Self {
        match message.split_once("UNIQUE constraint failed: ") {
            Some((_, columns)) => Self::Unique(columns.split(": ").next().unwrap_or_default().trim().to_owned()),
            None => Self::Failed(message.to_owned()),
        }
    }
}

/// A store that runs a batch of statements in one transaction.
#[async_trait]
pub trait Database: Send + Sync + 'static {
    /// Runs the statements in order, all or none, and gives each one's rows.
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseError>;

    /// The store for one caller, whose reads may be answered by a copy that is no older than this bookmark, or by none without
    /// one. Nothing where there are no copies.
    fn session(&self, _bookmark: Option<&str>) -> Option<Arc<dyn Database>> {
        None
    }

    /// Of a session, how new what it read and wrote is; nothing where it did neither.
    fn bookmark(&self) -> Option<String> {
        None
    }
}
