//! Groups: who belongs together in an organization, and what a group may do (AppOptima's rights). A local group lives in
//! the directory alone; an LDAP group (Astra's) stands for one of a directory server.

use serde::Serialize;

use crate::columns::columns;
use crate::database::{DatabaseError, Row, Statement, Value};
use crate::error::{Error, Noun};
use crate::organization::Organization;
use crate::words::words;
use crate::{Directory, Timestamp};

words! {
    /// Who manages a group's members.
    AuthProvider {
        /// The directory.
        Local = "local",
        /// A directory server. Only such groups are Astra's.
        Ldap = "ldap",
    }
}

/// What can be set of a group. The three texts are JSON, and are kept as they were given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The name, in which letter case counts. No other group of the organization has a local group's name.
    pub name: String,
    /// Whether its users administer the cluster.
    pub is_cluster_admin: bool,
    /// Whether its users manage the account.
    pub manages_account: bool,
    /// Whether its users may open the account.
    pub accesses_account: bool,
    /// The names of its LDAP groups, an array of texts.
    pub ldap_names: String,
    /// The names of its SSO groups, an array of texts.
    pub sso_names: String,
    /// Its permissions, an object: from each an array of environments.
    pub access_right: String,
}

impl Settings {
    /// The settings of a group of which only the name is given.
    pub fn new(name: String) -> Self {
        Self {
            name,
            is_cluster_admin: false,
            manages_account: false,
            accesses_account: false,
            ldap_names: "[]".to_owned(),
            sso_names: "[]".to_owned(),
            access_right: "{}".to_owned(),
        }
    }
}

/// A group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The order of creation.
    pub seq: i64,
    /// The UUID: Astra's and Anaconda's id.
    pub id: String,
    /// AppOptima's id, unique in the organization, made of the first name; it never changes.
    pub slug: String,
    /// Who manages its members.
    pub auth_provider: AuthProvider,
    /// An LDAP group's distinguished name.
    pub auth_id: Option<String>,
    /// What can be set of it.
    pub settings: Settings,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

columns!("g": "seq", "id", "slug", "auth_provider", "auth_id", "name", "is_cluster_admin", "manages_account",
    "accesses_account", "ldap_names", "sso_names", "access_right", "created_at", "updated_at");

pub(crate) fn read(row: &mut Row) -> Result<Group, DatabaseError> {
    let (seq, id, slug) = (row.integer()?, row.text()?, row.text()?);
    let (auth_provider, auth_id) = (AuthProvider::read(&row.text()?)?, row.optional_text()?);
    let settings = Settings {
        name: row.text()?,
        is_cluster_admin: row.boolean()?,
        manages_account: row.boolean()?,
        accesses_account: row.boolean()?,
        ldap_names: row.text()?,
        sso_names: row.text()?,
        access_right: row.text()?,
    };
    Ok(Group { seq, id, slug, auth_provider, auth_id, settings, created_at: row.time()?, updated_at: row.time()? })
}

/// The groups that a new organization has: slug, name, whether its users administer the cluster, and whether they
/// manage and open the account.
const DEFAULTS: [(&str, &str, bool, bool); 3] =
    [("owners", "Owners", true, true), ("admin", "Admin", true, false), ("users", "Users", false, false)];

#[derive(Serialize)]
struct Default {
    id: String,
    slug: &'static str,
    name: &'static str,
    admin: bool,
    account: bool,
}

/// The statement that gives an organization, which may be made in the same batch, its first groups, with these ids.
/// Those that it has already stay as they are.
pub(crate) fn insert_defaults(organization: &str, ids: [String; 3], now: Value) -> Statement {
    let defaults: Vec<Default> = DEFAULTS
        .into_iter()
        .zip(ids)
        .map(|((slug, name, admin, account), id)| Default { id, slug, name, admin, account })
        .collect();
    let defaults = serde_json::json!(defaults).to_string();
    Statement::new(
        "INSERT OR IGNORE INTO groups (id, organization, slug, name, is_cluster_admin, manages_account, \
         accesses_account, created_at, updated_at) \
         SELECT j.value ->> 'id', o.number, j.value ->> 'slug', j.value ->> 'name', j.value ->> 'admin', \
         j.value ->> 'account', j.value ->> 'account', ?3, ?3 \
         FROM json_each(?1) j JOIN organizations o ON o.id = ?2 ORDER BY j.key",
    )
    .bind(defaults)
    .bind(organization)
    .bind(now)
}

/// The groups of an organization, oldest first: all, or those of one provider.
pub async fn list(
    directory: &Directory,
    organization: &Organization,
    provider: Option<AuthProvider>,
) -> Result<Vec<Group>, Error> {
    let statement = Statement::new(format!(
        "SELECT {COLUMNS} FROM groups g WHERE g.organization = ?1 AND (?2 IS NULL OR g.auth_provider = ?2) \
         ORDER BY g.seq"
    ));
    let statement = statement.bind(organization.number).bind(provider.map(AuthProvider::as_str));
    Ok(directory.batch(vec![statement]).await?.read(read)?)
}

/// One group by its UUID. Refusal: [`Noun::Group`] not found.
pub async fn find(directory: &Directory, organization: &Organization, id: &str) -> Result<Group, Error> {
    let statement = Statement::new(format!("SELECT {COLUMNS} FROM groups g WHERE g.organization = ?1 AND g.id = ?2"));
    let statement = statement.bind(organization.number).bind(id);
    directory.batch(vec![statement]).await?.read_one(read)?.ok_or(Error::NotFound(Noun::Group))
}
