//! Permissions: the scopes of an organization's base, and those made since, which are kept and shown (ricloud).

use crate::audit::Subject;
use crate::columns::columns;
use crate::database::{DatabaseError, Row, Statement, Value};
use crate::error::Error;
use crate::organization::Organization;
use crate::window::{List, Window, Windowed, by_seq};
use crate::{Directory, Timestamp};

/// Permissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// The order of creation, and the id.
    pub seq: i64,
    /// What they are called.
    pub identifier: String,
    /// The scopes, each with its limits: a JSON object. The base has none of its own: they are the organization's
    /// setting.
    pub scopes: Option<String>,
    /// When they were made.
    pub created_at: Timestamp,
}

columns!("p": "seq", "identifier", "scopes", "created_at");

pub(crate) fn read(row: &mut Row) -> Result<Permission, DatabaseError> {
    Ok(Permission {
        seq: row.integer()?,
        identifier: row.text()?,
        scopes: row.optional_text()?,
        created_at: row.time()?,
    })
}

/// The statement that makes the base of an organization, which the same batch may make; a second time it does nothing.
pub(crate) fn insert_base(organization: &str, now: Value) -> Statement {
    Statement::new(
        "INSERT INTO permissions (organization, identifier, created_at) \
         SELECT number, 'default', ?2 FROM organizations WHERE id = ?1 ON CONFLICT DO NOTHING",
    )
    .bind(organization)
    .bind(now)
}

pub(crate) fn select_base(organization: &Organization) -> Statement {
    Statement::new(format!("SELECT {COLUMNS} FROM permissions p WHERE p.organization = ?1 AND p.scopes IS NULL"))
        .bind(organization.number)
}

/// Permissions, newest first.
pub async fn list(
    directory: &Directory,
    organization: &Organization,
    window: &Window,
) -> Result<Windowed<Permission>, Error> {
    let list = List {
        columns: COLUMNS.to_owned(),
        tables: "permissions p",
        alias: "p",
        order: "seq",
        condition: "p.organization = ?1".into(),
        parameters: vec![organization.number.into()],
    };
    let mut answers = directory.batch(window.statements(list, by_seq).into()).await?;
    Ok(window.read(&mut answers, read)?)
}

/// Permissions by their id.
pub async fn find(directory: &Directory, organization: &Organization, seq: i64) -> Result<Option<Permission>, Error> {
    let statement =
        Statement::new(format!("SELECT {COLUMNS} FROM permissions p WHERE p.organization = ?1 AND p.seq = ?2"))
            .bind(organization.number)
            .bind(seq);
    Ok(directory.batch(vec![statement]).await?.read_one(read)?)
}

/// Makes permissions.
pub async fn create(
    directory: &Directory,
    organization: &Organization,
    identifier: &str,
    scopes: &str,
) -> Result<Permission, Error> {
    let statement = Statement::new(format!(
        "INSERT INTO permissions (organization, identifier, scopes, created_at) VALUES (?1, ?2, ?3, ?4) \
         RETURNING {RETURNING}"
    ))
    .bind(organization.number)
    .bind(identifier)
    .bind(scopes)
    .bind(directory.now());
    let subject = Subject::new_permission(organization);
    let made = directory.change(subject, vec![statement]).await?.read_one(read)?;
    made.ok_or_else(|| Error::Internal("new permissions are not there".into()))
}

/// Changes permissions other than the base; what is absent stays.
pub async fn update(
    directory: &Directory,
    organization: &Organization,
    seq: i64,
    identifier: Option<String>,
    scopes: Option<String>,
) -> Result<Option<Permission>, Error> {
    let statement = Statement::new(format!(
        "UPDATE permissions SET identifier = COALESCE(?3, identifier), scopes = COALESCE(?4, scopes) \
         WHERE organization = ?1 AND seq = ?2 AND scopes IS NOT NULL RETURNING {RETURNING}"
    ))
    .bind(organization.number)
    .bind(seq)
    .bind(identifier)
    .bind(scopes);
    let subject = Subject::permission(organization, seq);
    Ok(directory.change(subject, vec![statement]).await?.read_one(read)?)
}
