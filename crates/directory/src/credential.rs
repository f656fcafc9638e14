//! Credentials: who a caller is. Access tokens are signed and short-lived, and their principal is looked up on each
//! request, so that deleting it ends them at once.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use tessera_validate::email;

use crate::database::{DatabaseError, Row, Statement};
use crate::error::Error;
use crate::key::{self, By, Key, Kind, Verification};
use crate::organization::{self, Organization};
use crate::sign_in::{Attempt, Client};
use crate::user::{self, User};
use crate::{Answers, Directory, Timestamp, binding, password, renewal, vault};

/// How long an access token lasts, in seconds.
pub const ACCESS_TOKEN_SECONDS: i64 = 900;
/// How many users of one e-mail address, each of another organization, are tried with a password.
const MAX_CANDIDATES: i64 = 8;

/// A caller that was recognized.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// A key of an organization.
    Key(Box<(Key, Organization)>),
    /// A user of an organization.
    User(Box<(User, Organization)>),
}

impl Principal {
    /// The one organization in which the principal may do anything.
    pub fn organization(&self) -> &Organization {
        match self {
            Self::Key(found) => &found.1,
            Self::User(found) => &found.1,
        }
    }
}

/// What an access token says. `kind` is the principal's, `sub` its UUID.
#[derive(Serialize, Deserialize)]
pub(crate) struct Claims {
    pub(crate) iss: String,
    pub(crate) sub: String,
    kind: Subject,
    pub(crate) iat: i64,
    pub(crate) exp: i64,
}

impl Claims {
    pub(crate) fn is_key(&self) -> bool {
        matches!(self.kind, Subject::Key)
    }
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Subject {
    User,
    Key,
}

pub(crate) const ISSUER: &str = "tessera";

/// Whether the secret is the deployment's root key.
pub fn is_root(directory: &Directory, secret: &str) -> bool {
    let is_root = directory.vault.is_root(secret);
    if is_root {
        directory.called_by_root();
    }
    is_root
}

/// Recognizes a key that is presented by itself. An expired or revoked one is nobody.
pub async fn by_key(directory: &Directory, secret: &str) -> Result<Option<Principal>, Error> {
    admit(directory, secret).await?;
    let found = live(key::look_up_secret(directory, secret).await?).filter(|found| found.0.kind == Kind::Standard);
    Ok(recognized(directory, found.map(Principal::Key)))
}

/// Counts a call against the limit of the secret that is presented, if that has the form of one.
pub(crate) async fn admit(directory: &Directory, secret: &str) -> Result<(), Error> {
    if directory.is_limited() && tessera_validate::secret::parse(secret).is_some() {
        directory.admit_key(|vault| vault.digest(secret)).await?;
    }
    Ok(())
}

/// Notes whom the call is by.
pub(crate) fn recognized(directory: &Directory, found: Option<Principal>) -> Option<Principal> {
    found.inspect(|principal| directory.called_by_principal(principal))
}

fn live(verification: Verification) -> Option<Box<(Key, Organization)>> {
    match verification {
        Verification::Valid(found) => Some(found),
        Verification::Malformed | Verification::Unknown | Verification::Expired(_) | Verification::Revoked(_) => None,
    }
}

/// Recognizes an OAuth client, a service account by its id and secret, tried from an address. Refusal: [`Error::RateLimited`].
pub async fn by_client(
    directory: &Directory,
    client_id: &str,
    secret: &str,
    address: &str,
) -> Result<Option<Principal>, Error> {
    let found = by_pair(directory, Pair::Client, (client_id, secret), address, None).await?;
    let is_service_account =
        |principal: &Principal| matches!(principal, Principal::Key(found) if found.0.kind == Kind::ServiceAccount);
    Ok(found.map(|(principal, _)| principal).filter(is_service_account))
}

/// Recognizes a user by e-mail and password, tried from an address. One e-mail may be a user's of several organizations; the
/// oldest whose password it is, is meant. A user who is turned off, or whose password must be changed first, is nobody.
/// Refusal: [`Error::RateLimited`].
pub async fn by_password(
    directory: &Directory,
    email: &str,
    password: &str,
    address: &str,
) -> Result<Option<Principal>, Error> {
    let mut attempt = Attempt::new(directory, email, address);
    let mut statements = Vec::with_capacity(Attempt::STATEMENTS + 1);
    if let Some(attempt) = &attempt {
        statements.extend(attempt.statements(None));
    }
    statements.push(by_email(email, None));
    let mut answers = directory.batch(statements).await?;
    if let Some(attempt) = &mut attempt {
        attempt.read(&mut answers)?;
    }
    let found = verified(directory, &mut answers, password).await?;
    if let (Some(_), Some(attempt)) = (&found, attempt) {
        attempt.succeeded(directory).await?;
    }
    Ok(found.map(|(_, found)| Principal::User(found)))
}

/// The first of the users of one e-mail whose password it is, with its hash.
async fn verified(
    directory: &Directory,
    answers: &mut Answers,
    password: &str,
) -> Result<Option<(String, Box<(User, Organization)>)>, Error> {
    let candidates = answers.read(|row| Ok((row.text()?, read_user(row)?)))?;
    if candidates.is_empty() {
        password::verify(directory, password, None).await?;
    }
    for (hash, found) in candidates {
        if password::verify(directory, password, Some(&hash)).await? {
            return Ok(Some((hash, found)));
        }
    }
    Ok(None)
}

/// Which pair of a name and a secret is presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pair {
    /// A key's client id and its secret.
    Client,
    /// A user's e-mail and password, or a key's client id and its secret.
    UserOrClient,
}

