//! Users: the people of an organization, and the managed users that belong to no person.

use std::sync::LazyLock;

use crate::Timestamp;
use crate::audit::Subject;
use tessera_validate::email;

use crate::chosen::Chosen;
use crate::columns::columns;
use crate::database::{DatabaseError, Row, Statement};
use crate::document::{self, Column, Seen, Shape, Table, seconds, truth};
use crate::error::{Conflict, Error, Noun};
use crate::organization::Organization;
use crate::page::{Listed, Page};
use crate::words::words;
use crate::{Answers, Directory, password, seat};

words! {
    /// What a user is in the organization (Anaconda's role).
    Role {
        /// One of the people.
        Member = "member",
        /// Who may manage the organization.
        Admin = "admin",
        /// Who sees the bills.
        BillingManager = "billing_manager",
    }
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The order of creation in the whole deployment.
    pub seq: i64,
    /// The number: counts within the organization from 1001 in the order in which its users joined, never given twice.
    pub number: i64,
    /// The UUID.
    pub id: String,
    /// The e-mail address as it was given; a managed user has none. Unique in the organization, letter case aside.
    pub email: Option<String>,
    /// The login, unique in the organization: the e-mail that the user was made with, unless another was given; the id where
    /// that was another's login already, and of a managed user. It does not follow the e-mail.
    pub login: String,
    /// The first name.
    pub first_name: Option<String>,
    /// The last name.
    pub last_name: Option<String>,
    /// The role.
    pub role: Role,
    /// Since when the user holds a seat.
    pub seated_at: Option<Timestamp>,
    /// When the user was made.
    pub created_at: Timestamp,
    /// When the user was last changed.
    pub updated_at: Timestamp,
}

columns!("u": "seq", "number", "id", "email", "login", "first_name", "last_name", "role", "seated_at", "created_at",
    "updated_at");

pub(crate) fn read(row: &mut Row) -> Result<User, DatabaseError> {
    Ok(User {
        seq: row.integer()?,
        number: row.integer()?,
        id: row.text()?,
        email: row.optional_text()?,
        login: row.text()?,
        first_name: row.optional_text()?,
        last_name: row.optional_text()?,
        role: Role::read(&row.text()?)?,
        seated_at: row.optional_time()?,
        created_at: row.time()?,
        updated_at: row.time()?,
    })
}

/// SQL: the last number that a user of an organization was given. The organization is SQL too.
macro_rules! last_number {
    ($organization:literal) => {
        concat!(
            "(SELECT MAX(n.user, COALESCE((SELECT MAX(m.number) FROM users m WHERE m.organization = n.organization), 0)) \
             FROM numbers n WHERE n.organization = ",
            $organization,
            ")"
        )
    };
}
pub(crate) use last_number;

/// SQL: the login of a user who is made with an e-mail and no login of its own: the e-mail, which may have been an earlier
/// user's and be that one's login still, and then the id. All three are SQL too.
macro_rules! new_login {
    ($organization:literal, $email:literal, $id:literal) => {
        concat!(
            "CASE WHEN EXISTS (SELECT 1 FROM users l WHERE l.organization = ",
            $organization,
            " AND l.login = ",
            $email,
            ") THEN ",
            $id,
            " ELSE ",
            $email,
            " END"
        )
    };
}
pub(crate) use new_login;

/// SQL: whether the user of the row `u` may act at all.
pub(crate) const ACTIVE: &str = "(u.enabled AND u.state <> 'suspended')";

/// A user to be made.
#[derive(Debug)]
pub struct NewUser {
    /// The e-mail address; a managed user has none.
    pub email: Option<String>,
    /// The login, where it is to be another than the e-mail.
    pub login: Option<String>,
    /// The first name.
    pub first_name: Option<String>,
    /// The last name.
    pub last_name: Option<String>,
    /// The role.
    pub role: Role,
    /// The password, if the user is to sign in by one.
    pub password: Option<String>,
    /// Whether the user gets a seat; where none is free, no user is made.
    pub seat: bool,
}

