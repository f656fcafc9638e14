//! An organization's users as ricloud's end-users: by an identifier, with the key that they belong to and a state. They
//! are the directory's users, whichever dialect made them.

use tessera_validate::email;

use crate::audit::Subject;
use crate::database::{DatabaseError, Row, Statement};
use crate::error::{Conflict, Error};
use crate::organization::{self, Organization};
use crate::user::{self, Role, User, last_number, new_login};
use crate::window::{List, Window, Windowed, by_seq};
use crate::words::words;
use crate::{Answers, Directory};

words! {
    /// A user's state.
    State {
        /// As any other.
        Active = "active",
        /// Turned off by the owner.
        Deactivated = "deactivated",
        /// Turned off by the administrator.
        Blocked = "blocked",
    }
}

/// A user with key and state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndUser {
    /// The user.
    pub user: User,
    /// The `seq` of its key: the organization's first, where none was set.
    pub key: i64,
    /// Its state.
    pub state: State,
}

impl EndUser {
    /// What it is called: its e-mail, or for one without any its login.
    pub fn identifier(&self) -> &str {
        self.user.email.as_deref().unwrap_or(&self.user.login)
    }
}

/// SQL: the `seq` of a user's key, and its state.
const KEY: &str = "COALESCE(x.key, (SELECT MIN(first.seq) FROM keys first WHERE first.organization = u.organization))";
const STATE: &str = "COALESCE(x.state, 'active')";
const TABLES: &str = "users u LEFT JOIN user_settings x ON x.user = u.id";

fn columns() -> String {
    format!("{}, {KEY} AS x_key, {STATE} AS x_state", user::COLUMNS)
}

fn read(row: &mut Row) -> Result<EndUser, DatabaseError> {
    Ok(EndUser { user: user::read(row)?, key: row.integer()?, state: State::read(&row.text()?)? })
}

/// SQL: whether the user `u` is called by these parameters: an e-mail's key, and the identifier itself.
fn is_called(key: &str, identifier: &str) -> String {
    format!("(u.email_key = {key} OR (u.email IS NULL AND u.login = {identifier}))")
}

/// Which users are listed.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The one of this identifier.
    pub identifier: Option<String>,
    /// Those of the key of this `seq`.
    pub key: Option<i64>,
    /// Those in this state.
    pub state: Option<State>,
}

/// Users, newest first; nothing where the key of the filter is not the organization's.
pub async fn list(
    directory: &Directory,
    organization: &Organization,
    filter: Filter,
    window: &Window,
) -> Result<Option<Windowed<EndUser>>, Error> {
    let mut list = List {
        columns: columns(),
        tables: TABLES,
        alias: "u",
        order: "number",
        condition: "u.organization = ?1".into(),
        parameters: vec![organization.number.into()],
    };
    if let Some(identifier) = filter.identifier {
        let at = list.parameters.len();
        list.narrow(&is_called(&format!("?{}", at + 1), &format!("?{}", at + 2)));
        list.parameters.extend([email::key(&identifier).into(), identifier.into()]);
    }
    if let Some(key) = filter.key {
        list.parameters.push(key.into());
        list.narrow(&format!("{KEY} = ?{}", list.parameters.len()));
    }
    if let Some(state) = filter.state {
        list.parameters.push(state.as_str().into());
        list.narrow(&format!("{STATE} = ?{}", list.parameters.len()));
    }
    let mut statements = vec![select_has_key(organization.number, filter.key)];
    statements.extend(window.statements(list, by_seq));
    let mut answers = directory.batch(statements).await?;
    if !answers.has_key()? {
        return Ok(None);
    }
    Ok(Some(window.read(&mut answers, read)?))
}

/// Whether an organization has the key of this `seq`, where one is named.
fn select_has_key(organization: i64, key: Option<i64>) -> Statement {
    Statement::new("SELECT ?2 IS NULL OR EXISTS (SELECT 1 FROM keys WHERE organization = ?1 AND seq = ?2) AS has_key")
        .bind(organization)
        .bind(key)
}

impl Answers {
    fn has_key(&mut self) -> Result<bool, DatabaseError> {
        Ok(self.read_one(Row::boolean)?.unwrap_or_default())
    }
}

/// Whether an organization has the key of this `seq`.
pub async fn has_key(directory: &Directory, organization: &Organization, key: i64) -> Result<bool, Error> {
    Ok(directory.batch(vec![select_has_key(organization.number, Some(key))]).await?.has_key()?)
}

/// The organization of this number, and whether the key of this `seq`, where one is named, is its own.
pub async fn host(directory: &Directory, number: i64, key: Option<i64>) -> Result<Option<(Organization, bool)>, Error> {
    let statements = vec![organization::select_by_number(number), select_has_key(number, key)];
    let mut answers = directory.batch(statements).await?;
    let found = answers.read_one(organization::read)?;
    let has_key = answers.has_key()?;
    Ok(found.map(|organization| (organization, has_key)))
}

/// One user, by its `seq`.
pub async fn find(directory: &Directory, organization: &Organization, seq: i64) -> Result<Option<EndUser>, Error> {
    Ok(directory.batch(vec![select(organization, seq)]).await?.read_one(read)?)
}

fn select(organization: &Organization, seq: i64) -> Statement {
    Statement::new(format!("SELECT {} FROM {TABLES} WHERE u.organization = ?1 AND u.seq = ?2", columns()))
        .bind(organization.number)
        .bind(seq)
}

