//! Stored credentials: what people deposit in an account (Astra). A passwordHash is a user's password itself; what any
//! other holds is sealed. Neither is ever told again.

use serde_json::{Map, Value};

use crate::audit::Subject;
use crate::binding::{self, Role};
use crate::database::{Row, Statement};
use crate::document::{self, Column, Seen, Shape, Table, seconds, truth};
use crate::error::{Conflict, Error, Noun};
use crate::organization::Organization;
use crate::password_policy::{self, PasswordPolicy};
use crate::words::words;
use crate::{Directory, Timestamp, password};

words! {
    /// What a credential is for.
    KeyType {
        /// Anything.
        Generic = "generic",
        /// An API key.
        ApiKey = "apikey",
        /// A certificate.
        Certificate = "certificate",
        /// A private key.
        PrivateKey = "privkey",
        /// An object store.
        S3 = "s3",
        /// A Kubernetes cluster.
        Kubeconfig = "kubeconfig",
        /// A user's password.
        PasswordHash = "passwordHash",
    }
}

/// Stored credentials, as documents are made of them.
pub const TABLE: Table =
    Table { from: "credentials c", scope: "c.organization = ?1", id: "c.id", seq: "c.seq", user: "c.user" };

/// The columns of [`TABLE`].
#[expect(missing_docs, reason = "each is the credential's member of this name")]
pub mod columns {
    use super::{Column, seconds, truth};

    pub const ID: Column = Column::text("c.id");
    pub const NAME: Column = Column::text("c.name");
    pub const KEY_TYPE: Column = Column::optional("c.key_type");
    pub const VALID: Column = Column::text(truth!("c.valid"));
    pub const VALID_FROM: Column = Column::optional("c.valid_from");
    pub const VALID_UNTIL: Column = Column::optional("c.valid_until");
    pub const LABELS: Column = Column::labels("c.labels");
    pub const CREATED_BY: Column = Column::text("c.created_by");
    pub const CREATED_AT: Column = Column::text(seconds!("c.created_at"));
    pub const UPDATED_AT: Column = Column::text(seconds!("c.updated_at"));
}

/// What a credential holds.
pub enum Contents {
    /// Keys by name, as they came.
    Keys(Map<String, Value>),
    /// A user's password.
    Password {
        /// The password.
        password: String,
        /// Whether it opens nothing until another is set.
        must_change: bool,
    },
}

/// A credential to be stored.
pub struct NewCredential {
    /// What it is called; a passwordHash is called by its user's id.
    pub name: String,
    /// What it is for, if that is said.
    pub key_type: Option<KeyType>,
    /// What it holds.
    pub contents: Contents,
    /// Whether it holds good.
    pub valid: bool,
    /// From when on, as it came.
    pub valid_from: Option<String>,
    /// Until when, as it came.
    pub valid_until: Option<String>,
    /// Labels: a JSON array of objects with `name` and `value`.
    pub labels: String,
    /// Who stores it: a user's id, or the nil UUID.
    pub created_by: String,
}

/// Stores a credential, and tells it. Refusals: [`Noun::User`] not found, for a password of no local user;
/// [`Conflict::PasswordSet`].
pub async fn create(
    directory: &Directory,
    organization: &Organization,
    new: NewCredential,
    shape: &Shape,
) -> Result<String, Error> {
    let (id, now) = (directory.new_id(), directory.now());
    let user = matches!(new.contents, Contents::Password { .. }).then(|| new.name.clone());
    let sealed = match &new.contents {
        Contents::Keys(keys) => Some(seal(directory, keys, &id)?),
        Contents::Password { .. } => None,
    };
    let insert = Statement::new(
        "INSERT INTO credentials (id, organization, user, name, key_type, sealed, valid, valid_from, valid_until, labels, \
         created_by, created_at, updated_at) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12 \
         WHERE ?3 IS NULL OR EXISTS (SELECT 1 FROM users u WHERE u.organization = ?2 AND u.id = ?3 \
         AND u.auth_provider = 'local') RETURNING id",
    )
    .bind(id.as_str())
    .bind(organization.number)
    .bind(user)
    .bind(new.name)
    .bind(new.key_type.map(KeyType::as_str))
    .bind(sealed)
    .bind(new.valid)
    .bind(new.valid_from)
    .bind(new.valid_until)
    .bind(new.labels)
    .bind(new.created_by)
    .bind(now);
    let mut statements = vec![insert];
    statements.extend(set_password(directory, organization, &id, &new.contents, now).await?);
    statements.push(document::select(organization, (&TABLE, shape), &id));
    let subject = Subject::credential(organization, &id).made();
    let mut answers = directory.change(subject, statements).await?;
    answers.row()?.ok_or(Error::NotFound(Noun::User))?;
    answers.last_document()?.ok_or(Error::NotFound(Noun::User))
}