const INSERT: &str = "INSERT INTO users (id, organization, number, email, email_key, login, first_name, last_name, role, \
    password, created_at, updated_at, seated_at)";
const NEW: &str = concat!(
    "?1, ?2, ",
    last_number!("?2"),
    " + 1, ?3, ?4, COALESCE(?5, ",
    new_login!("?2", "?3", "?1"),
    ", ?1), ?6, ?7, ?8, ?9, ?10, ?10"
);
// what is selected is first kept aside, which the many who get no seat need not wait for
static UNSEATED: LazyLock<String> = LazyLock::new(|| format!("{INSERT} VALUES ({NEW}, NULL) RETURNING {RETURNING}"));
static SEATED: LazyLock<String> =
    LazyLock::new(|| format!("{INSERT} SELECT {NEW}, ?10 WHERE {} RETURNING {RETURNING}", seat::is_free("?2")));

/// Makes a user. Refusals: [`Conflict::EmailTaken`], [`Conflict::LoginTaken`], [`Error::NoFreeSeats`].
pub async fn create(directory: &Directory, organization: &Organization, new: NewUser) -> Result<User, Error> {
    create_as(directory, organization, Chosen::default(), new).await
}

/// Makes a user as [`create`] does, with an id that may be chosen.
pub async fn create_as(
    directory: &Directory,
    organization: &Organization,
    mut chosen: Chosen,
    new: NewUser,
) -> Result<User, Error> {
    let hash = match new.password {
        Some(password) => Some(password::hash(directory, &password).await?),
        None => None,
    };
    let now = directory.now();
    let id = chosen.id(directory);
    let insert = if new.seat { &SEATED } else { &UNSEATED };
    let statement = Statement::new(insert.as_str())
        .bind(id.as_str())
        .bind(organization.number)
        .bind(new.email.as_deref())
        .bind(new.email.as_deref().map(email::key))
        .bind(new.login)
        .bind(new.first_name)
        .bind(new.last_name)
        .bind(new.role.as_str())
        .bind(hash)
        .bind(now);
    let subject = Subject::user(organization, &id).made();
    directory.change(subject, vec![statement]).await?.read_one(read)?.ok_or(Error::NoFreeSeats)
}

/// Which users of an organization are listed.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// A part of the e-mail, the login or a name, ASCII letter case aside.
    pub text: Option<String>,
    /// Only those who hold a seat.
    pub seated: bool,
}

/// The users of an organization, in order of creation.
pub async fn list(
    directory: &Directory,
    organization: &Organization,
    search: &Search,
    page: Page,
) -> Result<Listed<User>, Error> {
    read_page(&mut directory.batch(vec![select_page(organization, search, page)]).await?, page)
}

pub(crate) fn select_page(organization: &Organization, search: &Search, page: Page) -> Statement {
    let mut sql = format!("SELECT {COLUMNS} FROM users u WHERE u.organization = ?1 AND u.number > ?2");
    if search.seated {
        sql.push_str(" AND u.seated_at IS NOT NULL");
    }
    if search.text.is_some() {
        sql.push_str(
            " AND (instr(u.email_key, ?4) OR instr(lower(u.login), ?4) \
             OR instr(lower(u.first_name || ' ' || COALESCE(u.last_name, '')), ?4) OR instr(lower(u.last_name), ?4))",
        );
    }
    sql.push_str(" ORDER BY u.number LIMIT ?3");
    let statement = Statement::new(sql).bind(organization.number).bind(page.after).bind(page.fetch());
    match &search.text {
        Some(text) => statement.bind(text.to_ascii_lowercase()),
        None => statement,
    }
}

pub(crate) fn read_page(answers: &mut Answers, page: Page) -> Result<Listed<User>, Error> {
    Ok(page.cut(answers.read(read)?, |user| user.number))
}