/// Recognizes whoever presents a pair, tried from an address, and tells what a session for it is opened with. Of users with one
/// e-mail and one password that of the organization of this number or slug is meant, else the oldest. Refusal:
/// [`Error::RateLimited`].
pub async fn by_pair(
    directory: &Directory,
    pair: Pair,
    (name, secret): (&str, &str),
    address: &str,
    space: Option<&str>,
) -> Result<Option<(Principal, Opener)>, Error> {
    let mut attempt = Attempt::new(directory, name, address);
    let mut found = find_pair(directory, pair, (name, secret), space, attempt.as_mut()).await?;
    if found.is_none() && renewal::of_secrets(directory, &[secret, &key::bound(name, secret)]).await? {
        // it is the same attempt
        found = find_pair(directory, pair, (name, secret), space, None).await?;
    }
    if let (Some(_), Some(attempt)) = (&found, attempt) {
        attempt.succeeded(directory).await?;
    }
    Ok(found.inspect(|(principal, _)| directory.called_by_principal(principal)))
}

async fn find_pair(
    directory: &Directory,
    pair: Pair,
    (name, secret): (&str, &str),
    space: Option<&str>,
    attempt: Option<&mut Attempt>,
) -> Result<Option<(Principal, Opener)>, Error> {
    let now = directory.now();
    let bound = key::chosen_digest(directory, name, secret);
    let plain = directory.vault.digest(secret);
    // a user's name is the same in whatever case
    directory.admit_key(|vault| vault.digest(key::bound(&email::key(name), secret))).await?;
    let mut statements = Vec::with_capacity(Attempt::STATEMENTS + 3);
    if let Some(attempt) = &attempt {
        statements.extend(attempt.statements(Some(&Client { id: name, bound: &bound, plain: &plain })));
    }
    let notes_use = directory.uses.is_due(&bound, now);
    if notes_use {
        let note = Statement::new(NOTE_CLIENT_USE.as_str()).bind(name).bind(now);
        statements.push(note.bind(bound.as_str()).bind(plain.as_str()));
    }
    statements.push(Statement::new(BY_CLIENT_ID.as_str()).bind(name));
    if pair == Pair::UserOrClient {
        statements.push(by_email(name, space));
    }
    let mut answers = directory.batch(statements).await?;
    if let Some(attempt) = attempt {
        attempt.read(&mut answers)?;
    }
    if notes_use {
        answers.rows()?;
    }
    let client = answers.read_one(|row| {
        let (digest, previous) = (row.text()?, row.optional_text()?);
        Ok((digest, previous, Box::new((key::read(row)?, organization::read(row)?))))
    })?;
    if let Some((digest, previous, found)) = client {
        // a service account has the secret that was made for it, until another is chosen
        let is_presented = |digest: &String| {
            let is_made = found.0.kind == Kind::ServiceAccount && vault::same(digest, &plain);
            vault::same(digest, &bound) || is_made
        };
        let previous = previous.filter(|_| found.0.previous_until.is_some_and(|until| until > now));
        let opens = is_presented(&digest) || previous.as_ref().is_some_and(is_presented);
        let opener = Opener::Key { id: found.0.id.clone(), digest };
        let is_live = found.0.is_live(now);
        return Ok((opens && is_live).then_some((Principal::Key(found), opener)));
    }
    if pair == Pair::Client {
        return Ok(None);
    }
    let found = verified(directory, &mut answers, secret).await?;
    Ok(found.map(|(password, found)| {
        let opener = Opener::User { id: found.0.id.clone(), password };
        (Principal::User(found), opener)
    }))
}

