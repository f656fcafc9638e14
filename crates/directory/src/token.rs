//! Tokens: a user's own secrets.

use chrono::Months;
use tessera_validate::secret::Kind;

use crate::audit::Subject;
use crate::chosen::Chosen;
use crate::columns::columns;
use crate::database::{DatabaseError, Row, Statement};
use crate::document::{self, Column, Seen, Shape, Table, seconds};
use crate::error::{Conflict, Error, Noun};
use crate::organization::Organization;
use crate::page::{Listed, Page};
use crate::{Directory, Timestamp, outbox, user};

/// A user's token. Its text is known to its holder alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The order of creation.
    pub seq: i64,
    /// The UUID.
    pub id: String,
    /// What it is called, if anything.
    pub name: Option<String>,
    /// When it ends; absent: never.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was issued.
    pub created_at: Timestamp,
}

columns!("t": "seq", "id", "name", "expires_at", "revoked_at", "created_at");

fn read(row: &mut Row) -> Result<Token, DatabaseError> {
    Ok(Token {
        seq: row.integer()?,
        id: row.text()?,
        name: row.optional_text()?,
        expires_at: row.optional_time()?,
        revoked_at: row.optional_time()?,
        created_at: row.time()?,
    })
}

/// When an organization's subscription ends; where it never does, a year from now stands for it.
pub fn subscription_end(organization: &Organization, now: Timestamp) -> Timestamp {
    let year = || now.checked_add_months(Months::new(12)).unwrap_or(now);
    organization.settings.subscription_expires_at.unwrap_or_else(year)
}

/// A token to be issued.
#[derive(Debug)]
pub struct NewToken {
    /// What it is called, if anything.
    pub name: Option<String>,
    /// When it ends; absent: never.
    pub expires_at: Option<Timestamp>,
    /// Whether it takes the place of the user's live tokens, which are revoked.
    pub replaces: bool,
    /// Whether its text is mailed to the user.
    pub mail: bool,
}

/// Issues a token, and gives its text, which nobody is told again. Refusal: [`Noun::User`] not found.
pub async fn issue(
    directory: &Directory,
    organization: &Organization,
    user: &str,
    new: NewToken,
) -> Result<(Token, String), Error> {
    issue_as(directory, organization, user, Chosen::default(), new).await
}

/// Issues a token as [`issue`] does, whose id and text may be chosen. It fails where they are taken.
pub async fn issue_as(
    directory: &Directory,
    organization: &Organization,
    user: &str,
    mut chosen: Chosen,
    new: NewToken,
) -> Result<(Token, String), Error> {
    let now = directory.now();
    let secret = chosen.secret(directory, Kind::Token);
    let mut statements = Vec::with_capacity(3);
    if new.replaces {
        statements.push(of_live(directory, organization, user, "revoked_at = ?3"));
    }
    if new.mail {
        statements.push(outbox::mail_token(directory, organization, user, &secret)?);
    }
    let id = chosen.id(directory);
    statements.push(
        Statement::new(format!(
            "INSERT INTO tokens (id, user, name, digest, expires_at, created_at) \
             SELECT ?3, id, ?4, ?5, ?6, ?7 FROM users WHERE organization = ?1 AND id = ?2 RETURNING {RETURNING}"
        ))
        .bind(organization.number)
        .bind(user)
        .bind(id.as_str())
        .bind(new.name)
        .bind(directory.vault.digest(&secret))
        .bind(new.expires_at)
        .bind(now),
    );
    let subject = Subject::token(organization, &id).made();
    let mut answers = directory.change(subject, statements).await?;
    for _ in 0..usize::from(new.replaces) + usize::from(new.mail) {
        answers.rows()?;
    }
    let token = answers.read_one(read)?.ok_or(Error::NotFound(Noun::User))?;
    if new.mail {
        directory.ports.mailer.wake(organization.number);
    }
    Ok((token, secret))
}

/// SQL over `tokens`: the live ones of the user `?2` of the organization `?1`.
const LIVE: &str = "user = (SELECT id FROM users WHERE organization = ?1 AND id = ?2) AND revoked_at IS NULL";

/// A part of a user's tokens, the revoked too, oldest first. Refusal: [`Noun::User`] not found.
pub async fn list(
    directory: &Directory,
    organization: &Organization,
    user: &str,
    page: Page,
) -> Result<Listed<Token>, Error> {
    Ok(page.cut(select(directory, organization, user, page.after, page.fetch()).await?, |token| token.seq))
}