/// All users of an organization, in order of creation, for a dialect that knows no pages.
pub async fn list_all(directory: &Directory, organization: &Organization) -> Result<Vec<User>, Error> {
    let statement =
        Statement::new(format!("SELECT {COLUMNS} FROM users u WHERE u.organization = ?1 ORDER BY u.number"));
    Ok(directory.batch(vec![statement.bind(organization.number)]).await?.read(read)?)
}

/// One user by its UUID.
pub async fn find(directory: &Directory, organization: &Organization, id: &str) -> Result<User, Error> {
    directory.batch(vec![select(organization, id)]).await?.read_one(read)?.ok_or(Error::NotFound(Noun::User))
}

static SELECT: LazyLock<String> =
    LazyLock::new(|| format!("SELECT {COLUMNS} FROM users u WHERE u.organization = ?1 AND u.id = ?2"));

fn select(organization: &Organization, id: &str) -> Statement {
    Statement::new(SELECT.as_str()).bind(organization.number).bind(id)
}

/// Whether there is a user of this UUID.
pub async fn exists(directory: &Directory, organization: &Organization, id: &str) -> Result<bool, Error> {
    Ok(directory.batch(vec![document::exists(organization, &TABLE, id)]).await?.row()?.is_some())
}

/// What of a user is to change; what is absent stays.
#[derive(Debug, Default)]
pub struct Change {
    /// The e-mail address.
    pub email: Option<String>,
    /// The login.
    pub login: Option<String>,
    /// The first name, or none.
    pub first_name: Option<Option<String>>,
    /// The last name, or none.
    pub last_name: Option<Option<String>>,
    /// The role.
    pub role: Option<Role>,
    /// The password.
    pub password: Option<String>,
}

/// Changes a user. Refusals: [`Noun::User`] not found, [`Conflict::EmailTaken`], [`Conflict::LoginTaken`],
/// [`Conflict::LastAdmin`] where the only admin would be none.
pub async fn update(
    directory: &Directory,
    organization: &Organization,
    id: &str,
    change: Change,
) -> Result<User, Error> {
    let hash = match change.password {
        Some(password) => Some(password::hash(directory, &password).await?),
        None => None,
    };
    let statement = Statement::new(format!(
        "UPDATE users SET \
         login = COALESCE(?4, login), email = COALESCE(?3, email), email_key = COALESCE(?5, email_key), \
         first_name = CASE WHEN ?6 THEN ?7 ELSE first_name END, last_name = CASE WHEN ?8 THEN ?9 ELSE last_name END, \
         role = COALESCE(?10, role), password = COALESCE(?11, password), updated_at = ?12 \
         WHERE organization = ?1 AND id = ?2 AND (?10 IS NULL OR ?10 = 'admin' OR NOT {LAST_ADMIN}) \
         RETURNING {RETURNING}"
    ))
    .bind(organization.number)
    .bind(id)
    .bind(change.email.as_deref())
    .bind(change.login)
    .bind(change.email.as_deref().map(email::key))
    .bind(change.first_name.is_some())
    .bind(change.first_name.flatten())
    .bind(change.last_name.is_some())
    .bind(change.last_name.flatten())
    .bind(change.role.map(Role::as_str))
    .bind(hash)
    .bind(directory.now());
    let statements = vec![statement, facts(organization, id)];
    let mut answers = directory.change(Subject::user(organization, id), statements).await?;
    match answers.read_one(read)? {
        Some(user) => Ok(user),
        None => Err(answers.facts()?.map_or(Error::NotFound(Noun::User), |_| Error::Conflict(Conflict::LastAdmin))),
    }
}

/// Whether what a user has keeps the user from being deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// A live token and a seat must have been taken away first.
    AfterTokenAndSeat,
    /// Tokens and seat go with the user.
    WithAll,
    /// They do, and the only admin is deleted like any other (Astra, whose accounts have their keys).
    AnyoneWithAll,
}