/// With what a session is opened, as it is stored.
#[derive(Debug)]
pub enum Opener {
    /// With a key's secret.
    Key {
        /// The key's UUID.
        id: String,
        /// The digest of its secret.
        digest: String,
    },
    /// With a user's password.
    User {
        /// The user's UUID.
        id: String,
        /// The password's hash.
        password: String,
    },
}

/// SQL: whether the key `k` has the client id `?1`.
const HAS_CLIENT_ID: &str = "(k.client_id = ?1 OR (k.id = ?1 AND k.kind = 'service_account'))";

static BY_CLIENT_ID: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT k.digest AS digest, k.previous_digest AS previous_digest, {}, {} \
         FROM keys k JOIN organizations o ON o.number = k.organization WHERE {HAS_CLIENT_ID} AND NOT {}",
        key::COLUMNS,
        organization::COLUMNS,
        key::IS_DEACTIVATED
    )
});

static NOTE_CLIENT_USE: LazyLock<String> = LazyLock::new(|| {
    format!(
        "UPDATE keys AS k SET last_used_at = ?2 WHERE {HAS_CLIENT_ID} AND k.digest IN (?3, ?4) \
         AND k.revoked_at IS NULL AND NOT {} AND (k.expires_at IS NULL OR k.expires_at > ?2) \
         AND (k.last_used_at IS NULL OR k.last_used_at <= ?2 - {})",
        key::IS_DEACTIVATED,
        key::USE_INTERVAL
    )
});

/// The statement that selects the users of an e-mail, those of the organization of this number or slug first.
fn by_email(email: &str, space: Option<&str>) -> Statement {
    Statement::new(BY_EMAIL.as_str()).bind(email::key(email)).bind(space)
}

static BY_EMAIL: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT u.password AS u_password, {}, {} FROM users u JOIN organizations o ON o.number = u.organization \
         WHERE u.email_key = ?1 AND u.password IS NOT NULL AND {} \
         AND NOT EXISTS (SELECT 1 FROM credentials c WHERE c.user = u.id AND c.must_change) \
         ORDER BY o.slug = ?2 OR o.number = ?2 DESC, u.seq LIMIT {MAX_CANDIDATES}",
        user::COLUMNS,
        organization::COLUMNS,
        user::ACTIVE
    )
});

pub(crate) fn read_user(row: &mut Row) -> Result<Box<(User, Organization)>, DatabaseError> {
    Ok(Box::new((user::read(row)?, organization::read(row)?)))
}

/// An access token for a principal, good for [`ACCESS_TOKEN_SECONDS`].
pub fn access_token(directory: &Directory, principal: &Principal) -> Result<String, Error> {
    let (kind, sub) = match principal {
        Principal::Key(found) => (Subject::Key, found.0.id.clone()),
        Principal::User(found) => (Subject::User, found.0.id.clone()),
    };
    let iat = directory.now().timestamp();
    let claims = Claims { iss: ISSUER.to_owned(), sub, kind, iat, exp: iat + ACCESS_TOKEN_SECONDS };
    let claims = serde_json::to_vec(&claims).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(directory.vault.sign(&claims))
}

/// Recognizes the principal of an access token, as it is now.
pub async fn by_access_token(directory: &Directory, token: &str) -> Result<Option<Principal>, Error> {
    let Some(claims) = claims(directory, token) else { return Ok(None) };
    directory.admit_key(|_| claims.sub.clone()).await?;
    principal_of(directory, &claims).await
}

/// Whose an access token is, as they are now, and what it says.
pub(crate) async fn read_access_token(
    directory: &Directory,
    token: &str,
) -> Result<Option<(Principal, Claims)>, Error> {
    let Some(claims) = claims(directory, token) else { return Ok(None) };
    Ok(principal_of(directory, &claims).await?.map(|principal| (principal, claims)))
}