/// One user, and whether the key of this `seq`, where one is named, is the organization's.
pub async fn survey(
    directory: &Directory,
    organization: &Organization,
    seq: i64,
    key: Option<i64>,
) -> Result<Option<(EndUser, bool)>, Error> {
    let mut answers =
        directory.batch(vec![select(organization, seq), select_has_key(organization.number, key)]).await?;
    let found = answers.read_one(read)?;
    let has_key = answers.has_key()?;
    Ok(found.map(|user| (user, has_key)))
}

/// Makes a user of this identifier with this key, the organization's first where none is named. One that is there
/// already is given as it is, and `false`. Refusal: [`crate::error::Conflict::LoginTaken`], where the identifier is the
/// login of a user who is called otherwise.
pub async fn create(
    directory: &Directory,
    organization: &Organization,
    identifier: &str,
    key: Option<i64>,
) -> Result<(EndUser, bool), Error> {
    let (id, email_key) = (directory.new_id(), email::key(identifier));
    let email = email::is_valid(identifier).then_some(identifier);
    let insert = Statement::new(format!(
        "INSERT INTO users (id, organization, number, email, email_key, login, role, created_at, updated_at) \
         SELECT ?4, ?1, {} + 1, ?5, CASE WHEN ?5 IS NOT NULL THEN ?2 END, CASE WHEN ?5 IS NULL THEN ?3 ELSE {} END, ?6, ?7, ?7 \
         WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.organization = ?1 AND {}) RETURNING 1 AS made",
        last_number!("?1"),
        new_login!("?1", "?5", "?4"),
        is_called("?2", "?3")
    ))
    .bind(organization.number)
    .bind(email_key.as_str())
    .bind(identifier)
    .bind(id.as_str())
    .bind(email)
    .bind(Role::Member.as_str())
    .bind(directory.now());
    let settings = Statement::new(
        "INSERT INTO user_settings (user, key, state) SELECT ?1, ?2, 'active' WHERE changes() > 0 AND ?2 IS NOT NULL",
    )
    .bind(id.as_str())
    .bind(key);
    let select = Statement::new(format!(
        "SELECT {} FROM {TABLES} WHERE u.organization = ?1 AND {} ORDER BY u.number LIMIT 1",
        columns(),
        is_called("?2", "?3")
    ))
    .bind(organization.number)
    .bind(email_key.as_str())
    .bind(identifier);
    let subject = Subject::new_end_user(organization, &id);
    let mut answers = directory.change(subject, vec![insert, settings, select]).await?;
    let is_new = answers.row()?.is_some();
    answers.rows()?;
    let user = answers.read_one(read)?.ok_or_else(|| Error::Internal("a new user is not there".into()))?;
    Ok((user, is_new))
}

/// What of a user is to change; what is absent stays.
#[derive(Debug, Default)]
pub struct Change {
    /// The identifier. An address becomes the e-mail; anything else takes the e-mail away and becomes the login.
    pub identifier: Option<String>,
    /// The key.
    pub key: Option<i64>,
    /// The state.
    pub state: Option<State>,
}

/// Changes a user. Refusals: [`crate::error::Conflict::EmailTaken`], [`crate::error::Conflict::LoginTaken`].
pub async fn update(
    directory: &Directory,
    organization: &Organization,
    seq: i64,
    change: Change,
) -> Result<Option<EndUser>, Error> {
    let mut statements = Vec::new();
    let renames = change.identifier.is_some();
    if let Some(identifier) = change.identifier {
        let email = email::is_valid(&identifier).then(|| identifier.clone());
        // an address may be what a user without an e-mail is called
        let rename = Statement::new(format!(
            "UPDATE users SET login = CASE WHEN ?3 IS NULL THEN ?5 ELSE login END, \
             email = ?3, email_key = ?4, updated_at = ?6 WHERE organization = ?1 AND seq = ?2 \
             AND NOT EXISTS (SELECT 1 FROM users u WHERE u.organization = ?1 AND u.seq <> ?2 AND {}) RETURNING 1 AS renamed",
            is_called("?4", "?5")
        ))
        .bind(organization.number)
        .bind(seq)
        .bind(email.as_deref())
        .bind(email.as_deref().map(email::key))
        .bind(identifier)
        .bind(directory.now());
        statements.push(rename);
    }
    if change.key.is_some() || change.state.is_some() {
        let settings = Statement::new(format!(
            "INSERT INTO user_settings (user, key, state) SELECT u.id, COALESCE(?3, {KEY}), COALESCE(?4, {STATE}) \
             FROM {TABLES} WHERE u.organization = ?1 AND u.seq = ?2 AND (NOT ?5 OR changes() > 0) \
             ON CONFLICT (user) DO UPDATE SET key = excluded.key, state = excluded.state"
        ))
        .bind(organization.number)
        .bind(seq)
        .bind(change.key)
        .bind(change.state.map(State::as_str))
        .bind(renames);
        statements.push(settings);
    }
    statements.push(select(organization, seq));
    let mut answers = directory.change(Subject::end_user(organization, seq), statements).await?;
    let is_taken = renames && answers.row()?.is_none();
    let last = answers.0.next_back().and_then(|rows| rows.into_iter().next());
    match last.map(|mut row| read(&mut row)).transpose()? {
        Some(_) if is_taken => Err(Error::Conflict(Conflict::LoginTaken)),
        found => Ok(found),
    }
}
