//! Calls that are made once: under an `Idempotency-Key`, which its caller chooses, the first change takes effect, and for a day
//! the same call is given that one's answer. The key is taken in the batch of the change, and so by one of many at once.

use chrono::TimeDelta;

use crate::audit::Actor;
use crate::database::{Row, Statement};
use crate::error::Error;
use crate::{Directory, Timestamp};

/// How long an answer is kept.
pub const LIFETIME: TimeDelta = TimeDelta::hours(24);

/// The key under which a call is made, not yet bound to who calls.
#[derive(Debug)]
pub(crate) struct Claim {
    key: String,
    place: String,
    request: String,
    /// The same under the pepper before this one.
    previous_request: Option<String>,
}

/// A key as it is stored.
pub(crate) struct Held {
    digest: String,
    request: String,
    /// Both under the pepper before this one.
    previous: Option<(String, String)>,
}

/// What became of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The change took effect.
    Done,
    /// The key is another call's.
    Taken,
}

/// An answer that is kept.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Whether it is kept in no cache, as one that tells a secret.
    pub is_secret: bool,
    /// The body.
    pub body: String,
}

impl Answer {
    fn write(&self) -> String {
        format!("{} {} {}", self.status, u8::from(self.is_secret), self.body)
    }

    fn read(text: &str) -> Option<Self> {
        let (status, rest) = text.split_once(' ')?;
        let (is_secret, body) = rest.split_once(' ')?;
        Some(Self { status: status.parse().ok()?, is_secret: is_secret == "1", body: body.to_owned() })
    }
}

/// What a call comes to whose key is another's.
#[derive(Debug, PartialEq, Eq)]
pub enum Earlier {
    /// It is the same call, and was answered.
    Answered(Answer),
    /// It is the same call, and is being answered.
    Unfinished,
    /// It is a call with another body.
    Different,
}

/// Has the change that is made next take a key: for this method and path, with this body.
pub fn claim(directory: &Directory, key: &str, place: &str, body: &[u8]) {
    if let Some(trail) = &directory.trail {
        let request = directory.vault.digest(body);
        let previous_request = directory.vault.previous().map(|previous| previous.digest(body));
        let (key, place) = (key.to_owned(), place.to_owned());
        trail.claim.get_or_init(|| Claim { key, place, request, previous_request });
    }
}

/// Whether the change took effect under its key, so that its answer is to be kept.
pub fn is_done(directory: &Directory) -> bool {
    fate(directory) == Some(Fate::Done)
}

/// Whether no change was made, because the key is another call's.
pub fn is_taken(directory: &Directory) -> bool {
    fate(directory) == Some(Fate::Taken)
}

fn fate(directory: &Directory) -> Option<Fate> {
    directory.trail.as_ref()?.fate.get().copied()
}

/// The key that the call asked for, as its caller's.
fn held(directory: &Directory) -> Option<Held> {
    let trail = directory.trail.as_ref()?;
    Some(trail.claim.get()?.of(directory, trail.actor()))
}

/// What the call is whose key this one asked for; and where that is this call itself, keeps its answer.
pub async fn settle(directory: &Directory, answer: Option<&Answer>) -> Result<Earlier, Error> {
    let Some(held) = held(directory) else { return Ok(Earlier::Unfinished) };
    let mut statements = Vec::from_iter(held.renew());
    let is_renewed = !statements.is_empty();
    let Held { digest, request, previous } = held;
    let context = format!("idempotency {digest}");
    let sealed = answer.map(|answer| directory.seal(&answer.write(), &context)).transpose()?;
    let statement = Statement::new(
        "UPDATE idempotency_keys SET answer = COALESCE(answer, ?2) WHERE digest = ?1 RETURNING request, answer",
    );
    statements.push(statement.bind(digest).bind(sealed));
    let mut answers = directory.batch(statements).await?;
    if is_renewed {
        answers.rows()?;
    }
    Ok(match answers.read_one(|row| Ok((row.text()?, row.optional_text()?)))? {
        Some((known, _)) if known != request => Earlier::Different,
        Some((_, Some(sealed))) => {
            // what was sealed under the pepper before this one was sealed for the digest under that
            let before = || directory.unseal(&sealed, &format!("idempotency {}", previous.as_ref()?.0));
            let text = directory.unseal(&sealed, &context).or_else(before);
            text.and_then(|text| Answer::read(&text)).map_or(Earlier::Unfinished, Earlier::Answered)
        }
        Some((_, None)) | None => Earlier::Unfinished,
    })
}

/// Whether a call that changed nothing asked for a key of a call with another body.
pub async fn is_anothers(directory: &Directory) -> Result<bool, Error> {
    let Some(held) = held(directory) else { return Ok(false) };
    let select = Statement::new("SELECT request FROM idempotency_keys WHERE digest = ?1 AND expires_at > ?2");
    let renew = held.renew();
    let is_renewed = renew.is_some();
    let select = select.bind(held.digest).bind(directory.now());
    let mut answers = directory.batch(renew.into_iter().chain([select]).collect()).await?;
    if is_renewed {
        answers.rows()?;
    }
    Ok(answers.read_one(Row::text)?.is_some_and(|known| known != held.request))
}

impl Claim {
    /// The key as this caller's, at this place.
    pub(crate) fn of(&self, directory: &Directory, actor: Option<&Actor>) -> Held {
        let caller = actor.and_then(|actor| actor.id.as_deref()).unwrap_or_default();
        let kind = actor.map_or("", |actor| actor.kind);
        let key = format!("{}\0{}\0{kind}\0{caller}", self.key, self.place);
        let previous = directory.vault.previous().map(|previous| previous.digest(&key));
        let previous = previous.zip(self.previous_request.clone());
        Held { digest: directory.vault.digest(&key), request: self.request.clone(), previous }
    }
}

impl Held {
    /// The statements that take the key, one whose time is over too. They fail where it is another call's.
    pub(crate) fn take(&self, now: Timestamp) -> Vec<Statement> {
        let end = now.checked_add_signed(LIFETIME).unwrap_or(now);
        let expired = Statement::new("DELETE FROM idempotency_keys WHERE digest = ?1 AND expires_at <= ?2");
        let insert = Statement::new("INSERT INTO idempotency_keys (digest, request, expires_at) VALUES (?1, ?2, ?3)");
        let mut statements = Vec::from_iter(self.renew());
        statements.push(expired.bind(self.digest.as_str()).bind(now));
        statements.push(insert.bind(self.digest.as_str()).bind(self.request.as_str()).bind(end));
        statements
    }

    /// The statement that stores the key anew where it is there under the pepper before this one.
    fn renew(&self) -> Option<Statement> {
        let (digest, request) = self.previous.as_ref()?;
        let statement = Statement::new(
            "UPDATE OR IGNORE idempotency_keys SET digest = ?3, \
             request = CASE WHEN request = ?2 THEN ?4 ELSE request END WHERE digest = ?1",
        );
        let statement = statement.bind(digest.as_str()).bind(request.as_str());
        Some(statement.bind(self.digest.as_str()).bind(self.request.as_str()))
    }

    /// The statement that gives the key back where the one before it, the entry of the log, wrote nothing.
    pub(crate) fn give_back(&self) -> Statement {
        Statement::new("DELETE FROM idempotency_keys WHERE digest = ?1 AND changes() = 0").bind(self.digest.as_str())
    }
}
