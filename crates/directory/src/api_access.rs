//! API accesses: an organization's keys by their numbers, as Octane has them. Every key is one, wherever it was made;
//! those made here are presented by a client id and a secret that their maker chose.

use serde::Serialize;

use crate::audit::Subject;
use crate::database::{DatabaseError, Row, Statement};
use crate::error::{Error, Noun};
use crate::filter::{Column, Selected, Selection, Shape, Value, joined};
use crate::key::{self, Key};
use crate::organization::Organization;
use crate::roster::{Table, seconds, select};
use crate::{Directory, Timestamp, json_parameters};

/// How many random letters and digits end a client id.
const CODE_LENGTH: usize = 25;
/// How often a change is tried again that another one came before.
const ATTEMPTS: usize = 5;

/// A key with what Octane shows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiAccess {
    /// The number, never given twice in the organization.
    pub number: i64,
    /// How often it was changed, and one.
    pub version: i64,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Whether there is a secret that opens it, or would if it were not revoked.
    pub has_secret: bool,
    /// The key.
    pub key: Key,
}

impl ApiAccess {
    /// Whether it is not revoked.
    pub fn is_valid(&self) -> bool {
        self.key.revoked_at.is_none()
    }

    /// What an attribute of the key is.
    pub fn value(&self, attribute: Attribute) -> Value {
        let key = &self.key;
        match attribute {
            Attribute::Number => self.number.into(),
            Attribute::Name => key.name.as_str().into(),
            Attribute::ClientId => key.client_id.clone().into(),
            Attribute::IsValid => self.is_valid().into(),
            Attribute::WorkspaceRoles => Value::Numbers(key.workspace_roles.clone()),
            Attribute::Version => self.version.into(),
            Attribute::ExpiresAt => key.expires_at.map(seconds).into(),
            Attribute::CreatedAt => seconds(key.created_at).into(),
            Attribute::UpdatedAt => seconds(self.updated_at).into(),
        }
    }
}

/// What keys are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// The number.
    Number,
    /// The name.
    Name,
    /// The client id, where there is one.
    ClientId,
    /// Whether it is not revoked.
    IsValid,
    /// The workspace roles that it holds.
    WorkspaceRoles,
    /// How often it was changed, and one.
    Version,
    /// When it ends, to the second.
    ExpiresAt,
    /// When it was made, to the second.
    CreatedAt,
    /// When it was last changed, to the second.
    UpdatedAt,
}

impl Column for Attribute {
    fn sql(self) -> &'static str {
        match self {
            Self::Number => "k.number",
            Self::Name => "k.name",
            Self::ClientId => "COALESCE(k.client_id, CASE k.kind WHEN 'service_account' THEN k.id END)",
            Self::IsValid => "(k.revoked_at IS NULL)",
            Self::WorkspaceRoles => "NULLIF(k.workspace_roles, '')",
            Self::Version => "k.version",
            Self::ExpiresAt => "(k.expires_at / 1000 * 1000)",
            Self::CreatedAt => "(k.created_at / 1000 * 1000)",
            Self::UpdatedAt => "(COALESCE(k.updated_at, k.created_at) / 1000 * 1000)",
        }
    }

    fn shape(self) -> Shape {
        match self {
            Self::Name | Self::ClientId => Shape::Text,
            Self::WorkspaceRoles => Shape::Numbers,
            Self::Number | Self::IsValid | Self::Version | Self::ExpiresAt | Self::CreatedAt | Self::UpdatedAt => {
                Shape::Number
            }
        }
    }
}

/// The columns that [`read`] reads, before those of the key `k`.
const COLUMNS: &str = "k.number AS number, k.version AS version, COALESCE(k.updated_at, k.created_at) AS updated_at, \
    k.digest <> k.id AS has_secret";

fn read(row: &mut Row) -> Result<ApiAccess, DatabaseError> {
    Ok(ApiAccess {
        number: row.integer()?,
        version: row.integer()?,
        updated_at: row.time()?,
        has_secret: row.boolean()?,
        key: key::read(row)?,
    })
}

fn columns() -> String {
    format!("{COLUMNS}, {}", key::COLUMNS)
}

/// A key to be made.
pub struct NewApiAccess {
    /// What it is called; the client id begins so.
    pub name: String,
    /// The client id, where it is chosen too.
    pub client_id: Option<String>,
    /// The secret.
    pub secret: String,
    /// The workspace roles that it holds, ascending, each once.
    pub workspace_roles: Vec<i64>,
    /// When it ends; absent: never.
    pub expires_at: Option<Timestamp>,
}

