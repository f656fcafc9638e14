//! Delivery: what waits to be sent to webhooks is sent, and how that went is kept.
//!
//! An event is claimed before it is sent, so that two hosts over one store do not both send it; a claim whose holder is
//! gone ends by itself. How a message looks is its dialect's affair ([`Write`]).

use std::time::Duration;

use chrono::TimeDelta;
use futures_util::future::try_join_all;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::database::{DatabaseError, Row, Statement};
use crate::error::Error;
use crate::event::{self, Event, State};
use crate::ports::{Message, OutboundError};
use crate::{Directory, Timestamp, webhook_config};

/// How long an attempt may take.
pub const TIMEOUT: Duration = Duration::from_secs(10);
/// How long after an attempt that failed the next one is made, in seconds. After the last there is none.
const PAUSES: [i64; 4] = [60, 600, 3600, 7200];
/// How long a claim holds, in seconds: longer than an attempt takes.
const CLAIM: i64 = 60;
/// How many events are sent side by side.
const AT_ONCE: i64 = 16;

/// Writes the message that tells a webhook of an event, at this instant.
pub type Write = fn(&Event, &Target, Timestamp) -> Message;

/// Where an event is sent.
pub struct Target {
    /// The webhook's URL.
    pub url: String,
    /// What it is signed with.
    pub secret: String,
}

/// HMAC-SHA256 of a message, by which a receiver knows who sent it.
pub fn sign(secret: &str, message: &[u8]) -> Vec<u8> {
    // HMAC takes a key of any length
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes());
    mac.map(|mac| mac.chain_update(message).finalize().into_bytes().to_vec()).unwrap_or_default()
}

/// Sends all that is due. Both hosts call it after a request that put something on record, and now and then besides.
pub async fn run_due(directory: &Directory, write: Write) -> Result<(), Error> {
    let due = Statement::new("SELECT 1 AS is_due FROM events WHERE due_at <= ?1 LIMIT 1");
    while directory.batch(vec![due.clone().bind(directory.now())]).await?.row()?.is_some() {
        let condition = format!("seq IN (SELECT seq FROM events WHERE due_at <= ?3 ORDER BY due_at LIMIT {AT_ONCE})");
        let claimed = claim(directory, &condition, None).await?;
        if claimed.is_empty() {
            break;
        }
        try_join_all(claimed.iter().map(|claimed| attempt(directory, claimed, TIMEOUT, write))).await?;
    }
    Ok(())
}

/// Sends one event now, whose answer somebody waits for, no longer than this. One whose answer takes longer is due again.
pub async fn run_one(directory: &Directory, id: &str, patience: Duration, write: Write) -> Result<(), Error> {
    for claimed in claim(directory, "id = ?4 AND due_at <= ?3", Some(id)).await? {
        attempt(directory, &claimed, patience.min(TIMEOUT), write).await?;
    }
    Ok(())
}

/// An event that is ours to send.
struct Claimed {
    event: Event,
    claim: String,
    webhook_config: i64,
    task: Option<String>,
    url: String,
    /// The secret, sealed, and what it was sealed for.
    sealed: (String, String),
}

async fn claim(directory: &Directory, condition: &str, id: Option<&str>) -> Result<Vec<Claimed>, Error> {
    let (claim, now) = (directory.new_id(), directory.now());
    let until = now.checked_add_signed(TimeDelta::seconds(CLAIM)).unwrap_or(now);
    let mut update = Statement::new(format!("UPDATE events SET claim = ?1, due_at = ?2 WHERE {condition}"))
        .bind(claim.as_str())
        .bind(until)
        .bind(now);
    if let Some(id) = id {
        update = update.bind(id);
    }
    let select = Statement::new(format!(
        "SELECT {}, e.webhook_config AS e_webhook_config, e.task AS e_task, w.url AS w_url, w.secret AS w_secret, \
         w.id AS w_id FROM events e JOIN webhook_configs w ON w.seq = e.webhook_config WHERE e.claim = ?1",
        event::COLUMNS
    ))
    .bind(claim.as_str());
    let mut answers = directory.batch(vec![update, select]).await?;
    answers.rows()?;
    let read = |row: &mut Row| -> Result<Claimed, DatabaseError> {
        Ok(Claimed {
            event: event::read(row)?,
            claim: claim.clone(),
            webhook_config: row.integer()?,
            task: row.optional_text()?,
            url: row.text()?,
            sealed: (row.text()?, row.text()?),
        })
    };
    Ok(answers.read(read)?)
}

