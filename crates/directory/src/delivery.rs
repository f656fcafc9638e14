//! Delivery: what waits to be sent to webhooks is sent, and how that went is kept and can be read.
//!
//! An event is claimed before it is sent, so that two hosts over one store do not both send it; a claim whose holder is
//! gone ends by itself. A webhook is sent one event at a time, of those that are due the oldest first: one that waits for another
//! attempt, up to two hours by the vendor's schedule, holds up none after it. Webhooks are served side by side, so that one which
//! is slow holds up no other. How a message looks is its dialect's affair
//! ([`Write`]).

use std::time::Duration;

use chrono::TimeDelta;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::audit::Subject;
use crate::collection::ByText;
use crate::database::{DatabaseError, Row, Statement, Value};
use crate::error::{Error, Noun};
use crate::event::{self, Event, State};
use crate::organization::Organization;
use crate::page::{Listed, Page};
use crate::ports::{Message, OutboundError};
use crate::words::words;
use crate::{Directory, Timestamp, webhook_config};

/// How long an attempt may take.
pub const TIMEOUT: Duration = Duration::from_secs(10);
/// How long after an attempt that failed the next one is made, in seconds. After the last there is none.
const PAUSES: [i64; 4] = [60, 600, 3600, 7200];
/// How long a claim holds, in seconds: longer than an attempt takes.
const CLAIM: i64 = 60;

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

/// SQL: the oldest event that is due to each webhook that is sent none just now, those who wait longest first: `?3` is
/// now, and `?4` how many at the most. A `+` keeps SQLite from another index than that of what is due, or claimed: what
/// waits for its time to come may be much more.
const NEXT: &str = "seq IN (SELECT MIN(seq) FROM events WHERE due_at <= ?3 AND webhook_config NOT IN \
    (SELECT webhook_config FROM events WHERE claim IS NOT NULL AND +due_at > ?3) \
    GROUP BY +webhook_config ORDER BY MIN(due_at) LIMIT ?4)";
/// SQL: the same of the webhook `?4` alone.
const NEXT_OF: &str = "seq = (SELECT MIN(seq) FROM events WHERE due_at <= ?3 AND webhook_config = ?4 \
    AND NOT EXISTS (SELECT 1 FROM events WHERE webhook_config = ?4 AND claim IS NOT NULL AND due_at > ?3))";

/// Claims what is due: an event a webhook, and so many at the most. Each is to be sent ([`send`]) without delay.
pub async fn claim_due(directory: &Directory, limit: usize) -> Result<Vec<Claimed>, Error> {
    if limit == 0 {
        return Ok(Vec::new());
    }
    claim(directory, NEXT, vec![i64::try_from(limit).unwrap_or(i64::MAX).into()]).await
}

/// Sends an event that was claimed, and keeps how that went.
pub async fn send(directory: &Directory, claimed: &Claimed, write: Write) -> Result<(), Error> {
    attempt(directory, claimed, TIMEOUT, write).await
}

/// Sends all that is due, to so many webhooks at once.
pub async fn run_due(directory: &Directory, at_once: usize, write: Write) -> Result<(), Error> {
    let mut sending = FuturesUnordered::new();
    let mut outcome = Ok(());
    loop {
        // what goes wrong with one keeps no other from being sent
        match claim_due(directory, at_once.saturating_sub(sending.len())).await {
            Ok(claimed) => {
                sending.extend(claimed.into_iter().map(|one| async move { send(directory, &one, write).await }));
            }
            Err(error) => outcome = outcome.and(Err(error)),
        }
        match sending.next().await {
            Some(sent) => outcome = outcome.and(sent),
            None => return outcome,
        }
    }
}

/// Sends a webhook the oldest event that is due to it. The answer is when there is something for it again; nothing where
/// there was nothing to do, or where somebody else is at it, who then sees to the rest.
pub async fn run_next(directory: &Directory, webhook_config: i64, write: Write) -> Result<Option<Timestamp>, Error> {
    let claimed = claim(directory, NEXT_OF, vec![webhook_config.into()]).await?;
    let Some(claimed) = claimed.first() else { return Ok(None) };
    send(directory, claimed, write).await?;
    let next = Statement::new(
        "SELECT MIN(due_at) AS next_due_at FROM events WHERE webhook_config = ?1 AND due_at IS NOT NULL",
    );
    Ok(directory.batch(vec![next.bind(webhook_config)]).await?.read_one(Row::optional_time)?.flatten())
}

/// Sends one event now, whose answer somebody waits for, no longer than this. One whose answer takes longer is due again.
pub async fn run_one(directory: &Directory, id: &str, patience: Duration, write: Write) -> Result<(), Error> {
    for claimed in claim(directory, "id = ?4 AND due_at <= ?3", vec![id.into()]).await? {
        attempt(directory, &claimed, patience.min(TIMEOUT), write).await?;
    }
    Ok(())
}

