//! Groups: who belongs together in an organization, and what a group may do (AppOptima's rights). A local group lives in
//! the directory alone; an LDAP group (Astra's) stands for one of a directory server.

use std::collections::HashSet;

use serde::Serialize;
use tessera_validate::slug;

use crate::audit::Subject;
use crate::collection::ByText;
use crate::columns::columns;
use crate::database::{DatabaseError, Row, Statement, Value};
use crate::error::{Conflict, Error, Noun};
use crate::organization::Organization;
use crate::user::{self, User};
use crate::words::words;
use crate::{Directory, Timestamp, json_parameters};

/// The most groups of one call.
pub const MAX_ADDED: usize = 10_000;
/// The longest list of a group, as JSON, in bytes: a row must fit the store with all three.
pub const MAX_LIST_LENGTH: usize = 256 * 1024;

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
         FROM json_each(?1) j CROSS JOIN organizations o ON o.id = ?2 ORDER BY j.key",
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

/// One group by its slug. Refusal: [`Noun::Group`] not found.
pub async fn find_by_slug(directory: &Directory, organization: &Organization, slug: &str) -> Result<Group, Error> {
    directory.batch(vec![select(organization, slug)]).await?.read_one(read)?.ok_or(Error::NotFound(Noun::Group))
}

fn select(organization: &Organization, slug: &str) -> Statement {
    Statement::new(format!("SELECT {COLUMNS} FROM groups g WHERE g.organization = ?1 AND g.slug = ?2"))
        .bind(organization.number)
        .bind(slug)
}

/// SQL: the slug `?3` in the organization `?2`; one that is taken gets the smallest number from 2 that makes it free.
pub(crate) const FREE_SLUG: &str = "(WITH RECURSIVE tried (n, slug) AS (SELECT 1, ?3 UNION ALL \
    SELECT n + 1, ?3 || (n + 1) FROM tried \
      WHERE EXISTS (SELECT 1 FROM groups g WHERE g.organization = ?2 AND g.slug = tried.slug)) \
    SELECT slug FROM tried ORDER BY n DESC LIMIT 1)";

/// Makes a local group. Its slug is made of its name. Refusal: [`Conflict::GroupNameTaken`].
pub async fn create(directory: &Directory, organization: &Organization, settings: Settings) -> Result<Group, Error> {
    let id = directory.new_id();
    let statement = Statement::new(format!(
        "INSERT INTO groups (id, organization, slug, name, is_cluster_admin, manages_account, accesses_account, ldap_names, \
         sso_names, access_right, created_at, updated_at) \
         SELECT ?1, ?2, {FREE_SLUG}, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11 \
         WHERE NOT EXISTS (SELECT 1 FROM groups g WHERE g.organization = ?2 AND g.name = ?4) RETURNING {RETURNING}"
    ))
    .bind(id.as_str())
    .bind(organization.number)
    .bind(slug::of_group(&settings.name))
    .bind(settings.name)
    .bind(settings.is_cluster_admin)
    .bind(settings.manages_account)
    .bind(settings.accesses_account)
    .bind(settings.ldap_names)
    .bind(settings.sso_names)
    .bind(settings.access_right)
    .bind(directory.now());
    let subject = Subject::group(organization, &id).made();
    let made = directory.change(subject, vec![statement]).await?.read_one(read)?;
    made.ok_or(Error::Conflict(Conflict::GroupNameTaken))
}

/// A group to be made, as a row.
#[derive(Serialize)]
struct NewRow<'a> {
    id: String,
    slug: String,
    name: &'a str,
    cluster_admin: bool,
    manages: bool,
    accesses: bool,
    ldap: &'a str,
    sso: &'a str,
    right: &'a str,
}