/// The statements that set the password of the user whom a credential names, which is made or changed now: to hash it takes a while.
async fn set_password(
    directory: &Directory,
    organization: &Organization,
    id: &str,
    contents: &Contents,
    now: Timestamp,
) -> Result<Vec<Statement>, Error> {
    let Contents::Password { password, must_change } = contents else { return Ok(Vec::new()) };
    let hash = password::hash(directory, password).await?;
    let user = "(SELECT user FROM credentials WHERE organization = ?1 AND id = ?2)";
    Ok(vec![
        Statement::new(format!("UPDATE users SET password = ?3 WHERE organization = ?1 AND id = {user}"))
            .bind(organization.number)
            .bind(id)
            .bind(hash),
        // setting a password made it one to keep
        Statement::new("UPDATE credentials SET must_change = ?3, updated_at = ?4 WHERE organization = ?1 AND id = ?2")
            .bind(organization.number)
            .bind(id)
            .bind(*must_change)
            .bind(now),
    ])
}

/// What decides about a credential, seen in one go.
#[derive(Clone, Debug)]
pub struct Survey {
    /// The credential, if there is one of the id.
    pub stored: Option<Stored>,
    /// The user who is named.
    pub candidate: Candidate,
    /// The role of the user who is named.
    pub role: Option<Role>,
    /// The password policy that the organization was given, if it was.
    pub policy: Option<PasswordPolicy>,
}

/// A credential that is stored.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its document.
    pub document: String,
    /// What it is called.
    pub name: String,
    /// What it is for, if that was said.
    pub key_type: Option<KeyType>,
    /// The role of the user whose password it is.
    pub role: Option<Role>,
    sealed: Option<String>,
    password: Option<String>,
}

/// Whom a password could be for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Candidate {
    /// No such user, or none whose passwords are kept here.
    Nobody,
    /// A user without a password.
    Without,
    /// A user with one.
    With,
}

/// Looks at the credential of an id, at a user whom a password could be for, and at what passwords must be like.
pub async fn survey(
    directory: &Directory,
    organization: &Organization,
    id: &str,
    user: &str,
    shape: &Shape,
) -> Result<Survey, Error> {
    let one = |sql: &'static str, value: &str| Statement::new(sql).bind(organization.number).bind(value);
    let statements = vec![
        document::select(organization, (&TABLE, shape), id),
        one(
            "SELECT c.name AS name, c.key_type AS key_type, b.role AS role, c.sealed AS sealed, u.password AS password \
             FROM credentials c LEFT JOIN users u ON u.id = c.user LEFT JOIN role_bindings b ON b.user = c.user \
             WHERE c.organization = ?1 AND c.id = ?2",
            id,
        ),
        one(
            "SELECT u.password IS NOT NULL AS has_password FROM users u \
             WHERE u.organization = ?1 AND u.id = ?2 AND u.auth_provider = 'local'",
            user,
        ),
        binding::select_role(organization, user),
        password_policy::select(organization),
    ];
    let mut answers = directory.batch(statements).await?;
    let document = answers.document()?;
    let stored = answers.read_one(|row| {
        Ok(Stored {
            document: document.clone().unwrap_or_default(),
            name: row.text()?,
            key_type: row.optional_text()?.as_deref().map(KeyType::read).transpose()?,
            role: row.optional_text()?.as_deref().map(Role::read).transpose()?,
            sealed: row.optional_text()?,
            password: row.optional_text()?,
        })
    })?;
    let candidate = match answers.read_one(Row::boolean)? {
        None => Candidate::Nobody,
        Some(false) => Candidate::Without,
        Some(true) => Candidate::With,
    };
    Ok(Survey { stored, candidate, role: answers.role()?, policy: answers.given_password_policy()? })
}