/// All of a user's tokens, the revoked too, oldest first, for a dialect that knows no pages. Refusal: [`Noun::User`] not
/// found.
pub async fn list_all(directory: &Directory, organization: &Organization, user: &str) -> Result<Vec<Token>, Error> {
    // no limit, to SQLite
    select(directory, organization, user, 0, -1).await
}

async fn select(
    directory: &Directory,
    organization: &Organization,
    user: &str,
    after: i64,
    limit: i64,
) -> Result<Vec<Token>, Error> {
    let statement = Statement::new(format!(
        "SELECT {COLUMNS} FROM tokens t JOIN users u ON u.id = t.user \
         WHERE u.organization = ?1 AND u.id = ?2 AND t.seq > ?3 ORDER BY t.seq LIMIT ?4"
    ));
    let statement = statement.bind(organization.number).bind(user).bind(after).bind(limit);
    let mut answers = directory.batch(vec![user::facts(organization, user), statement]).await?;
    answers.facts()?.ok_or(Error::NotFound(Noun::User))?;
    Ok(answers.read(read)?)
}

/// Gives the user's live tokens another end. Refusals: [`Noun::User`] or [`Noun::Token`] not found.
pub async fn extend_live(
    directory: &Directory,
    organization: &Organization,
    user: &str,
    expires_at: Timestamp,
) -> Result<(), Error> {
    let statement = of_live(directory, organization, user, "expires_at = ?4, updated_at = ?3").bind(expires_at);
    change_live(directory, organization, user, statement).await
}

/// Revokes the user's live tokens. Refusals: [`Noun::User`] or [`Noun::Token`] not found.
pub async fn revoke_live(directory: &Directory, organization: &Organization, user: &str) -> Result<(), Error> {
    let statement = of_live(directory, organization, user, "revoked_at = ?3");
    change_live(directory, organization, user, statement).await
}

/// Sets columns of the user's live tokens; `?3` is the time.
fn of_live(directory: &Directory, organization: &Organization, user: &str, columns: &str) -> Statement {
    Statement::new(format!("UPDATE tokens SET {columns} WHERE {LIVE} RETURNING id"))
        .bind(organization.number)
        .bind(user)
        .bind(directory.now())
}

async fn change_live(
    directory: &Directory,
    organization: &Organization,
    user: &str,
    statement: Statement,
) -> Result<(), Error> {
    let statements = vec![user::facts(organization, user), statement];
    let subject = Subject::tokens_of_user(organization, user);
    let mut answers = directory.change(subject, statements).await?;
    answers.facts()?.ok_or(Error::NotFound(Noun::User))?;
    answers.row()?.map(drop).ok_or(Error::NotFound(Noun::Token))
}

/// SQL over `tokens`: the one with the id `?3`, of the user `?2` of the organization `?1`.
const ONE: &str = "id = ?3 AND user = (SELECT id FROM users WHERE organization = ?1 AND id = ?2)";

/// Gives one live token another end, or none. Refusals: [`Noun::User`] or [`Noun::Token`] not found,
/// [`Conflict::TokenRevoked`].
pub async fn extend(
    directory: &Directory,
    organization: &Organization,
    user: &str,
    id: &str,
    expires_at: Option<Timestamp>,
) -> Result<Token, Error> {
    let statement = Statement::new(format!(
        "UPDATE tokens SET expires_at = ?4, updated_at = ?5 WHERE {ONE} AND revoked_at IS NULL RETURNING {RETURNING}"
    ))
    .bind(organization.number)
    .bind(user)
    .bind(id)
    .bind(expires_at)
    .bind(directory.now());
    change_one(directory, organization, user, id, statement).await
}

/// Revokes one token. Refusals: [`Noun::User`] or [`Noun::Token`] not found, [`Conflict::TokenRevoked`].
pub async fn revoke(directory: &Directory, organization: &Organization, user: &str, id: &str) -> Result<Token, Error> {
    let statement = Statement::new(format!(
        "UPDATE tokens SET revoked_at = ?4 WHERE {ONE} AND revoked_at IS NULL RETURNING {RETURNING}"
    ))
    .bind(organization.number)
    .bind(user)
    .bind(id)
    .bind(directory.now());
    change_one(directory, organization, user, id, statement).await
}