/// An event that is ours to send. It has no `Debug`, for it holds a secret.
pub struct Claimed {
    event: Event,
    claim: String,
    webhook_config: i64,
    task: Option<String>,
    url: String,
    /// The secret, sealed, and what it was sealed for.
    sealed: (String, String),
}

/// Claims the events of which a condition holds: SQL over `?3`, now, and the parameters from `?4` on.
async fn claim(directory: &Directory, condition: &str, parameters: Vec<Value>) -> Result<Vec<Claimed>, Error> {
    let (claim, now) = (directory.new_id(), directory.now());
    let until = now.checked_add_signed(TimeDelta::seconds(CLAIM)).unwrap_or(now);
    let mut update = Statement::new(format!("UPDATE events SET claim = ?1, due_at = ?2 WHERE {condition}"))
        .bind(claim.as_str())
        .bind(until)
        .bind(now);
    update.parameters.extend(parameters);
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
    let started_at = directory.now();
    let sent = match webhook_config::open(directory, sealed, id) {
        Ok(secret) => {
            let target = Target { url: claimed.url.clone(), secret };
            let message = write(&claimed.event, &target, started_at);
            directory.ports.outbound.post(message, patience).await
        }
        // nobody could tell that it is ours
        Err(error) => Err(OutboundError::Failed(error.to_string())),
    };
    match sent {
        // whoever waited for it has gone; the message gets its full time by itself
        Err(OutboundError::TimedOut) if patience < TIMEOUT => release(directory, claimed).await,
        sent => record(directory, claimed, started_at, sent).await,
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
    started_at: Timestamp,
    sent: Result<u16, OutboundError>,
) -> Result<(), Error> {
    let (event, now) = (&claimed.event, directory.now());
    let (status, error, detail) = match sent {
        Ok(status) => (Some(i64::from(status)), None, None),
        Err(OutboundError::Private) => (None, Some(Failure::Private), None),
        Err(OutboundError::TimedOut) => (None, Some(Failure::TimedOut), None),
        Err(OutboundError::Failed(reason)) => (None, Some(Failure::Failed), Some(reason)),
    };
    let is_delivered = status.is_some_and(|status| (200..300).contains(&status));
    let pause = usize::try_from(event.attempts).ok().and_then(|made| PAUSES.get(made)).filter(|_| !is_delivered);
    let due = pause.and_then(|seconds| now.checked_add_signed(TimeDelta::seconds(*seconds)));
    let state = match due {
        _ if is_delivered => State::Delivered,
        Some(_) => State::Pending,
        None => State::Failed,
    };
    // neither the URL nor the host's words, which may hold a credential
    log::info!(
        "delivery {}, attempt {}: {}, {}",
        event.id,
        event.attempts + 1,
        status.map_or_else(|| error.map_or("", Failure::as_str).to_owned(), |status| status.to_string()),
        state.as_str()
    );
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
            "INSERT INTO event_attempts (event, started_at, ended_at, status, error, detail) \
             SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE changes() > 0",
        )
        .bind(event.id.as_str())
        .bind(started_at)
        .bind(now)
        .bind(status)
        .bind(error.map(Failure::as_str))
        .bind(detail),
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

words! {
    /// Why an attempt had no answer.
    Failure {
        /// It was not sent: the webhook leads to a private address.
        Private = "private_address",
        /// The answer took too long.
        TimedOut = "timed_out",
        /// Anything else, such as a name that leads nowhere.
        Failed = "failed",
    }
}

/// An event on its way to a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The event.
    pub event: Event,
    /// The `seq` of the webhook's config.
    pub webhook_config: i64,
    /// Where that sends events now; absent when it is gone.
    pub url: Option<String>,
    /// When the next attempt is due; absent while one is made, and when there will be none.
    pub next_attempt_at: Option<Timestamp>,
}

/// How an attempt went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
    /// The status it was answered with.
    pub status: Option<i64>,
    /// Why there was no answer.
    pub error: Option<Failure>,
    /// More of that, in the host's words.
    pub detail: Option<String>,
}

/// SQL: deliveries of which a condition holds, as [`read`] reads them.
fn select(condition: &str) -> String {
    format!(
        "SELECT {}, e.webhook_config AS e_webhook_config, w.url AS w_url, \
         CASE WHEN e.claim IS NULL THEN e.due_at END AS next_attempt_at FROM events e \
         LEFT JOIN webhook_configs w ON w.seq = e.webhook_config WHERE {condition}",
        event::COLUMNS
    )
}