#[derive(Serialize)]
struct Draft {
    id: String,
    client_id: String,
    name: String,
    digest: String,
    roles: String,
    end: Option<i64>,
}

/// Makes keys, all or none, and gives them in the same order.
pub async fn create(
    directory: &Directory,
    organization: &Organization,
    new: Vec<NewApiAccess>,
) -> Result<Vec<ApiAccess>, Error> {
    let now = directory.now();
    let drafts: Vec<Draft> = new
        .into_iter()
        .map(|new| {
            let client_id =
                new.client_id.unwrap_or_else(|| format!("{}_{}", new.name, directory.new_code(CODE_LENGTH)));
            Draft {
                id: directory.new_id(),
                digest: key::chosen_digest(directory, &client_id, &new.secret),
                client_id,
                name: new.name,
                roles: joined(&new.workspace_roles),
                end: new.expires_at.map(|end| end.timestamp_millis()),
            }
        })
        .collect();
    let ids: Vec<&str> = drafts.iter().map(|draft| draft.id.as_str()).collect();
    let mut statements: Vec<Statement> = json_parameters(&drafts)?
        .into_iter()
        .map(|drafts| {
            Statement::new(
                "INSERT INTO keys (id, organization, kind, name, scopes, digest, client_id, workspace_roles, \
                 expires_at, created_at) \
                 SELECT d.value ->> 'id', ?1, 'api_access', d.value ->> 'name', '', d.value ->> 'digest', \
                 d.value ->> 'client_id', d.value ->> 'roles', d.value ->> 'end', ?2 \
                 FROM json_each(?3) d ORDER BY d.key",
            )
            .bind(organization.number)
            .bind(now)
            .bind(drafts)
        })
        .collect();
    let inserts = statements.len();
    let chosen = serde_json::to_string(&ids).map_err(|error| Error::Internal(error.to_string()))?;
    let subject = Subject::keys(organization, &chosen);
    statements.push(
        Statement::new(format!(
            "SELECT {} FROM json_each(?2) d CROSS JOIN keys k ON k.id = d.value WHERE k.organization = ?1 ORDER BY d.key",
            columns()
        ))
        .bind(organization.number)
        .bind(chosen),
    );
    let mut answers = directory.change(subject, statements).await?;
    for _ in 0..inserts {
        answers.rows()?;
    }
    Ok(answers.read(read)?)
}

/// The keys of an organization that are wanted, by number where nothing else decides. Nothing if the store does not admit the
/// filter, and there are more than [`crate::roster::MAX_IN_MEMORY`] of them, or too many tests for as many.
pub async fn list(
    directory: &Directory,
    organization: &Organization,
    selection: &Selection<Attribute>,
) -> Result<Option<Selected<ApiAccess>>, Error> {
    let table = Table { columns: &columns(), from: "keys k WHERE k.organization = ?1", order: "k.number" };
    select(directory, organization, &table, selection, read, ApiAccess::value).await
}

/// One key by its number. Refusal: [`Noun::Key`] not found.
pub async fn find(directory: &Directory, organization: &Organization, number: i64) -> Result<ApiAccess, Error> {
    let sql = format!("SELECT {} FROM keys k WHERE k.organization = ?1 AND k.number = ?2", columns());
    let statement = Statement::new(sql).bind(organization.number).bind(number);
    directory.batch(vec![statement]).await?.read_one(read)?.ok_or(Error::NotFound(Noun::Key))
}

/// What of a key is to change; what is absent stays.
#[derive(Clone, Default)]
pub struct Change {
    /// The name. The client id stays.
    pub name: Option<String>,
    /// Whether it is revoked, or no longer so.
    pub is_valid: Option<bool>,
    /// The secret.
    pub secret: Option<String>,
    /// The workspace roles that it holds, ascending, each once.
    pub workspace_roles: Option<Vec<i64>>,
    /// When it ends, or that it does not.
    pub expires_at: Option<Option<Timestamp>>,
}

/// Why a change is refused.
#[derive(Debug)]
pub enum Refused {
    /// A key without a client id has no secret to be chosen, and stays revoked.
    NoClientId,
    /// A key without a secret opens nothing.
    NoSecret,
    /// By the directory.
    Domain(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Domain(error)
    }
}