/// Makes local groups, in their order and in one write, and gives those that were made. One whose name there is already,
/// or stands earlier in the list, is left out.
pub async fn add(
    directory: &Directory,
    organization: &Organization,
    wanted: Vec<Settings>,
) -> Result<Vec<Group>, Error> {
    let now = directory.now();
    let statement = Statement::new("SELECT slug, name FROM groups WHERE organization = ?1").bind(organization.number);
    let known = directory.batch(vec![statement]).await?.read(|row| Ok((row.text()?, row.text()?)))?;
    let (mut slugs, mut names): (HashSet<String>, HashSet<String>) = known.into_iter().unzip();
    let mut next_numbers = ByText::new();
    let mut groups = Vec::with_capacity(wanted.len());
    for settings in wanted {
        if names.insert(settings.name.clone()) {
            let slug = free_slug(slug::of_group(&settings.name), &mut slugs, &mut next_numbers);
            groups.push(Group {
                seq: 0,
                id: directory.new_id(),
                slug,
                auth_provider: AuthProvider::Local,
                auth_id: None,
                settings,
                created_at: now,
                updated_at: now,
            });
        }
    }
    let rows: Vec<NewRow> = groups
        .iter()
        .map(|Group { id, slug, settings, .. }| NewRow {
            id: id.clone(),
            slug: slug.clone(),
            name: &settings.name,
            cluster_admin: settings.is_cluster_admin,
            manages: settings.manages_account,
            accesses: settings.accesses_account,
            ldap: &settings.ldap_names,
            sso: &settings.sso_names,
            right: &settings.access_right,
        })
        .collect();
    let statements = json_parameters(&rows)?.into_iter().map(|parameter| {
        // whoever took a name or a slug meanwhile keeps it
        Statement::new(
            "INSERT INTO groups (id, organization, slug, name, is_cluster_admin, manages_account, accesses_account, \
             ldap_names, sso_names, access_right, created_at, updated_at) \
             SELECT j.value ->> 'id', ?2, j.value ->> 'slug', j.value ->> 'name', j.value ->> 'cluster_admin', \
             j.value ->> 'manages', j.value ->> 'accesses', j.value ->> 'ldap', j.value ->> 'sso', \
             j.value ->> 'right', ?3, ?3 \
             FROM json_each(?1) j WHERE TRUE ORDER BY j.key ON CONFLICT DO NOTHING RETURNING id, seq",
        )
        .bind(parameter)
        .bind(organization.number)
        .bind(now)
    });
    let mut made = ByText::new();
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let ids = serde_json::to_string(&ids).map_err(|error| Error::Internal(error.to_string()))?;
    let subject = Subject::groups(organization, &ids);
    for rows in directory.change(subject, statements.collect()).await?.0 {
        for mut row in rows {
            made.insert(row.text()?, row.integer()?);
        }
    }
    groups.retain_mut(|group| made.get(&group.id).map(|seq| group.seq = *seq).is_some());
    Ok(groups)
}

/// The slug, or with the smallest number from 2 that makes it free; from then on it is taken. `next_numbers` holds below
/// which number each slug is known to be taken, so that a thousand groups of one slug are not a million look-ups.
fn free_slug(slug: String, taken: &mut HashSet<String>, next_numbers: &mut ByText<usize>) -> String {
    if taken.insert(slug.clone()) {
        return slug;
    }
    let next = next_numbers.entry(slug.clone()).or_insert(2);
    loop {
        let numbered = format!("{slug}{next}");
        *next += 1;
        if taken.insert(numbered.clone()) {
            return numbered;
        }
    }
}

/// Replaces the settings of a group; its slug stays. Refusals: [`Noun::Group`] not found, [`Conflict::GroupNameTaken`].
pub async fn replace(
    directory: &Directory,
    organization: &Organization,
    slug: &str,
    settings: Settings,
) -> Result<Group, Error> {
    let statement = Statement::new(format!(
        "UPDATE groups SET name = ?3, is_cluster_admin = ?4, manages_account = ?5, accesses_account = ?6, \
         ldap_names = ?7, sso_names = ?8, access_right = ?9, updated_at = ?10 \
         WHERE organization = ?1 AND slug = ?2 AND NOT EXISTS (SELECT 1 FROM groups other \
           WHERE other.organization = ?1 AND other.name = ?3 AND other.slug <> ?2) RETURNING {RETURNING}"
    ))
    .bind(organization.number)
    .bind(slug)
    .bind(settings.name)
    .bind(settings.is_cluster_admin)
    .bind(settings.manages_account)
    .bind(settings.accesses_account)
    .bind(settings.ldap_names)
    .bind(settings.sso_names)
    .bind(settings.access_right)
    .bind(directory.now());
    let statements = vec![statement, select(organization, slug)];
    let subject = Subject::group_of_slug(organization, slug);
    let mut answers = directory.change(subject, statements).await?;
    let replaced = answers.read_one(read)?;
    answers.row()?.ok_or(Error::NotFound(Noun::Group))?;
    replaced.ok_or(Error::Conflict(Conflict::GroupNameTaken))
}

