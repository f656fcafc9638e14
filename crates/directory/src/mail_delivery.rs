//! Delivery of mail: what the outbox holds is handed to the host's [`crate::ports::Mailer`], at least once, and an
//! organization's mail in the order in which it was written.
//!
//! A mail is claimed before it is sent, so that two hosts over one store do not both send it; a claim whose holder is gone
//! ends by itself. An organization's next mail is due only when the one before it was sent, or given up. Each attempt at a
//! mail sends the very same text, whose `Message-ID` and `Idempotency-Key` tell a receiver that it had it before.

use std::time::Duration;

use chrono::TimeDelta;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use crate::database::{DatabaseError, Row, Statement, Value};
use crate::error::{Error, Noun};
use crate::letter::mime;
use crate::organization::Organization;
use crate::outbox::{self, Mail, State};
use crate::ports::{MailError, Outgoing};
use crate::{Directory, Timestamp};

/// How long an attempt may take.
pub const TIMEOUT: Duration = Duration::from_secs(30);
/// How long a claim holds, in seconds: longer than an attempt takes.
const CLAIM: i64 = 120;
/// After how many attempts a mail is given up.
const ATTEMPTS: i64 = 10;
/// How long after the first attempt the second is made, in milliseconds, at the most. Each pause is twice the one before it.
const PAUSE: i64 = 30_000;
/// How many letters of an error are kept.
const ERROR_LENGTH: usize = 300;

/// SQL: the oldest mail that is not done with of each organization which has one, where it is due: `?3` is now, and `?4` how
/// many at the most. It goes from organization to organization by the index, however much mail each of them has.
const HEADS: &str = "seq IN (WITH RECURSIVE waiting(organization) AS ( \
      SELECT MIN(organization) FROM outbox WHERE due_at IS NOT NULL UNION ALL \
      SELECT (SELECT MIN(o.organization) FROM outbox o WHERE o.due_at IS NOT NULL AND o.organization > w.organization) \
      FROM waiting w WHERE w.organization IS NOT NULL), \
    heads(seq) AS (SELECT (SELECT MIN(o.seq) FROM outbox o WHERE o.organization = w.organization AND o.due_at IS NOT NULL) \
      FROM waiting w WHERE w.organization IS NOT NULL) \
    SELECT h.seq FROM heads h JOIN outbox b ON b.seq = h.seq WHERE b.due_at <= ?3 ORDER BY h.seq LIMIT ?4)";
/// SQL: the same of the organization `?4` alone.
const HEAD_OF: &str =
    "seq = (SELECT MIN(seq) FROM outbox WHERE organization = ?4 AND due_at IS NOT NULL) AND due_at <= ?3";

/// A mail that is ours to send. It has no `Debug`, for it may hold a token.
pub struct Claimed {
    mail: Mail,
    claim: String,
    /// The number of its organization.
    pub organization: i64,
}

/// Claims what is due: a mail an organization, and so many at the most. Each is to be sent ([`send`]) without delay.
pub async fn claim_due(directory: &Directory, limit: usize) -> Result<Vec<Claimed>, Error> {
    if limit == 0 || directory.ports.mailer.sender().is_none() {
        return Ok(Vec::new());
    }
    claim(directory, HEADS, i64::try_from(limit).unwrap_or(i64::MAX).into()).await
}

/// Claims an organization's oldest mail, if it is due.
pub async fn claim_next(directory: &Directory, organization: i64) -> Result<Option<Claimed>, Error> {
    if directory.ports.mailer.sender().is_none() {
        return Ok(None);
    }
    Ok(claim(directory, HEAD_OF, organization.into()).await?.into_iter().next())
}

async fn claim(directory: &Directory, condition: &str, parameter: Value) -> Result<Vec<Claimed>, Error> {
    let (claim, now) = (directory.new_id(), directory.now());
    let until = now.checked_add_signed(TimeDelta::seconds(CLAIM)).unwrap_or(now);
    let update =
        Statement::new(format!("UPDATE outbox SET state = 'sending', claim = ?1, due_at = ?2 WHERE {condition}"))
            .bind(claim.as_str())
            .bind(until)
            .bind(now)
            .bind(parameter);
    let organizations =
        Statement::new("SELECT b.organization FROM outbox b WHERE b.claim = ?1 ORDER BY b.seq").bind(claim.as_str());
    let select = outbox::select("b.claim = ?1 ORDER BY b.seq").bind(claim.as_str());
    let mut answers = directory.batch(vec![update, organizations, select]).await?;
    answers.rows()?;
    let organizations = answers.read(Row::integer)?;
    let mails = answers.read(|row| outbox::read(directory, row))?;
    let claimed = |(organization, mail)| Claimed { mail, claim: claim.clone(), organization };
    Ok(organizations.into_iter().zip(mails).map(claimed).collect())
}

/// Sends a mail that was claimed, and keeps how that went.
pub async fn send(directory: &Directory, claimed: &Claimed) -> Result<(), Error> {
    let Some(from) = directory.ports.mailer.sender() else { return Ok(()) };
    let mail = &claimed.mail;
    let sent = if mime::is_mailable(&mail.recipient) {
        let envelope = mime::Envelope { id: &mail.id, from, to: &mail.recipient, date: mail.created_at };
        let message = mime::write(&mail.letter(), &envelope);
        let outgoing = Outgoing { from: from.to_owned(), to: mail.recipient.clone(), message };
        directory.ports.mailer.send(outgoing, TIMEOUT).await
    } else {
        Err(MailError::Refused("no mail can be addressed to this".to_owned()))
    };
    record(directory, claimed, sent).await
}