/// Changes a key as it was found, at once with all that hangs on it: who signed in with a secret that is no more is out.
/// Where another change came first, it is made on what that one left.
pub async fn update(
    directory: &Directory,
    organization: &Organization,
    mut found: ApiAccess,
    change: &Change,
) -> Result<ApiAccess, Refused> {
    for _ in 0..ATTEMPTS {
        let Some(statement) = updated(directory, organization, &found, change)? else { return Ok(found) };
        let mut statements = Vec::from_iter(end_sessions(directory, &found, change));
        let is_over = !statements.is_empty();
        let sql = format!("SELECT {} FROM keys k WHERE k.organization = ?1 AND k.number = ?2", columns());
        let select = Statement::new(sql).bind(organization.number).bind(found.number);
        let subject = Subject::numbered_key(organization, found.number);
        statements.extend([statement, select]);
        let mut answers = directory.change(subject, statements).await.map_err(Error::from)?;
        if is_over {
            answers.rows().map_err(Error::from)?;
        }
        let changed = answers.row().map_err(Error::from)?.is_some();
        found = answers.read_one(read).map_err(Error::from)?.ok_or(Error::NotFound(Noun::Key))?;
        if changed {
            return Ok(found);
        }
    }
    Err(Error::Internal("a key is changed by too many at once".into()).into())
}

/// The statement that ends the sessions of a key which is over, and is to be so no more: they were over with it.
fn end_sessions(directory: &Directory, found: &ApiAccess, change: &Change) -> Option<Statement> {
    let now = directory.now();
    let is_over = found.key.expires_at.is_some_and(|end| end <= now);
    (is_over && change.expires_at.is_some()).then(|| {
        Statement::new(
            "DELETE FROM sessions WHERE key = ?1 AND EXISTS (SELECT 1 FROM keys WHERE id = ?1 AND version = ?2)",
        )
        .bind(found.key.id.as_str())
        .bind(found.version)
    })
}

/// The statement that changes a key as it was found, or nothing where all is as it should be.
fn updated(
    directory: &Directory,
    organization: &Organization,
    found: &ApiAccess,
    change: &Change,
) -> Result<Option<Statement>, Refused> {
    let key = &found.key;
    let revives = change.is_valid == Some(true) && !found.is_valid();
    if (change.secret.is_some() || revives) && key.client_id.is_none() {
        return Err(Refused::NoClientId);
    }
    if revives && change.secret.is_none() && !found.has_secret {
        return Err(Refused::NoSecret);
    }
    let revokes = change.is_valid == Some(false) && found.is_valid();
    let roles = change.workspace_roles.as_ref().filter(|roles| **roles != key.workspace_roles);
    let end = change.expires_at.filter(|end| end.map(seconds) != key.expires_at.map(seconds));
    let name = change.name.as_ref().filter(|name| **name != key.name);
    let changes = name.is_some() || roles.is_some() || end.is_some() || revokes || revives || change.secret.is_some();
    if !changes {
        return Ok(None);
    }
    let digest = match (&key.client_id, &change.secret) {
        // what a revoked key's secret was is forgotten; one without a client id is never opened again, and keeps its digest
        // so that whoever presents its secret is told that it was revoked
        (Some(_), _) if revokes => Some(key.id.clone()),
        (Some(client_id), Some(secret)) => Some(key::chosen_digest(directory, client_id, secret)),
        _ => None,
    };
    Ok(Some(
        Statement::new(
            "UPDATE keys SET name = COALESCE(?4, name), workspace_roles = COALESCE(?5, workspace_roles), \
             expires_at = CASE WHEN ?6 THEN ?7 ELSE expires_at END, \
             revoked_at = CASE WHEN ?8 THEN ?9 WHEN ?10 THEN NULL ELSE revoked_at END, \
             previous_digest = CASE WHEN ?11 IS NULL THEN previous_digest END, \
             previous_until = CASE WHEN ?11 IS NULL THEN previous_until END, digest = COALESCE(?11, digest), \
             version = version + 1, updated_at = ?9 \
             WHERE organization = ?1 AND number = ?2 AND version = ?3 RETURNING id",
        )
        .bind(organization.number)
        .bind(found.number)
        .bind(found.version)
        .bind(name.map(String::as_str))
        .bind(roles.map(|roles| joined(roles)))
        .bind(end.is_some())
        .bind(end.flatten())
        .bind(revokes)
        .bind(directory.now())
        .bind(revives)
        .bind(digest),
    ))
}