/// Deletes the group of a slug, and tells which it was, if there was one. Its users stay.
pub async fn delete(directory: &Directory, organization: &Organization, slug: &str) -> Result<Option<Group>, Error> {
    let statement =
        Statement::new(format!("DELETE FROM groups WHERE organization = ?1 AND slug = ?2 RETURNING {RETURNING}"));
    let statement = statement.bind(organization.number).bind(slug);
    let subject = Subject::group_of_slug(organization, slug);
    Ok(directory.change(subject, vec![statement]).await?.read_one(read)?)
}

/// Puts a user, by the UUID, into groups, by their slugs and each once, as the user's first. Refusal: [`Noun::Group`] not
/// found where the user or one of the groups is not there.
pub async fn join(
    directory: &Directory,
    organization: &Organization,
    user: &str,
    slugs: &[String],
) -> Result<(), Error> {
    let wanted = serde_json::to_string(slugs).map_err(|error| Error::Internal(error.to_string()))?;
    let statement = Statement::new(
        "INSERT INTO group_members (user, group_id, place) SELECT u.id, g.id, j.key FROM json_each(?3) j \
         CROSS JOIN groups g ON g.organization = ?1 AND g.slug = j.value \
         CROSS JOIN users u ON u.organization = ?1 AND u.id = ?2 \
         WHERE NOT EXISTS (SELECT 1 FROM json_each(?3) other WHERE NOT EXISTS \
           (SELECT 1 FROM groups known WHERE known.organization = ?1 AND known.slug = other.value)) \
         RETURNING group_id",
    )
    .bind(organization.number)
    .bind(user)
    .bind(wanted);
    let subject = Subject::user(organization, user);
    let joined = directory.change(subject, vec![statement]).await?.rows()?.len();
    if joined == slugs.len() { Ok(()) } else { Err(Error::NotFound(Noun::Group)) }
}

/// The users of an organization and the groups that they are in.
#[derive(Clone, Debug)]
pub struct Memberships {
    /// Every user, in order of creation, with the UUIDs of the groups in the user's own order.
    pub users: Vec<(User, Vec<String>)>,
    /// Every group by its UUID, with the number of its users.
    pub groups: ByText<(Group, usize)>,
}

/// Who is in which group, for a dialect that shows a user with its groups.
pub async fn memberships(directory: &Directory, organization: &Organization) -> Result<Memberships, Error> {
    let of_organization = |sql: String| Statement::new(sql).bind(organization.number);
    let mut answers = directory
        .batch(vec![
            of_organization(format!("SELECT {} FROM users u WHERE u.organization = ?1 ORDER BY u.seq", user::COLUMNS)),
            of_organization(format!("SELECT {COLUMNS} FROM groups g WHERE g.organization = ?1")),
            of_organization(
                "SELECT m.user AS user_id, m.group_id AS group_id FROM groups g JOIN group_members m \
                 ON m.group_id = g.id WHERE g.organization = ?1 ORDER BY m.place, g.seq"
                    .to_owned(),
            ),
        ])
        .await?;
    let users = answers.read(user::read)?;
    let mut groups: ByText<(Group, usize)> =
        answers.read(read)?.into_iter().map(|group| (group.id.clone(), (group, 0))).collect();
    let mut of_users: ByText<Vec<String>> = ByText::new();
    for (user, group) in answers.read(|row| Ok((row.text()?, row.text()?)))? {
        if let Some((_, count)) = groups.get_mut(&group) {
            *count += 1;
        }
        of_users.entry(user).or_default().push(group);
    }
    let users = users.into_iter().map(|user| {
        let groups = of_users.remove(&user.id).unwrap_or_default();
        (user, groups)
    });
    Ok(Memberships { users: users.collect(), groups })
}
