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
}

impl Mail {
    /// What the mail says.
    pub fn letter(&self) -> Letter {
        letter::write(self.language, self.template, &self.content)
    }
}

columns!("b": "seq", "id", "recipient", "template", "content", "sealed", "created_at");

/// The mails of an organization.
pub async fn list(
    directory: &Directory,
    organization: &Organization,
    order: Order,
    page: Page,
) -> Result<Listed<Mail>, Error> {
    let part = match order {
        Order::Oldest => "b.seq > ?2 ORDER BY b.seq",
        Order::Newest => "(b.seq < ?2 OR ?2 = 0) ORDER BY b.seq DESC",
    };
    let statement = Statement::new(format!(
        "SELECT {COLUMNS}, o.language AS o_language FROM outbox b JOIN organizations o ON o.number = b.organization \
         WHERE b.organization = ?1 AND {part} LIMIT ?3"
    ));
    let statement = statement.bind(organization.number).bind(page.after).bind(page.fetch());
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

fn read(directory: &Directory, row: &mut Row) -> Result<Mail, DatabaseError> {
    let (seq, id, recipient, template) = (row.integer()?, row.text()?, row.text()?, row.text()?);
    let mut content: Value =
        serde_json::from_slice(row.text()?.as_bytes()).map_err(|error| DatabaseError::Failed(error.to_string()))?;
    if let (Some(sealed), Some(members)) = (row.optional_text()?, content.as_object_mut()) {
        // the pepper may have changed since, and the mail then says no token
        members.insert("token".into(), directory.vault.unseal(&sealed, &id).into());
    }
    let (template, created_at) = (Template::read(&template)?, row.time()?);
    Ok(Mail { seq, id, recipient, template, content, language: Language::read(&row.text()?)?, created_at })
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