/// Deletes a user. Refusals: [`Noun::User`] not found, then the conflicts [`Conflict::TokenActive`],
/// [`Conflict::SeatAssigned`] (unless they may go along), [`Conflict::LastAdmin`].
pub async fn delete(
    directory: &Directory,
    organization: &Organization,
    id: &str,
    removal: Removal,
) -> Result<(), Error> {
    let strict = removal == Removal::AfterTokenAndSeat;
    let statement = Statement::new(format!(
        "DELETE FROM users WHERE organization = ?1 AND id = ?2 AND (?4 OR NOT {LAST_ADMIN}) \
         AND (NOT ?3 OR (seated_at IS NULL AND NOT {LIVE_TOKEN})) RETURNING id"
    ))
    .bind(organization.number)
    .bind(id)
    .bind(strict)
    .bind(removal == Removal::AnyoneWithAll);
    let statements = vec![facts(organization, id), statement];
    let mut answers = directory.change(Subject::user(organization, id), statements).await?;
    let facts = answers.facts()?.ok_or(Error::NotFound(Noun::User))?;
    if answers.row()?.is_some() {
        return Ok(());
    }
    Err(Error::Conflict(match facts {
        Facts { has_live_token: true, .. } if strict => Conflict::TokenActive,
        Facts { is_seated: true, .. } if strict => Conflict::SeatAssigned,
        Facts { .. } => Conflict::LastAdmin,
    }))
}

/// SQL: whether the row of `users` is its organization's only admin.
pub(crate) const LAST_ADMIN: &str = "(role = 'admin' AND NOT EXISTS (SELECT 1 FROM users other \
    WHERE other.organization = users.organization AND other.role = 'admin' AND other.id <> users.id))";

/// SQL: whether the row of `users` has a token that is not revoked.
const LIVE_TOKEN: &str = "EXISTS (SELECT 1 FROM tokens t WHERE t.user = users.id AND t.revoked_at IS NULL)";

/// What decides about a user, read in the batch that would change it.
pub(crate) struct Facts {
    pub(crate) is_seated: bool,
    pub(crate) has_live_token: bool,
}

pub(crate) fn facts(organization: &Organization, id: &str) -> Statement {
    Statement::new(format!(
        "SELECT seated_at IS NOT NULL AS is_seated, {LIVE_TOKEN} AS has_live_token \
         FROM users WHERE organization = ?1 AND id = ?2"
    ))
    .bind(organization.number)
    .bind(id)
}

impl Answers {
    /// The answer of [`facts`]; nothing where there is no such user.
    pub(crate) fn facts(&mut self) -> Result<Option<Facts>, DatabaseError> {
        self.read_one(|row| Ok(Facts { is_seated: row.boolean()?, has_live_token: row.boolean()? }))
    }
}

words! {
    /// Who vouches for a user (Astra's `authProvider`).
    AuthProvider {
        /// The directory.
        Local = "local",
        /// A directory server.
        Ldap = "ldap",
        /// The vendor's cloud.
        CloudCentral = "cloud-central",
    }
}

words! {
    /// Where a user stands (Astra's `state`).
    State {
        /// A user like any other.
        Active = "active",
        /// One who may do nothing.
        Suspended = "suspended",
        /// One who was asked and has not come yet.
        Pending = "pending",
    }
}

/// What of a user Astra alone tells. `address` and `labels` are JSON.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Who vouches for the user.
    pub auth_provider: AuthProvider,
    /// The user's name there; a local user's is the e-mail, whatever stands here.
    pub auth_id: String,
    /// Where the user stands.
    pub state: State,
    /// Whether the user may act.
    pub enabled: bool,
    /// Whether the user came when asked.
    pub invite_accepted: bool,
    /// Whether the user is to be welcomed by mail.
    pub welcome: bool,
    /// The company.
    pub company: String,
    /// The telephone number, if one was given.
    pub phone: Option<String>,
    /// The postal address: an object of texts.
    pub address: String,
    /// Labels: an array of objects with `name` and `value`.
    pub labels: String,
    /// Who makes the user: a user's id, or the nil UUID.
    pub created_by: String,
}

