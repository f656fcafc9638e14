//! Retention: what is over is kept for a while, and then removed; the audit log as long as its organization, and so much longer
//! ([`crate::audit::forget`]).

use chrono::TimeDelta;

use crate::Directory;
use crate::database::Statement;
use crate::error::Error;

/// For how many days what is over is kept, unless the host says otherwise.
pub const DAYS: u32 = 90;

/// How many rows of a table are removed at once.
const PART: i64 = 1000;

/// What goes as soon as it is over, `?1`: no API tells of it.
const ENDED: &[&str] = &[
    "DELETE FROM idempotency_keys WHERE digest IN \
     (SELECT digest FROM idempotency_keys WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)",
    "DELETE FROM sessions WHERE digest IN (SELECT digest FROM sessions WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)",
];

/// What goes some days after it was over, `?1`. Mail that is still to be sent and events that are still to be delivered stay, as
/// do tokens that never end. A token that was given an end in the past is over since then.
const KEPT: &[&str] = &[
    "DELETE FROM tokens WHERE seq IN (SELECT seq FROM tokens WHERE COALESCE(revoked_at, expires_at) IS NOT NULL \
     AND MAX(COALESCE(revoked_at, expires_at), COALESCE(updated_at, created_at)) <= ?1 LIMIT ?2)",
    "DELETE FROM outbox WHERE seq IN \
     (SELECT seq FROM outbox WHERE due_at IS NULL AND COALESCE(sent_at, created_at) <= ?1 LIMIT ?2)",
    "DELETE FROM events WHERE seq IN \
     (SELECT seq FROM events WHERE due_at IS NULL AND COALESCE(delivered_at, created_at) <= ?1 LIMIT ?2)",
    "DELETE FROM tasks WHERE seq IN (SELECT seq FROM tasks WHERE completed_at <= ?1 LIMIT ?2)",
];

/// Removes some of what has been over for long enough. What is left waits for the next time.
pub async fn prune(directory: &Directory) -> Result<(), Error> {
    let now = directory.now();
    let mut statements: Vec<Statement> = ENDED.iter().map(|sql| Statement::new(*sql).bind(now).bind(PART)).collect();
    if let Some(end) = now.checked_sub_signed(TimeDelta::days(directory.retention.into())) {
        statements.extend(KEPT.iter().map(|sql| Statement::new(*sql).bind(end).bind(PART)));
    }
    directory.batch(statements).await?;
    Ok(())
}