impl Stored {
    /// The keys that the credential of this id holds. Under another pepper than when they were stored they are lost.
    pub fn keys(&self, directory: &Directory, id: &str) -> Map<String, Value> {
        let opened = self.sealed.as_deref().and_then(|sealed| directory.unseal(sealed, &context(id)));
        opened.and_then(|keys| serde_json::from_slice(keys.as_bytes()).ok()).unwrap_or_default()
    }

    /// Whether this is the password that is set.
    pub async fn is_password(&self, directory: &Directory, password: &str) -> Result<bool, Error> {
        password::verify(directory, password, self.password.as_deref()).await
    }
}

/// What of a credential is to change; what is absent stays.
#[derive(Default)]
pub struct Change {
    /// What it is called.
    pub name: Option<String>,
    /// What it is for, where that was not said before.
    pub key_type: Option<KeyType>,
    /// What it holds. A password makes it the passwordHash of the user it is called by.
    pub contents: Option<Contents>,
    /// Whether it holds good.
    pub valid: Option<bool>,
    /// From when on.
    pub valid_from: Option<String>,
    /// Until when.
    pub valid_until: Option<String>,
    /// Labels, a JSON array.
    pub labels: Option<String>,
}

/// Changes a credential, and tells it. Refusals: [`Noun::Credential`] not found, [`Conflict::PasswordSet`],
/// [`Conflict::Stale`].
pub async fn update(
    directory: &Directory,
    organization: &Organization,
    id: &str,
    change: Change,
    (shape, seen): (&Shape, Option<Seen<'_>>),
) -> Result<String, Error> {
    let sealed = match &change.contents {
        Some(Contents::Keys(keys)) => Some(seal(directory, keys, id)?),
        Some(Contents::Password { .. }) | None => None,
    };
    let is_password = matches!(change.contents, Some(Contents::Password { .. }));
    let now = directory.now();
    let statement = Statement::new("")
        .bind(organization.number)
        .bind(id)
        .bind(change.name)
        .bind(change.key_type.map(KeyType::as_str))
        .bind(sealed)
        .bind(change.valid)
        .bind(change.valid_from)
        .bind(change.valid_until)
        .bind(change.labels)
        .bind(is_password)
        .bind(now);
    let (guard, mut statement) = Seen::guard(seen, statement);
    statement.sql = format!(
        "UPDATE credentials AS c SET name = COALESCE(?3, name), key_type = COALESCE(?4, key_type), \
         sealed = CASE WHEN ?10 THEN NULL ELSE COALESCE(?5, sealed) END, \
         user = CASE WHEN ?10 THEN COALESCE(?3, name) ELSE user END, valid = COALESCE(?6, valid), \
         valid_from = COALESCE(?7, valid_from), valid_until = COALESCE(?8, valid_until), \
         labels = COALESCE(?9, labels), updated_at = ?11 WHERE organization = ?1 AND id = ?2 AND {guard} RETURNING id"
    )
    .into();
    let mut statements = vec![statement];
    if let Some(contents) = &change.contents {
        for mut statement in set_password(directory, organization, id, contents, now).await? {
            // no row was changed where the caller saw another state, and then none is
            statement.sql.to_mut().push_str(" AND changes() > 0");
            statements.push(statement);
        }
    }
    statements.push(document::select(organization, (&TABLE, shape), id));
    let mut answers = directory.change(Subject::credential(organization, id), statements).await?;
    let changed = answers.row()?.is_some();
    let document = answers.last_document()?.ok_or(Error::NotFound(Noun::Credential))?;
    if changed { Ok(document) } else { Err(Error::Conflict(Conflict::Stale)) }
}

/// Deletes a credential; a passwordHash stays as long as its user. Refusal: [`Noun::Credential`] not found.
pub async fn delete(directory: &Directory, organization: &Organization, id: &str) -> Result<(), Error> {
    let statement =
        Statement::new("DELETE FROM credentials WHERE organization = ?1 AND id = ?2 AND user IS NULL RETURNING id");
    let statements = vec![statement.bind(organization.number).bind(id)];
    let mut answers = directory.change(Subject::credential(organization, id), statements).await?;
    answers.row()?.map(drop).ok_or(Error::NotFound(Noun::Credential))
}

fn seal(directory: &Directory, keys: &Map<String, Value>, id: &str) -> Result<String, Error> {
    let keys = serde_json::to_string(keys).map_err(|error| Error::Internal(error.to_string()))?;
    directory.seal(&keys, &context(id))
}

fn context(id: &str) -> String {
    format!("credential {id}")
}