/// What an access token says, where it was signed here and has not ended.
fn claims(directory: &Directory, token: &str) -> Option<Claims> {
    let claims = serde_json::from_slice::<Claims>(&directory.vault.unsign(token)?).ok()?;
    (claims.iss == ISSUER && claims.exp > directory.now().timestamp()).then_some(claims)
}

async fn principal_of(directory: &Directory, claims: &Claims) -> Result<Option<Principal>, Error> {
    let principal = match claims.kind {
        Subject::Key => live(key::look_up(directory, By::Id, &claims.sub).await?).map(Principal::Key),
        Subject::User => {
            let statement = Statement::new(format!(
                "SELECT {}, {} FROM users u JOIN organizations o ON o.number = u.organization WHERE u.id = ?1 AND {}",
                user::COLUMNS,
                organization::COLUMNS,
                user::ACTIVE
            ));
            let mut answers = directory.batch(vec![statement.bind(claims.sub.as_str())]).await?;
            answers.read_one(read_user)?.map(Principal::User)
        }
    };
    Ok(recognized(directory, principal))
}

/// Whoever presents a user's token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bearer {
    /// The user.
    pub user: User,
    /// The user's organization.
    pub organization: Organization,
    /// Whether the user may act at all: turned on, and not suspended.
    pub is_active: bool,
    /// What the user is bound to, if anything: the role, and what it reaches, a JSON array of texts.
    pub binding: Option<(binding::Role, String)>,
    /// When the token was issued.
    pub issued_at: Timestamp,
    /// When the token ends; absent: never.
    pub expires_at: Option<Timestamp>,
}

/// Recognizes a user by a token. An expired or revoked one is nobody's.
pub async fn by_token(directory: &Directory, secret: &str) -> Result<Option<Bearer>, Error> {
    // what is no token is counted as what it is
    if tessera_validate::secret::parse(secret) == Some(tessera_validate::secret::Kind::Token) {
        admit(directory, secret).await?;
    }
    read_token(directory, secret).await
}

/// As [`by_token`], of one that somebody else presents.
pub(crate) async fn read_token(directory: &Directory, secret: &str) -> Result<Option<Bearer>, Error> {
    if tessera_validate::secret::parse(secret) != Some(tessera_validate::secret::Kind::Token) {
        return Ok(None);
    }
    let mut found = find_bearer(directory, secret).await?;
    if found.is_none() && renewal::of_secrets(directory, &[secret]).await? {
        found = find_bearer(directory, secret).await?;
    }
    Ok(found.inspect(|bearer| directory.called_by_bearer(bearer)))
}

async fn find_bearer(directory: &Directory, secret: &str) -> Result<Option<Bearer>, Error> {
    let digest = directory.vault.digest(secret);
    let statement = Statement::new(format!(
        "SELECT t.digest AS digest, {} AS is_active, b.role AS b_role, b.constraints AS b_constraints, \
         t.created_at AS t_created_at, t.expires_at AS t_expires_at, {}, {} \
         FROM tokens t JOIN users u ON u.id = t.user JOIN organizations o ON o.number = u.organization \
         LEFT JOIN role_bindings b ON b.user = u.id \
         WHERE t.digest = ?1 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > ?2)",
        user::ACTIVE,
        user::COLUMNS,
        organization::COLUMNS
    ))
    .bind(digest.as_str())
    .bind(directory.now());
    let mut answers = directory.batch(vec![statement]).await?;
    let found = answers.read_one(|row| Ok((row.text()?, read_bearer(row)?)))?;
    Ok(found.filter(|(stored, _)| vault::same(stored, &digest)).map(|(_, bearer)| bearer))
}

fn read_bearer(row: &mut Row) -> Result<Bearer, DatabaseError> {
    let is_active = row.boolean()?;
    let role = row.optional_text()?.as_deref().map(binding::Role::read).transpose()?;
    let binding = role.zip(row.optional_text()?);
    let (issued_at, expires_at) = (row.time()?, row.optional_time()?);
    let (user, organization) = (user::read(row)?, organization::read(row)?);
    Ok(Bearer { user, organization, is_active, binding, issued_at, expires_at })
}