/// Users, as documents are made of them.
pub const TABLE: Table =
    Table { from: "users u", scope: "u.organization = ?1", id: "u.id", seq: "u.number", user: "u.id" };

/// The columns of [`TABLE`].
#[expect(missing_docs, reason = "each is the user's member of this name")]
pub mod columns {
    use super::{Column, seconds, truth};

    pub const ID: Column = Column::text("u.id");
    pub const EMAIL: Column = Column::text("COALESCE(u.email, '')");
    pub const FIRST_NAME: Column = Column::text("COALESCE(u.first_name, '')");
    pub const LAST_NAME: Column = Column::text("COALESCE(u.last_name, '')");
    pub const AUTH_PROVIDER: Column = Column::text("u.auth_provider");
    pub const AUTH_ID: Column =
        Column::text("CASE u.auth_provider WHEN 'local' THEN COALESCE(u.email, '') ELSE u.auth_id END");
    pub const STATE: Column = Column::text("u.state");
    pub const ENABLED: Column = Column::text(truth!("u.enabled"));
    pub const ENABLED_AT: Column = Column::text(seconds!("COALESCE(u.enabled_at, u.created_at)"));
    pub const INVITE_ACCEPTED: Column = Column::text(truth!("u.invite_accepted"));
    pub const WELCOME: Column = Column::text(truth!("u.welcome"));
    pub const COMPANY: Column = Column::text("u.company");
    pub const PHONE: Column = Column::optional("u.phone");
    pub const COUNTRY: Column = Column::text("COALESCE(u.address ->> 'country', '')");
    pub const LOCALITY: Column = Column::text("COALESCE(u.address ->> 'locality', '')");
    pub const REGION: Column = Column::text("COALESCE(u.address ->> 'region', '')");
    pub const STREET_1: Column = Column::text("COALESCE(u.address ->> 'street_1', '')");
    pub const STREET_2: Column = Column::text("COALESCE(u.address ->> 'street_2', '')");
    pub const POSTAL_CODE: Column = Column::text("COALESCE(u.address ->> 'postal_code', '')");
    pub const LABELS: Column = Column::labels("u.labels");
    pub const CREATED_BY: Column = Column::text("u.created_by");
    pub const CREATED_AT: Column = Column::text(seconds!("u.created_at"));
    pub const UPDATED_AT: Column = Column::text(seconds!("u.updated_at"));
}

/// A user to be made, with a profile.
#[derive(Debug)]
pub struct NewProfiled {
    /// The e-mail address.
    pub email: String,
    /// The first name.
    pub first_name: String,
    /// The last name.
    pub last_name: String,
    /// All else.
    pub profile: Profile,
}

/// Makes a user, who is a member with neither seat nor password, and tells it. Refusal: [`Conflict::EmailTaken`].
pub async fn create_profiled(
    directory: &Directory,
    organization: &Organization,
    new: NewProfiled,
    shape: &Shape,
) -> Result<String, Error> {
    let (id, profile) = (directory.new_id(), new.profile);
    let statement = Statement::new(
        concat!(
            "INSERT INTO users (id, organization, number, email, email_key, login, first_name, last_name, role, \
             auth_provider, auth_id, state, enabled, invite_accepted, welcome, company, phone, address, labels, created_by, \
             created_at, updated_at) VALUES (?1, ?2, ",
            last_number!("?2"),
            " + 1, ?3, ?4, ",
            new_login!("?2", "?3", "?1"),
            ", ?5, ?6, 'member', ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?18)",
        ),
    )
    .bind(id.as_str())
    .bind(organization.number)
    .bind(new.email.as_str())
    .bind(email::key(&new.email))
    .bind(new.first_name)
    .bind(new.last_name)
    .bind(profile.auth_provider.as_str())
    .bind(profile.auth_id)
    .bind(profile.state.as_str())
    .bind(profile.enabled)
    .bind(profile.invite_accepted)
    .bind(profile.welcome)
    .bind(profile.company)
    .bind(profile.phone)
    .bind(profile.address)
    .bind(profile.labels)
    .bind(profile.created_by)
    .bind(directory.now());
    let statements = vec![statement, document::select(organization, (&TABLE, shape), &id)];
    let subject = Subject::profile(organization, &id).made();
    let mut answers = directory.change(subject, statements).await?;
    answers.rows()?;
    answers.document()?.ok_or_else(|| Error::Internal("a new user is not there".into()))
}