/// Sends an event and keeps how that went.
async fn attempt(directory: &Directory, claimed: &Claimed, patience: Duration, write: Write) -> Result<(), Error> {
    let (sealed, id) = &claimed.sealed;
    let sent = match webhook_config::open(directory, sealed, id) {
        Ok(secret) => {
            let target = Target { url: claimed.url.clone(), secret };
            let message = write(&claimed.event, &target, directory.now());
            directory.ports.outbound.post(message, patience).await
        }
        // nobody could tell that it is ours
        Err(error) => Err(OutboundError::Failed(error.to_string())),
    };
    match sent {
        // whoever waited for it has gone; the message gets its full time by itself
        Err(OutboundError::TimedOut) if patience < TIMEOUT => release(directory, claimed).await,
        Ok(status) => record(directory, claimed, Some(i64::from(status)), None).await,
        Err(error) => record(directory, claimed, None, Some(error.to_string())).await,
    }
}

async fn release(directory: &Directory, claimed: &Claimed) -> Result<(), Error> {
    let statement = Statement::new("UPDATE events SET claim = NULL, due_at = ?3 WHERE id = ?1 AND claim = ?2")
        .bind(claimed.event.id.as_str())
        .bind(claimed.claim.as_str())
        .bind(directory.now());
    directory.batch(vec![statement]).await?;
    Ok(())
}

async fn record(
    directory: &Directory,
    claimed: &Claimed,
    status: Option<i64>,
    error: Option<String>,
) -> Result<(), Error> {
    let (event, now) = (&claimed.event, directory.now());
    let is_delivered = status.is_some_and(|status| (200..300).contains(&status));
    let pause = usize::try_from(event.attempts).ok().and_then(|made| PAUSES.get(made)).filter(|_| !is_delivered);
    let due = pause.and_then(|seconds| now.checked_add_signed(TimeDelta::seconds(*seconds)));
    let state = match due {
        _ if is_delivered => State::Delivered,
        Some(_) => State::Pending,
        None => State::Failed,
    };
    let mut statements = vec![
        Statement::new(
            "UPDATE events SET attempts = attempts + 1, claim = NULL, state = ?3, delivered_at = ?4, due_at = ?5 \
             WHERE id = ?1 AND claim = ?2",
        )
        .bind(event.id.as_str())
        .bind(claimed.claim.as_str())
        .bind(state.as_str())
        .bind(is_delivered.then_some(now))
        .bind(due),
        Statement::new(
            "INSERT INTO event_attempts (event, status, error, created_at) SELECT ?1, ?2, ?3, ?4 WHERE changes() > 0",
        )
        .bind(event.id.as_str())
        .bind(status)
        .bind(error)
        .bind(now),
    ];
    if let (Some(task), 0) = (&claimed.task, event.attempts) {
        statements.push(
            Statement::new(
                "UPDATE tasks SET state = iif(?2, 'succeeded', 'failed'), error = iif(?2, NULL, 'delivery-failed'), \
                 started_at = COALESCE(started_at, created_at), completed_at = ?3 WHERE id = ?1 AND state = 'pending'",
            )
            .bind(task.as_str())
            .bind(is_delivered)
            .bind(now),
        );
        // only the newest test decides, and nothing about a config that was turned off since
        statements.push(
            Statement::new(
                "UPDATE webhook_configs SET state = iif(?4, 'valid', 'invalid') \
                 WHERE organization = ?1 AND seq = ?2 AND test = ?3 AND state <> 'deactivated'",
            )
            .bind(event.organization)
            .bind(claimed.webhook_config)
            .bind(event.id.as_str())
            .bind(is_delivered),
        );
    }
    directory.batch(statements).await?;
    Ok(())
}
