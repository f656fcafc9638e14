//! Delivery of mail: what the outbox holds is handed to the host's [`crate::ports::Mailer`], at least once, and an
//! organization's mail in the order in which it was written.
//!
//! A mail is claimed before it is sent, so that two hosts over one store do not both send it; a claim whose holder is gone
//! ends by itself. An organization's next mail is due only when the one before it was sent, or given up. Each attempt at a
//! mail sends the very same text, whose `Message-ID` and `Idempotency-Key` tell a receiver that it had it before.

use std::mem;
use std::time::Duration;

use chrono::TimeDelta;

use crate::audit::Subject;
use crate::database::{Row, Statement};
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

/// The numbers of organizations whose oldest mail is due, so many at the most. Each is to be sent its mail ([`run_next`]).
pub async fn due(directory: &Directory, limit: usize) -> Result<Vec<i64>, Error> {
    if limit == 0 || directory.ports.mailer.sender().is_none() {
        return Ok(Vec::new());
    }
    // from organization to organization by the index, however much mail each of them has
    let statement = Statement::new(
        "WITH RECURSIVE waiting(organization) AS ( \
           SELECT MIN(organization) FROM outbox WHERE due_at IS NOT NULL UNION ALL \
           SELECT (SELECT MIN(o.organization) FROM outbox o WHERE o.due_at IS NOT NULL AND o.organization > w.organization) \
           FROM waiting w WHERE w.organization IS NOT NULL) \
         SELECT w.organization FROM waiting w JOIN outbox b ON b.seq = \
           (SELECT MIN(o.seq) FROM outbox o WHERE o.organization = w.organization AND o.due_at IS NOT NULL) \
         WHERE b.due_at <= ?1 ORDER BY b.due_at LIMIT ?2",
    );
    let statement = statement.bind(directory.now()).bind(i64::try_from(limit).unwrap_or(i64::MAX));
    Ok(directory.batch(vec![statement]).await?.read(Row::integer)?)
}

/// Sends mail of an organization, in its order, so many at the most. The answer is when there is something to send again;
/// nothing where there was nothing to do, or where somebody else is at it, who then sees to the rest.
pub async fn run_next(directory: &Directory, organization: i64, most: usize) -> Result<Option<Timestamp>, Error> {
    let Some(from) = directory.ports.mailer.sender() else { return Ok(None) };
    // how a mail went is kept in the batch that claims the next one
    let (mut left, mut statements) = (most, Vec::new());
    loop {
        let claim = directory.new_id();
        let kept = statements.len();
        statements.extend(claim_next(directory, organization, &claim, left > 0));
        let mut answers = directory.batch(mem::take(&mut statements)).await?;
        // and the claim's own answer
        for _ in 0..=kept {
            answers.rows()?;
        }
        let mail = answers.read_one(|row| outbox::read(directory, row))?;
        let Some(mail) = mail else { return Ok(answers.read_one(Row::time)?) };
        left -= 1;
        let sent = send(directory, &mail, from).await;
        statements.push(outcome(directory, &mail, &claim, sent));
    }
}

/// The statements that claim an organization's oldest mail which is neither sent nor given up, if it is due and any is wanted;
/// that give it; and that give when another is due, where nobody has claimed it.
fn claim_next(directory: &Directory, organization: i64, claim: &str, is_wanted: bool) -> [Statement; 3] {
    let now = directory.now();
    let until = now.checked_add_signed(TimeDelta::seconds(CLAIM)).unwrap_or(now);
    let update = Statement::new(
        "UPDATE outbox SET state = 'sending', claim = ?1, due_at = ?2 WHERE due_at <= ?3 AND ?5 \
         AND seq = (SELECT MIN(seq) FROM outbox WHERE organization = ?4 AND due_at IS NOT NULL)",
    );
    let select = outbox::select("b.claim = ?1").bind(claim);
    let next = Statement::new(
        "SELECT due_at FROM outbox WHERE claim IS NULL \
         AND seq = (SELECT MIN(seq) FROM outbox WHERE organization = ?1 AND due_at IS NOT NULL)",
    );
    let update = update.bind(claim).bind(until).bind(now).bind(organization).bind(is_wanted);
    [update, select, next.bind(organization)]
}

async fn send(directory: &Directory, mail: &Mail, from: &str) -> Result<(), MailError> {
    if !mime::is_mailable(&mail.recipient) {
        return Err(MailError::Refused("no mail can be addressed to this".to_owned()));
    }
    let envelope = mime::Envelope { id: &mail.id, from, to: &mail.recipient, date: mail.created_at };
    let message = mime::write(&mail.letter(), &envelope);
    let outgoing = Outgoing { from: from.to_owned(), to: mail.recipient.clone(), message };
    directory.ports.mailer.send(outgoing, TIMEOUT).await
}

/// The statement that keeps how an attempt went.
fn outcome(directory: &Directory, mail: &Mail, claim: &str, sent: Result<(), MailError>) -> Statement {
    let now = directory.now();
    let attempts = mail.attempts + 1;
    let (state, due, error) = match sent {
        Ok(()) => (State::Sent, None, None),
        Err(MailError::Failed(error)) if attempts < ATTEMPTS => {
            let pause = pause(directory, attempts);
            (State::Failed, now.checked_add_signed(TimeDelta::milliseconds(pause)), Some(error))
        }
        Err(MailError::Failed(error) | MailError::Refused(error)) => (State::Dead, None, Some(error)),
    };
    // neither the address nor what the server said of it
    log::info!("mail {}, attempt {attempts}: {}", mail.id, state.as_str());
    Statement::new(
        "UPDATE outbox SET state = ?3, attempts = ?4, due_at = ?5, claim = NULL, last_error = ?6, sent_at = ?7 \
         WHERE id = ?1 AND claim = ?2",
    )
    .bind(mail.id.as_str())
    .bind(claim)
    .bind(state.as_str())
    .bind(attempts)
    .bind(due)
    .bind(error.map(|error| told(mail, &error)))
    .bind((state == State::Sent).then_some(now))
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
    let mut answers = directory.change(Subject::mail(organization, id), vec![update, select]).await?;
    answers.rows()?;
    let mail = answers.read_one(|row| outbox::read(directory, row))?.ok_or(Error::NotFound(Noun::Mail))?;
    directory.ports.mailer.wake(organization.number);
    Ok(mail)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::letter::Language;
    use crate::outbox::Template;

    #[test]
    fn an_error_is_told_on_a_line_without_the_token() {
        let mail = Mail {
            seq: 1,
            id: String::new(),
            recipient: "ann@acme.test".into(),
            template: Template::Token,
            content: json!({"token": "tsr_token_x"}),
            language: Language::English,
            created_at: Timestamp::default(),
            state: State::Sending,
            attempts: 0,
            next_attempt_at: None,
            last_error: None,
            sent_at: None,
        };
        assert_eq!(told(&mail, "550 no\r\n\t like\u{0}tsr_token_x"), "550 no like [redacted]");
        assert_eq!(told(&mail, &"é".repeat(5000)).chars().count(), ERROR_LENGTH);
    }
}
