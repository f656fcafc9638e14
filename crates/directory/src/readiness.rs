//! Whether the directory can serve, and how much waits in it to be sent: for whoever runs it, and of no organization.

use crate::Directory;
use crate::database::{DatabaseError, Statement};

/// The migrations that this program was made with, by their names, in order.
const MIGRATIONS: &[&str] = include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

/// Why the directory cannot serve, if it cannot: in words for the log.
pub async fn check(directory: &Directory) -> Result<(), String> {
    let applied = Statement::new("SELECT name FROM d1_migrations ORDER BY id");
    let applied = directory.batch(vec![applied]).await.and_then(|mut answers| answers.read(|row| row.text()));
    // one that is newer than this program is as it is in the middle of a deployment
    let applied = applied.map_err(|error| format!("the store: {error}"))?;
    match MIGRATIONS.iter().find(|name| !applied.iter().any(|applied| applied == *name)) {
        Some(missing) => Err(format!("the store lacks the migration {missing}")),
        None => Ok(()),
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