async fn record(directory: &Directory, claimed: &Claimed, sent: Result<(), MailError>) -> Result<(), Error> {
    let (mail, now) = (&claimed.mail, directory.now());
    let attempts = mail.attempts + 1;
    let (state, due, error) = match sent {
        Ok(()) => (State::Sent, None, None),
        Err(MailError::Failed(error)) if attempts < ATTEMPTS => {
            let pause = pause(directory, attempts);
            (State::Failed, now.checked_add_signed(TimeDelta::milliseconds(pause)), Some(error))
        }
        Err(MailError::Failed(error) | MailError::Refused(error)) => (State::Dead, None, Some(error)),
    };
    let statement = Statement::new(
        "UPDATE outbox SET state = ?3, attempts = ?4, due_at = ?5, claim = NULL, last_error = ?6, sent_at = ?7 \
         WHERE id = ?1 AND claim = ?2",
    )
    .bind(mail.id.as_str())
    .bind(claimed.claim.as_str())
    .bind(state.as_str())
    .bind(attempts)
    .bind(due)
    .bind(error.map(|error| told(mail, &error)))
    .bind((state == State::Sent).then_some(now));
    directory.batch(vec![statement]).await?;
    Ok(())
}

/// How long after so many attempts the next one is made, in milliseconds. Chance takes up to half of it, so that what failed
/// together does not all come again together.
fn pause(directory: &Directory, attempts: i64) -> i64 {
    let mut random = [0; 4];
    directory.ports.entropy.fill(&mut random);
    let longest = PAUSE << attempts.saturating_sub(1).min(ATTEMPTS);
    longest - longest / 2 * i64::from(u32::from_le_bytes(random)) / i64::from(u32::MAX)
}

/// An error as it is kept: a line, of bounded length, that does not say the mail's token should a server repeat it.
fn told(mail: &Mail, error: &str) -> String {
    let token = mail.content.get("token").and_then(serde_json::Value::as_str).filter(|token| !token.is_empty());
    let error = token.map_or_else(|| error.to_owned(), |token| error.replace(token, "[redacted]"));
    let line = error.split(|letter: char| letter.is_control() || letter.is_whitespace());
    line.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ").chars().take(ERROR_LENGTH).collect()
}

/// Sends mail of an organization, in its order, so many at the most. The answer is when there is something to send again;
/// nothing where there was nothing to do, or where somebody else is at it, who then sees to the rest.
pub async fn run_next(directory: &Directory, organization: i64, most: usize) -> Result<Option<Timestamp>, Error> {
    if directory.ports.mailer.sender().is_none() {
        return Ok(None);
    }
    for _ in 0..most {
        let Some(claimed) = claim_next(directory, organization).await? else { break };
        send(directory, &claimed).await?;
    }
    let next = Statement::new(
        "SELECT due_at AS next_due_at, claim FROM outbox WHERE organization = ?1 AND due_at IS NOT NULL ORDER BY seq LIMIT 1",
    );
    let read = |row: &mut Row| Ok::<_, DatabaseError>((row.time()?, row.optional_text()?));
    let next = directory.batch(vec![next.bind(organization)]).await?.read_one(read)?;
    Ok(next.and_then(|(due, claim)| claim.is_none().then_some(due)))
}

/// Sends what is due, to so many organizations at once, and so many mails at the most.
pub async fn run_due(directory: &Directory, at_once: usize, most: usize) -> Result<(), Error> {
    let mut sending = FuturesUnordered::new();
    let (mut outcome, mut left) = (Ok(()), most);
    loop {
        // what goes wrong with one keeps no other from being sent
        match claim_due(directory, at_once.saturating_sub(sending.len()).min(left)).await {
            Ok(claimed) => {
                left = left.saturating_sub(claimed.len());
                sending.extend(claimed.into_iter().map(|one| async move { send(directory, &one).await }));
            }
            Err(error) => outcome = outcome.and(Err(error)),
        }
        match sending.next().await {
            Some(sent) => outcome = outcome.and(sent),
            None => return outcome,
        }
    }
}

/// Has a mail that was given up sent again, with all its attempts before it; another one stays as it is. Refusal:
/// [`Noun::Mail`] not found.
pub async fn replay(directory: &Directory, organization: &Organization, id: &str) -> Result<Mail, Error> {
    let update = Statement::new(
        "UPDATE outbox SET state = 'pending', attempts = 0, due_at = ?3 WHERE organization = ?1 AND id = ?2 AND state = 'dead'",
    )
    .bind(organization.number)
    .bind(id)
    .bind(directory.now());
    let select = outbox::select("b.organization = ?1 AND b.id = ?2").bind(organization.number).bind(id);
    let mut answers = directory.batch(vec![update, select]).await?;
    answers.rows()?;
    let mail = answers.read_one(|row| outbox::read(directory, row))?.ok_or(Error::NotFound(Noun::Mail))?;
    directory.ports.mailer.wake(organization.number);
    Ok(mail)
}
