//! Role bindings: what a user, or the users of a group, may do in an account (Astra). A principal has one at the most. An
//! owner is an admin of the organization and the other way round, which triggers in the store see to.

use crate::audit::Subject;
use crate::database::{DatabaseError, Statement};
use crate::document::{self, Column, Seen, Shape, Table, seconds};
use crate::error::{Error, Noun};
use crate::organization::Organization;
use crate::words::words;
use crate::{Answers, Directory};

words! {
    /// What a principal may do, from the least to the most.
    Role {
        /// Look.
        Viewer = "viewer",
        /// Work with what is there.
        Member = "member",
        /// Manage all but the owners.
        Admin = "admin",
        /// Everything.
        Owner = "owner",
    }
}

impl Role {
    /// Whether it is this role or a greater one.
    pub fn covers(self, least: Self) -> bool {
        self as u8 >= least as u8
    }
}

/// Whose binding it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// A user's, by its UUID.
    User(String),
    /// A group's, by its UUID.
    Group(String),
}

/// Role bindings, as documents are made of them.
pub const TABLE: Table =
    Table { from: "role_bindings b", scope: "b.organization = ?1", id: "b.id", seq: "b.seq", user: "b.user" };

/// The columns of [`TABLE`].
#[expect(missing_docs, reason = "each is the binding's member of this name")]
pub mod columns {
    use super::{Column, seconds};

    pub const ID: Column = Column::text("b.id");
    pub const PRINCIPAL: Column = Column::text("CASE WHEN b.user IS NULL THEN 'group' ELSE 'user' END");
    pub const USER: Column = Column::text("COALESCE(b.user, '00000000-0000-0000-0000-000000000000')");
    pub const GROUP: Column = Column::text("COALESCE(b.group_id, '00000000-0000-0000-0000-000000000000')");
    pub const ORGANIZATION: Column = Column::text("SELECT o.id FROM organizations o WHERE o.number = b.organization");
    pub const ROLE: Column = Column::text("b.role");
    pub const CONSTRAINTS: Column = Column::texts("b.constraints");
    pub const LABELS: Column = Column::labels("b.labels");
    pub const CREATED_BY: Column = Column::text("b.created_by");
    pub const CREATED_AT: Column = Column::text(seconds!("b.created_at"));
    pub const UPDATED_AT: Column = Column::text(seconds!("b.updated_at"));
}

/// A binding to be made. `constraints` and `labels` are JSON.
#[derive(Debug)]
pub struct NewBinding {
    /// Whose it is.
    pub principal: Principal,
    /// The role.
    pub role: Role,
    /// What the role reaches: an array of texts.
    pub constraints: String,
    /// Labels: an array of objects with `name` and `value`.
    pub labels: String,
    /// Who makes it: a user's id, or the nil UUID.
    pub created_by: String,
}

/// Makes a binding, and tells it. Refusals: [`Noun::User`] or [`Noun::Group`] not found, [`Conflict::Bound`](crate::error::Conflict::Bound).
pub async fn create(
    directory: &Directory,
    organization: &Organization,
    new: NewBinding,
    shape: &Shape,
) -> Result<String, Error> {
    let id = directory.new_id();
    let (column, table, principal, noun) = match new.principal {
        Principal::User(user) => ("user", "users WHERE 1", user, Noun::User),
        Principal::Group(group) => ("group_id", "groups WHERE auth_provider = 'ldap'", group, Noun::Group),
    };
    let statement = Statement::new(format!(
        "INSERT INTO role_bindings (id, organization, {column}, role, constraints, labels, created_by, created_at, \
         updated_at) SELECT ?1, organization, id, ?4, ?5, ?6, ?7, ?8, ?8 FROM {table} AND organization = ?2 AND id = ?3 \
         RETURNING id"
    ))
    .bind(id.as_str())
    .bind(organization.number)
    .bind(principal)
    .bind(new.role.as_str())
    .bind(new.constraints)
    .bind(new.labels)
    .bind(new.created_by)
    .bind(directory.now());
    let statements = vec![statement, document::select(organization, (&TABLE, shape), &id)];
    let subject = Subject::role_binding(organization, &id).made();
    let mut answers = directory.change(subject, statements).await?;
    answers.row()?.ok_or(Error::NotFound(noun))?;
    answers.document()?.ok_or(Error::NotFound(noun))
}

/// Changes a binding; what is absent stays. Refusals: [`Noun::RoleBinding`] not found, [`Conflict::Stale`](crate::error::Conflict::Stale).
pub async fn update(
    directory: &Directory,
    organization: &Organization,
    id: &str,
    role: Role,
    (constraints, labels): (Option<String>, Option<String>),
    seen: Option<Seen<'_>>,
) -> Result<(), Error> {
    let statement = Statement::new("")
        .bind(organization.number)
        .bind(id)
        .bind(role.as_str())
        .bind(constraints)
        .bind(labels)
        .bind(directory.now());
    let (guard, mut statement) = Seen::guard(seen, statement);
    statement.sql = format!(
        "UPDATE role_bindings AS b SET role = ?3, constraints = COALESCE(?4, constraints), \
         labels = COALESCE(?5, labels), updated_at = ?6 WHERE organization = ?1 AND id = ?2 AND {guard} RETURNING id"
    )
    .into();
    let subject = Subject::role_binding(organization, id);
    document::change(directory, organization, (&TABLE, id, Noun::RoleBinding), statement, subject).await
}

/// Deletes a binding, and with a user's, who then has none, the user; one of LDAP stays. Refusal: [`Noun::RoleBinding`]
/// not found.
pub async fn delete(directory: &Directory, organization: &Organization, id: &str) -> Result<(), Error> {
    let one = |sql| Statement::new(sql).bind(organization.number).bind(id);
    let statements = vec![
        one("SELECT id FROM role_bindings WHERE organization = ?1 AND id = ?2"),
        // the binding goes with its user
        one("DELETE FROM users WHERE organization = ?1 AND auth_provider <> 'ldap' \
             AND id = (SELECT user FROM role_bindings WHERE organization = ?1 AND id = ?2)"),
        one("DELETE FROM role_bindings WHERE organization = ?1 AND id = ?2"),
    ];
    let subject = Subject::role_binding(organization, id);
    let mut answers = directory.change(subject, statements).await?;
    answers.row()?.map(drop).ok_or(Error::NotFound(Noun::RoleBinding))
}

/// The role that a user or a group, of this UUID, is bound to.
pub async fn role_of(directory: &Directory, organization: &Organization, id: &str) -> Result<Option<Role>, Error> {
    Ok(directory.batch(vec![select_role(organization, id)]).await?.role()?)
}

pub(crate) fn select_role(organization: &Organization, id: &str) -> Statement {
    Statement::new(
        "SELECT b.role AS role FROM role_bindings b WHERE b.organization = ?1 AND (b.user = ?2 OR b.group_id = ?2)",
    )
    .bind(organization.number)
    .bind(id)
}

impl Answers {
    /// The answer of [`select_role`].
    pub(crate) fn role(&mut self) -> Result<Option<Role>, DatabaseError> {
        self.read_one(|row| Role::read(&row.text()?))
    }
}
