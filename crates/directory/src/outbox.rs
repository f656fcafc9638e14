//! The outbox: mail that a change sends, written in the change's own batch.

use crate::Timestamp;
use serde_json::Value;

use crate::Directory;
use crate::columns::columns;
use crate::database::{DatabaseError, Row, Statement};
use crate::error::Error;
use crate::letter::{self, Language, Letter};
use crate::organization::Organization;
use crate::page::{Listed, Order, Page};
use crate::words::words;

words! {
    /// What a mail says.
    Template {
        /// To a user: welcome to the organization.
        Welcome = "welcome",
        /// To a user: here is your token.
        Token = "token",
        /// To a user: a seat is yours.
        SeatAssigned = "seat_assigned",
        /// To an admin: these users were added.
        UsersOnboarded = "users_onboarded",
    }
}

words! {
    /// How far a mail is.
    State {
        /// Not tried yet. Where the host sends no mail, it stays so.
        Pending = "pending",
        /// On its way out.
        Sending = "sending",
        /// Not taken, and to be tried again.
        Failed = "failed",
        /// Handed over.
        Sent = "sent",
        /// Given up: refused for good, or too often. It can be sent again ([`crate::mail_delivery::replay`]).
        Dead = "dead",
    }
}

/// A mail in the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The order of creation.
    pub seq: i64,
    /// The UUID.
    pub id: String,
    /// The address it goes to.
    pub recipient: String,
    /// What it says.
    pub template: Template,
    /// What the template is filled with, a JSON object. A secret is in it as the member `token`.
    pub content: Value,
    /// The language of the organization.
    pub language: Language,
    /// When it was written.
    pub created_at: Timestamp,
    /// How far it is.
    pub state: State,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried again; absent unless it failed.
    pub next_attempt_at: Option<Timestamp>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// When it was handed over.
    pub sent_at: Option<Timestamp>,
}

impl Mail {
    /// What the mail says.
    pub fn letter(&self) -> Letter {
        letter::write(self.language, self.template, &self.content)
    }
}

columns!("b": "seq", "id", "recipient", "template", "content", "sealed", "created_at", "state", "attempts", "due_at",
    "last_error", "sent_at");

/// The statement that gives the mails of which a condition holds, as [`read`] reads them.
pub(crate) fn select(condition: &str) -> Statement {
    Statement::new(format!(
        "SELECT {COLUMNS}, o.language AS o_language FROM outbox b JOIN organizations o ON o.number = b.organization \
         WHERE {condition}"
    ))
}

/// The mails of an organization, on request only those so far.
pub async fn list(
    directory: &Directory,
    organization: &Organization,
    state: Option<State>,
    order: Order,
    page: Page,
) -> Result<Listed<Mail>, Error> {
    let part = match order {
        Order::Oldest => "b.seq > ?2 ORDER BY b.seq",
        Order::Newest => "(b.seq < ?2 OR ?2 = 0) ORDER BY b.seq DESC",
    };
    let statement = select(&format!("b.organization = ?1 AND (?4 IS NULL OR b.state = ?4) AND {part} LIMIT ?3"))
        .bind(organization.number)
        .bind(page.after)
        .bind(page.fetch())
        .bind(state.map(State::as_str));
    let mut answers = directory.batch(vec![statement]).await?;
    let mails = answers.read(|row| read(directory, row))?;
    Ok(page.cut(mails, |mail| mail.seq))
}

/// A mail, and the UUID of the organization that sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The organization's UUID.
    pub organization: String,
    /// The mail.
    pub mail: Mail,
}

/// The newest mails of all organizations, on request only those to one address, the newest first: for whoever runs the
/// server.
pub async fn newest(directory: &Directory, recipient: Option<&str>, limit: u32) -> Result<Vec<Sent>, Error> {
    let statement = Statement::new(format!(
        "SELECT o.id AS o_id, {COLUMNS}, o.language AS o_language FROM outbox b JOIN organizations o ON o.number = b.organization \
         WHERE ?1 IS NULL OR lower(b.recipient) = lower(?1) ORDER BY b.seq DESC LIMIT ?2"
    ));
    let mut answers = directory.batch(vec![statement.bind(recipient).bind(i64::from(limit))]).await?;
    Ok(answers.read(|row| Ok(Sent { organization: row.text()?, mail: read(directory, row)? }))?)
}

pub(crate) fn read(directory: &Directory, row: &mut Row) -> Result<Mail, DatabaseError> {
    let (seq, id, recipient, template) = (row.integer()?, row.text()?, row.text()?, row.text()?);
    let mut content: Value =
        serde_json::from_slice(row.text()?.as_bytes()).map_err(|error| DatabaseError::Failed(error.to_string()))?;
    if let (Some(sealed), Some(members)) = (row.optional_text()?, content.as_object_mut()) {
        // the pepper may have changed since, and the mail then says no token
        members.insert("token".into(), directory.vault.unseal(&sealed, &id).into());
    }
    let (created_at, state, attempts) = (row.time()?, State::read(&row.text()?)?, row.integer()?);
    let next_attempt_at = row.optional_time()?.filter(|_| state == State::Failed);
    Ok(Mail {
        seq,
        id,
        recipient,
        template: Template::read(&template)?,
        content,
        created_at,
        state,
        attempts,
        next_attempt_at,
        last_error: row.optional_text()?,
        sent_at: row.optional_time()?,
        language: Language::read(&row.text()?)?,
    })
}

/// The statement that mails a user, if the user has an address and the guard holds: SQL over the user's row, with `?1`
/// the organization's number and `?2` the user's id.
pub(crate) fn mail_user(
    directory: &Directory,
    template: Template,
    organization: &Organization,
    user: &str,
    guard: &str,
) -> Statement {
    Statement::new(format!(
        "INSERT INTO outbox (id, organization, recipient, template, content, created_at) \
         SELECT ?3, ?1, email, ?4, json_object('organization', ?5), ?6 FROM users WHERE email IS NOT NULL AND {guard}"
    ))
    .bind(organization.number)
    .bind(user)
    .bind(directory.new_id())
    .bind(template.as_str())
    .bind(organization.settings.name.as_str())
    .bind(directory.now())
}

/// The statement that mails a user the text of a token, if the user has an address.
pub(crate) fn mail_token(
    directory: &Directory,
    organization: &Organization,
    user: &str,
    secret: &str,
) -> Result<Statement, Error> {
    let id = directory.new_id();
    let sealed = directory.seal(secret, &id)?;
    let statement = Statement::new(
        "INSERT INTO outbox (id, organization, recipient, template, content, sealed, created_at) \
         SELECT ?3, ?1, email, ?4, json_object('organization', ?5), ?6, ?7 FROM users \
         WHERE organization = ?1 AND id = ?2 AND email IS NOT NULL",
    );
    Ok(statement
        .bind(organization.number)
        .bind(user)
        .bind(id)
        .bind(Template::Token.as_str())
        .bind(organization.settings.name.as_str())
        .bind(sealed)
        .bind(directory.now()))
}