async fn change_one(
    directory: &Directory,
    organization: &Organization,
    user: &str,
    id: &str,
    statement: Statement,
) -> Result<Token, Error> {
    let exists = Statement::new(format!("SELECT 1 AS found FROM tokens WHERE {ONE}"))
        .bind(organization.number)
        .bind(user)
        .bind(id);
    let statements = vec![user::facts(organization, user), exists, statement];
    let mut answers = directory.change(Subject::token(organization, id), statements).await?;
    answers.facts()?.ok_or(Error::NotFound(Noun::User))?;
    answers.row()?.ok_or(Error::NotFound(Noun::Token))?;
    answers.read_one(read)?.ok_or(Error::Conflict(Conflict::TokenRevoked))
}

/// The tokens that are not revoked, as documents are made of them.
pub const TABLE: Table = Table {
    from: "tokens t JOIN users u ON u.id = t.user",
    scope: "u.organization = ?1 AND t.revoked_at IS NULL",
    id: "t.id",
    seq: "t.seq",
    user: "t.user",
};

/// The columns of [`TABLE`].
#[expect(missing_docs, reason = "each is the token's member of this name")]
pub mod columns {
    use super::{Column, seconds};

    pub const ID: Column = Column::text("t.id");
    pub const USER: Column = Column::text("t.user");
    pub const NAME: Column = Column::text("COALESCE(t.name, '')");
    pub const LABELS: Column = Column::labels("t.labels");
    pub const CREATED_BY: Column = Column::text("t.created_by");
    pub const CREATED_AT: Column = Column::text(seconds!("t.created_at"));
    pub const UPDATED_AT: Column = Column::text(seconds!("COALESCE(t.updated_at, t.created_at)"));
}

/// A token of Astra's to be issued.
#[derive(Debug)]
pub struct NewLabelled {
    /// What it is called.
    pub name: String,
    /// Labels: a JSON array of objects with `name` and `value`.
    pub labels: String,
    /// Who makes it: a user's id, or the nil UUID.
    pub created_by: String,
}

/// Issues a token that never ends beside those that the user has, and gives its document and its text, which nobody is told
/// again. Refusal: [`Noun::User`] not found.
pub async fn issue_labelled(
    directory: &Directory,
    organization: &Organization,
    user: &str,
    new: NewLabelled,
    shape: &Shape,
) -> Result<(String, String), Error> {
    let secret = directory.new_secret(Kind::Token);
    let id = directory.new_id();
    let statement = Statement::new(
        "INSERT INTO tokens (id, user, name, digest, labels, created_by, created_at) \
         SELECT ?3, id, ?4, ?5, ?6, ?7, ?8 FROM users WHERE organization = ?1 AND id = ?2",
    )
    .bind(organization.number)
    .bind(user)
    .bind(id.as_str())
    .bind(new.name)
    .bind(directory.vault.digest(&secret))
    .bind(new.labels)
    .bind(new.created_by)
    .bind(directory.now());
    let statements = vec![statement, document::select(organization, (&TABLE, shape), &id)];
    let subject = Subject::token(organization, &id).made();
    let mut answers = directory.change(subject, statements).await?;
    answers.rows()?;
    Ok((answers.document()?.ok_or(Error::NotFound(Noun::User))?, secret))
}

/// Calls a live token otherwise; what is absent stays. Refusals: [`Noun::Token`] not found, [`Conflict::Stale`].
pub async fn rename(
    directory: &Directory,
    organization: &Organization,
    user: &str,
    id: &str,
    (name, labels): (Option<String>, Option<String>),
    seen: Option<Seen<'_>>,
) -> Result<(), Error> {
    let statement =
        Statement::new("").bind(organization.number).bind(user).bind(id).bind(name).bind(labels).bind(directory.now());
    let (guard, mut statement) = Seen::guard(seen, statement);
    statement.sql = format!(
        "UPDATE tokens AS t SET name = COALESCE(?4, name), labels = COALESCE(?5, labels), updated_at = ?6 \
         WHERE {ONE} AND revoked_at IS NULL AND {guard} RETURNING id"
    )
    .into();
    let subject = Subject::token(organization, id);
    document::change(directory, organization, (&TABLE, id, Noun::Token), statement, subject).await
}
