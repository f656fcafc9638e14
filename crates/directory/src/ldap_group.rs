//! LDAP groups: those that Astra knows. Each stands for one of a directory server, by its distinguished name.

use tessera_validate::slug;

use crate::Directory;
use crate::audit::Subject;
use crate::database::Statement;
use crate::document::{self, Column, Seen, Shape, Table, seconds};
use crate::error::{Conflict, Error, Noun};
use crate::group::FREE_SLUG;
use crate::organization::Organization;

/// LDAP groups, as documents are made of them.
pub const TABLE: Table = Table {
    from: "groups g",
    scope: "g.organization = ?1 AND g.auth_provider = 'ldap'",
    id: "g.id",
    seq: "g.seq",
    user: "NULL",
};

/// The columns of [`TABLE`].
#[expect(missing_docs, reason = "each is the group's member of this name")]
pub mod columns {
    use super::{Column, seconds};

    pub const ID: Column = Column::text("g.id");
    pub const NAME: Column = Column::text("g.name");
    pub const AUTH_PROVIDER: Column = Column::text("g.auth_provider");
    pub const AUTH_ID: Column = Column::text("g.auth_id");
    pub const LABELS: Column = Column::labels("g.labels");
    pub const CREATED_BY: Column = Column::text("g.created_by");
    pub const CREATED_AT: Column = Column::text(seconds!("g.created_at"));
    pub const UPDATED_AT: Column = Column::text(seconds!("g.updated_at"));
}

/// A group to be made known.
#[derive(Debug)]
pub struct NewGroup {
    /// What it is called.
    pub name: String,
    /// Its distinguished name, in which letter case does not matter.
    pub auth_id: String,
    /// Labels: a JSON array of objects with `name` and `value`.
    pub labels: String,
    /// Who makes it known: a user's id, or the nil UUID.
    pub created_by: String,
}

/// Makes a group known, and tells it. Refusal: [`Conflict::AuthIdTaken`].
pub async fn create(
    directory: &Directory,
    organization: &Organization,
    new: NewGroup,
    shape: &Shape,
) -> Result<String, Error> {
    let id = directory.new_id();
    let statement = Statement::new(format!(
        "INSERT INTO groups (id, organization, slug, name, auth_provider, auth_id, auth_key, labels, created_by, created_at, \
         updated_at) SELECT ?1, ?2, {FREE_SLUG}, ?4, 'ldap', ?5, ?6, ?7, ?8, ?9, ?9"
    ))
    .bind(id.as_str())
    .bind(organization.number)
    .bind(slug::of_group(&new.name))
    .bind(new.name)
    .bind(new.auth_id.as_str())
    .bind(new.auth_id.to_lowercase())
    .bind(new.labels)
    .bind(new.created_by)
    .bind(directory.now());
    let statements = vec![statement, document::select(organization, (&TABLE, shape), &id)];
    let subject = Subject::group(organization, &id).made();
    let mut answers = directory.change(subject, statements).await?;
    answers.rows()?;
    answers.document()?.ok_or_else(|| Error::Internal("a new group is not there".into()))
}

/// What of a group is to change; what is absent stays.
#[derive(Debug, Default)]
pub struct Change {
    /// What it is called.
    pub name: Option<String>,
    /// Its distinguished name.
    pub auth_id: Option<String>,
    /// Labels, a JSON array.
    pub labels: Option<String>,
}

/// Changes a group. Refusals: [`Noun::Group`] not found, [`Conflict::AuthIdTaken`], [`Conflict::Stale`].
pub async fn update(
    directory: &Directory,
    organization: &Organization,
    id: &str,
    change: Change,
    seen: Option<Seen<'_>>,
) -> Result<(), Error> {
    let key = change.auth_id.as_deref().map(str::to_lowercase);
    let taken = Statement::new(
        "SELECT 1 AS taken FROM groups WHERE organization = ?1 AND id <> ?2 AND auth_provider = 'ldap' AND auth_key = ?3",
    )
    .bind(organization.number)
    .bind(id)
    .bind(key.as_deref());
    let statement = Statement::new("")
        .bind(organization.number)
        .bind(id)
        .bind(change.name)
        .bind(change.auth_id)
        .bind(key)
        .bind(change.labels)
        .bind(directory.now());
    let (guard, mut statement) = Seen::guard(seen, statement);
    statement.sql = format!(
        "UPDATE groups AS g SET name = COALESCE(?3, name), auth_id = COALESCE(?4, auth_id), \
         auth_key = COALESCE(?5, auth_key), labels = COALESCE(?6, labels), updated_at = ?7 \
         WHERE organization = ?1 AND id = ?2 AND auth_provider = 'ldap' AND {guard} RETURNING id"
    )
    .into();
    let exists = document::exists(organization, &TABLE, id);
    let subject = Subject::group(organization, id);
    let mut answers = directory.change(subject, vec![taken, statement, exists]).await?;
    let taken = answers.row()?.is_some();
    let changed = answers.row()?.is_some();
    answers.row()?.ok_or(Error::NotFound(Noun::Group))?;
    match (changed, taken) {
        (true, _) => Ok(()),
        (false, true) => Err(Error::Conflict(Conflict::AuthIdTaken)),
        (false, false) => Err(Error::Conflict(Conflict::Stale)),
    }
}

/// Forgets a group and its role binding. Refusal: [`Noun::Group`] not found.
pub async fn delete(directory: &Directory, organization: &Organization, id: &str) -> Result<(), Error> {
    let statement = Statement::new(
        "DELETE FROM groups WHERE organization = ?1 AND id = ?2 AND auth_provider = 'ldap' RETURNING id",
    );
    let statements = vec![statement.bind(organization.number).bind(id)];
    let mut answers = directory.change(Subject::group(organization, id), statements).await?;
    answers.row()?.map(drop).ok_or(Error::NotFound(Noun::Group))
}
