//! Whether the directory can serve, and how much waits in it to be sent: for whoever runs it, and of no organization.

use crate::database::{DatabaseError, Row, Statement};
use crate::{Directory, migrations};

/// Why the directory cannot serve, if it cannot: in words for the log.
pub async fn check(directory: &Directory) -> Result<(), String> {
    // there may be more: in the middle of a deployment the store is newer than the program
    let missing = "SELECT value FROM json_each(?1) WHERE value NOT IN (SELECT name FROM d1_migrations) LIMIT 1";
    let missing = directory.batch(vec![Statement::new(missing).bind(migrations::NAMES)]).await;
    match missing.and_then(|mut answers| answers.read_one(Row::text)) {
        Ok(None) => Ok(()),
        Ok(Some(name)) => Err(format!("the store lacks the migration {name}")),
        Err(error) => Err(format!("the store: {error}")),
    }
}

/// How many mails and events there are of each state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Mails, by their state's name.
    pub mails: Vec<(String, i64)>,
    /// Events on their way to webhooks, by their state's name.
    pub deliveries: Vec<(String, i64)>,
}

/// Counts what is to be sent, was sent, or was given up. It looks at every row.
pub async fn backlog(directory: &Directory) -> Result<Backlog, DatabaseError> {
    let count = |table| Statement::new(format!("SELECT state, COUNT(*) AS number FROM {table} GROUP BY state"));
    let mut answers = directory.batch(vec![count("outbox"), count("events")]).await?;
    let mut read = || answers.read(|row| Ok((row.text()?, row.integer()?)));
    Ok(Backlog { mails: read()?, deliveries: read()? })
}