/// What of a user with a profile is to change; what is absent stays.
#[derive(Debug, Default)]
pub struct ProfileChange {
    /// The e-mail address.
    pub email: Option<String>,
    /// The first name.
    pub first_name: Option<String>,
    /// The last name.
    pub last_name: Option<String>,
    /// The name by which another vouches.
    pub auth_id: Option<String>,
    /// Where the user stands.
    pub state: Option<State>,
    /// Whether the user may act.
    pub enabled: Option<bool>,
    /// Whether the user came when asked.
    pub invite_accepted: Option<bool>,
    /// Whether the user is to be welcomed by mail.
    pub welcome: Option<bool>,
    /// The company.
    pub company: Option<String>,
    /// The telephone number.
    pub phone: Option<String>,
    /// The postal address, a JSON object of texts.
    pub address: Option<String>,
    /// Labels, a JSON array.
    pub labels: Option<String>,
}

/// Changes a user. Refusals: [`Noun::User`] not found, [`Conflict::EmailTaken`], [`Conflict::Stale`].
pub async fn update_profile(
    directory: &Directory,
    organization: &Organization,
    id: &str,
    change: ProfileChange,
    seen: Option<Seen<'_>>,
) -> Result<(), Error> {
    let key = change.email.as_deref().map(email::key);
    let taken = Statement::new("SELECT 1 AS taken FROM users WHERE organization = ?1 AND id <> ?2 AND email_key = ?3")
        .bind(organization.number)
        .bind(id)
        .bind(key.as_deref());
    let statement = Statement::new("")
        .bind(organization.number)
        .bind(id)
        .bind(change.email)
        .bind(key)
        .bind(change.first_name)
        .bind(change.last_name)
        .bind(change.auth_id)
        .bind(change.state.map(State::as_str))
        .bind(change.enabled)
        .bind(change.invite_accepted)
        .bind(change.welcome)
        .bind(change.company)
        .bind(change.phone)
        .bind(change.address)
        .bind(change.labels)
        .bind(directory.now());
    let (guard, mut statement) = Seen::guard(seen, statement);
    // a number that is bound is a REAL on one of the hosts; the columns are INTEGER and take it for what it is
    statement.sql = format!(
        "UPDATE users AS u SET email = COALESCE(?3, email), email_key = COALESCE(?4, email_key), \
         first_name = COALESCE(?5, first_name), last_name = COALESCE(?6, last_name), auth_id = COALESCE(?7, auth_id), state = COALESCE(?8, state), \
         enabled_at = CASE WHEN ?9 AND NOT enabled THEN ?16 ELSE enabled_at END, enabled = COALESCE(?9, enabled), \
         invite_accepted = COALESCE(?10, invite_accepted), welcome = COALESCE(?11, welcome), \
         company = COALESCE(?12, company), phone = COALESCE(?13, phone), address = COALESCE(?14, address), \
         labels = COALESCE(?15, labels), updated_at = ?16 WHERE organization = ?1 AND id = ?2 AND {guard} \
         RETURNING id"
    )
    .into();
    let statements = vec![taken, statement, facts(organization, id)];
    let mut answers = directory.change(Subject::profile(organization, id), statements).await?;
    let taken = answers.row()?.is_some();
    let changed = answers.row()?.is_some();
    answers.facts()?.ok_or(Error::NotFound(Noun::User))?;
    match (changed, taken) {
        (true, _) => Ok(()),
        (false, true) => Err(Error::Conflict(Conflict::EmailTaken)),
        (false, false) => Err(Error::Conflict(Conflict::Stale)),
    }
}