fn read(row: &mut Row) -> Result<Delivery, DatabaseError> {
    Ok(Delivery {
        event: event::read(row)?,
        webhook_config: row.integer()?,
        url: row.optional_text()?,
        next_attempt_at: row.optional_time()?,
    })
}

/// The deliveries of an organization, oldest first, on request only those so far.
pub async fn list(
    directory: &Directory,
    organization: &Organization,
    state: Option<State>,
    page: Page,
) -> Result<Listed<Delivery>, Error> {
    let condition = "e.organization = ?1 AND e.seq > ?2 AND (?4 IS NULL OR e.state = ?4) ORDER BY e.seq LIMIT ?3";
    let statement = Statement::new(select(condition))
        .bind(organization.number)
        .bind(page.after)
        .bind(page.fetch())
        .bind(state.map(State::as_str));
    let deliveries = directory.batch(vec![statement]).await?.read(read)?;
    Ok(page.cut(deliveries, |delivery| delivery.event.seq))
}

/// One delivery by its event's UUID, and the attempts at it, oldest first. Refusal: [`Noun::Delivery`] not found.
pub async fn find(
    directory: &Directory,
    organization: &Organization,
    id: &str,
) -> Result<(Delivery, Vec<Attempt>), Error> {
    let delivery = Statement::new(select("e.organization = ?1 AND e.id = ?2")).bind(organization.number).bind(id);
    let attempts = Statement::new(
        "SELECT a.started_at, a.ended_at, a.status, a.error, a.detail FROM event_attempts a \
         JOIN events e ON e.id = a.event WHERE e.organization = ?1 AND e.id = ?2 ORDER BY a.seq",
    )
    .bind(organization.number)
    .bind(id);
    let mut answers = directory.batch(vec![delivery, attempts]).await?;
    let delivery = answers.read_one(read)?.ok_or(Error::NotFound(Noun::Delivery))?;
    Ok((delivery, answers.read(read_attempt)?))
}

/// Has an event that was given up sent again, once more at least, if its webhook is there and not turned off; another one
/// stays as it is. Refusal: [`Noun::Delivery`] not found.
pub async fn replay(directory: &Directory, organization: &Organization, id: &str) -> Result<Delivery, Error> {
    let update = Statement::new(
        "UPDATE events SET state = 'pending', due_at = ?3 WHERE organization = ?1 AND id = ?2 AND state = 'failed' \
         AND webhook_config IN (SELECT seq FROM webhook_configs WHERE organization = ?1 AND state <> 'deactivated')",
    )
    .bind(organization.number)
    .bind(id)
    .bind(directory.now());
    let delivery = Statement::new(select("e.organization = ?1 AND e.id = ?2")).bind(organization.number).bind(id);
    let mut answers = directory.change(Subject::delivery(organization, id), vec![update, delivery]).await?;
    answers.rows()?;
    answers.read_one(read)?.ok_or(Error::NotFound(Noun::Delivery))
}

/// The newest deliveries of all organizations, each with the attempts at it, the newest first: for whoever runs the server.
pub async fn newest(directory: &Directory, limit: u32) -> Result<Vec<(Delivery, Vec<Attempt>)>, Error> {
    let newest = "e.seq IN (SELECT n.seq FROM events n ORDER BY n.seq DESC LIMIT ?1)";
    let deliveries = Statement::new(select(&format!("{newest} ORDER BY e.seq DESC"))).bind(i64::from(limit));
    let attempts = Statement::new(format!(
        "SELECT a.event, a.started_at, a.ended_at, a.status, a.error, a.detail FROM event_attempts a \
         JOIN events e ON e.id = a.event WHERE {newest} ORDER BY a.seq"
    ));
    let mut answers = directory.batch(vec![deliveries, attempts.bind(i64::from(limit))]).await?;
    let deliveries = answers.read(read)?;
    let mut of_event: ByText<Vec<Attempt>> = ByText::new();
    for (event, attempt) in answers.read(|row| Ok((row.text()?, read_attempt(row)?)))? {
        of_event.entry(event).or_default().push(attempt);
    }
    let with_attempts = |delivery: Delivery| {
        let attempts = of_event.remove(&delivery.event.id).unwrap_or_default();
        (delivery, attempts)
    };
    Ok(deliveries.into_iter().map(with_attempts).collect())
}

fn read_attempt(row: &mut Row) -> Result<Attempt, DatabaseError> {
    Ok(Attempt {
        started_at: row.time()?,
        ended_at: row.time()?,
        status: row.optional_integer()?,
        error: row.optional_text()?.as_deref().map(Failure::read).transpose()?,
        detail: row.optional_text()?,
    })
}
