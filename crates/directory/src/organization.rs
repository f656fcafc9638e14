//! Organizations: who they are, and the settings that the dialects go by.

use crate::Timestamp;
use crate::audit::Subject;
use tessera_validate::secret::Kind;
use tessera_validate::{email, slug};

use crate::chosen::Chosen;
use crate::columns::columns;
use crate::database::{DatabaseError, Row, Statement};
use crate::error::{Conflict, Error, Noun};
use crate::letter::Language;
use crate::page::{Listed, Page};
use crate::user::last_number;
use crate::words::words;
use crate::{Directory, group, key, password, permission};

words! {
    /// How the people of an organization sign in (AppOptima's integration mode).
    IdentityMode {
        /// By what the directory holds.
        Local = "local",
        /// By LDAP, which manages the users.
        Ldap = "ldap",
        /// By single sign-on with group assignment, which manages the users.
        Sso = "sso",
    }
}

words! {
    /// What kind of organization it is (ricloud's `type`).
    OrganizationType {
        /// One like any other.
        Standard = "standard",
        /// One that may act for others.
        Super = "super",
    }
}

words! {
    /// A state set by an administrator (ricloud's `state`). Without one, the state follows from the configuration.
    State {
        /// Turned off at the owner's wish.
        Deactivated = "deactivated",
        /// Turned off by the administrator.
        Blocked = "blocked",
    }
}

words! {
    /// What ricloud's permissions call themselves.
    PermissionsResource {
        /// What the client that asks can read.
        Auto = "auto",
        /// As in the vendor's sample answers.
        OrganisationPermissions = "organisation_permissions",
        /// As the vendor's client has it.
        Permissions = "permissions",
        /// As in the vendor's reference.
        Permission = "permission",
    }
}

/// The API version of a new organization, ricloud's newest.
pub const API_VERSION: &str = "2020-02-20";
/// The base permission scopes of a new organization, as JSON (ricloud).
pub const PERMISSION_SCOPES: &str =
    r#"{"source_type:icloud.*":[],"task_type:*":[],"data_type:icloud.account.info":[]}"#;
/// The longest base permission scopes, in bytes: they are read with the organization on each request.
pub const MAX_PERMISSION_SCOPES: usize = 16_384;
/// The most seats that an organization can have.
pub const MAX_SEATS: i64 = 1_000_000_000;

/// What can be set of an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The name.
    pub name: String,
    /// How many seats there are in all, 0 to [`MAX_SEATS`].
    pub seats: i64,
    /// ricloud's type.
    pub kind: OrganizationType,
    /// ricloud's state, where an administrator set one.
    pub state: Option<State>,
    /// AppOptima's integration mode.
    pub identity_mode: IdentityMode,
    /// Whether AppOptima's calls may set a password.
    pub set_password_via_api: bool,
    /// When the subscription ends; absent: never.
    pub subscription_expires_at: Option<Timestamp>,
    /// ricloud's pinned version, `YYYY-MM-DD`.
    pub api_version: String,
    /// ricloud's base permission scopes, a JSON object.
    pub permission_scopes: String,
    /// What ricloud's permissions call themselves.
    pub permissions_resource: PermissionsResource,
    /// What its mail is written in.
    pub language: Language,
}

impl Settings {
    /// The settings of an organization of which only the name is given.
    pub fn new(name: String) -> Self {
        Self {
            name,
            seats: 0,
            kind: OrganizationType::Standard,
            state: None,
            identity_mode: IdentityMode::Local,
            set_password_via_api: false,
            subscription_expires_at: None,
            api_version: API_VERSION.to_owned(),
            permission_scopes: PERMISSION_SCOPES.to_owned(),
            permissions_resource: PermissionsResource::Auto,
            language: Language::English,
        }
    }
}

impl Settings {
    /// These settings with a change made to them.
    #[must_use]
    pub fn with(self, change: Change) -> Self {
        Self {
            name: change.name.unwrap_or(self.name),
            seats: change.seats.unwrap_or(self.seats),
            kind: change.kind.unwrap_or(self.kind),
            state: change.state.unwrap_or(self.state),
            identity_mode: change.identity_mode.unwrap_or(self.identity_mode),
            set_password_via_api: change.set_password_via_api.unwrap_or(self.set_password_via_api),
            subscription_expires_at: change.subscription_expires_at.unwrap_or(self.subscription_expires_at),
            api_version: change.api_version.unwrap_or(self.api_version),
            permission_scopes: change.permission_scopes.unwrap_or(self.permission_scopes),
            permissions_resource: change.permissions_resource.unwrap_or(self.permissions_resource),
            language: change.language.unwrap_or(self.language),
        }
    }
}

/// An organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Its number: Octane's shared space, ricloud's organisation.
    pub number: i64,
    /// Its UUID: Anaconda's organization, Astra's account.
    pub id: String,
    /// Its name in a path.
    pub slug: String,
    /// What can be set of it.
    pub settings: Settings,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Organization {
    /// Whether the subscription has ended.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.settings.subscription_expires_at.is_some_and(|end| end <= now)
    }
}

/// How many seats there are, and how many are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seats {
    /// All of them.
    pub total: i64,
    /// Those that a user holds.
    pub used: i64,
}

columns!("o": "number", "id", "slug", "name", "seats", "type", "state", "identity_mode", "set_password_via_api",
    "subscription_expires_at", "api_version", "permission_scopes", "permissions_resource", "language", "created_at", "updated_at");

pub(crate) fn read(row: &mut Row) -> Result<Organization, DatabaseError> {
    let (number, id, slug) = (row.integer()?, row.text()?, row.text()?);
    let settings = Settings {
        name: row.text()?,
        seats: row.integer()?,
        kind: OrganizationType::read(&row.text()?)?,
        state: row.optional_text()?.as_deref().map(State::read).transpose()?,
        identity_mode: IdentityMode::read(&row.text()?)?,
        set_password_via_api: row.boolean()?,
        subscription_expires_at: row.optional_time()?,
        api_version: row.text()?,
        permission_scopes: row.text()?,
        permissions_resource: PermissionsResource::read(&row.text()?)?,
        language: Language::read(&row.text()?)?,
    };
    Ok(Organization { number, id, slug, settings, created_at: row.time()?, updated_at: row.time()? })
}

/// SQL for the seats held in the organization `o`.
const SEATS_USED: &str =
    "(SELECT COUNT(*) FROM users s WHERE s.organization = o.number AND s.seated_at IS NOT NULL) AS seats_used";

fn read_with_seats(row: &mut Row) -> Result<(Organization, Seats), DatabaseError> {
    let organization = read(row)?;
    let seats = Seats { total: organization.settings.seats, used: row.integer()? };
    Ok((organization, seats))
}

/// The first admin of a new organization.
#[derive(Debug)]
pub struct NewAdmin {
    /// The e-mail address, which is also the login.
    pub email: String,
    /// The password, if the admin is to sign in by one.
    pub password: Option<String>,
}

/// What is chosen of an organization to be made; what is absent is made for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// The UUID, and the secret of its first key.
    pub chosen: Chosen,
    /// The number; those that are made from then on are greater.
    pub number: Option<i64>,
    /// The slug.
    pub slug: Option<String>,
}

/// Makes an organization, its admin, its first groups and its first key, and gives that key's secret. The admin holds no seat.
pub async fn create(
    directory: &Directory,
    settings: Settings,
    admin: Option<NewAdmin>,
) -> Result<(Organization, String), Error> {
    create_as(directory, Identity::default(), settings, admin).await
}

/// Makes an organization as [`create`] does, with an identity that is chosen. It fails where that is taken.
pub async fn create_as(
    directory: &Directory,
    Identity { mut chosen, number, slug }: Identity,
    settings: Settings,
    admin: Option<NewAdmin>,
) -> Result<(Organization, String), Error> {
    let now = directory.now();
    let id = chosen.id(directory);
    let has_slug = slug.is_some();
    let slug = slug.unwrap_or_else(|| slug::from_name(&settings.name));
    let mut statements = vec![
        Statement::new(
            "UPDATE counters SET value = CASE WHEN ?1 IS NULL THEN value + 1 ELSE MAX(value, ?1) END \
             WHERE name = 'organization'",
        )
        .bind(number),
        // a slug that is taken gets the number behind it, and one that is taken even so the id
        Statement::new(
            "INSERT INTO organizations (number, id, slug, name, seats, type, state, identity_mode, \
             set_password_via_api, subscription_expires_at, api_version, permission_scopes, permissions_resource, \
             language, created_at, updated_at) \
             SELECT COALESCE(CAST(?14 AS INTEGER), value), ?1, CASE \
               WHEN ?15 OR NOT EXISTS (SELECT 1 FROM organizations WHERE slug = ?2) THEN ?2 \
               WHEN NOT EXISTS (SELECT 1 FROM organizations WHERE slug = ?2 || '-' || value) THEN ?2 || '-' || value \
               ELSE ?2 || '-' || ?1 END, \
             ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?16, ?13, ?13 \
             FROM counters WHERE name = 'organization'",
        )
        .bind(id.as_str())
        .bind(slug)
        .bind(settings.name)
        .bind(settings.seats)
        .bind(settings.kind.as_str())
        .bind(settings.state.map(State::as_str))
        .bind(settings.identity_mode.as_str())
        .bind(settings.set_password_via_api)
        .bind(settings.subscription_expires_at)
        .bind(settings.api_version)
        .bind(settings.permission_scopes)
        .bind(settings.permissions_resource.as_str())
        .bind(now)
        .bind(number)
        .bind(has_slug)
        .bind(settings.language.as_str()),
    ];
    if let Some(admin) = admin {
        let hash = match admin.password {
            Some(password) => Some(password::hash(directory, &password).await?),
            None => None,
        };
        statements.push(
            Statement::new(concat!(
                "INSERT INTO users (id, organization, number, email, email_key, login, role, password, created_at, \
                     updated_at) SELECT ?1, o.number, ",
                last_number!("o.number"),
                " + 1, ?3, ?4, ?3, 'admin', ?5, ?6, ?6 FROM organizations o WHERE o.id = ?2"
            ))
            .bind(directory.new_id())
            .bind(id.as_str())
            .bind(admin.email.as_str())
            .bind(email::key(&admin.email))
            .bind(hash)
            .bind(now),
        );
    }
    let group_ids = [(); 3].map(|()| directory.new_id());
    statements.push(group::insert_defaults(&id, group_ids, now.into()));
    statements.push(permission::insert_base(&id, now.into()));
    let secret = chosen.secret(directory, Kind::Key);
    statements.push(key::insert_first(directory, &id, &secret));
    statements.push(Statement::new(format!("SELECT {COLUMNS} FROM organizations o WHERE o.id = ?1")).bind(id.as_str()));
    let mut answers = directory.change(Subject::organization(&id).made(), statements).await?;
    let last = answers.0.next_back().and_then(|rows| rows.into_iter().next());
    let mut row = last.ok_or_else(|| Error::Internal("a new organization is not there".into()))?;
    Ok((read(&mut row)?, secret))
}

/// The organizations, with their seats.
pub async fn list(directory: &Directory, page: Page) -> Result<Listed<(Organization, Seats)>, Error> {
    let statement = Statement::new(format!(
        "SELECT {COLUMNS}, {SEATS_USED} FROM organizations o WHERE o.number > ?1 ORDER BY o.number LIMIT ?2"
    ));
    let mut answers = directory.batch(vec![statement.bind(page.after).bind(page.fetch())]).await?;
    Ok(page.cut(answers.read(read_with_seats)?, |(organization, _)| organization.number))
}

/// One organization by its UUID, with its seats.
pub async fn find(directory: &Directory, id: &str) -> Result<(Organization, Seats), Error> {
    let mut answers = directory.batch(vec![select_with_seats(id)]).await?;
    answers.read_one(read_with_seats)?.ok_or(Error::NotFound(Noun::Organization))
}

fn select_with_seats(id: &str) -> Statement {
    Statement::new(format!("SELECT {COLUMNS}, {SEATS_USED} FROM organizations o WHERE o.id = ?1")).bind(id)
}

pub(crate) fn select_by_number(number: i64) -> Statement {
    Statement::new(format!("SELECT {COLUMNS} FROM organizations o WHERE o.number = ?1")).bind(number)
}

/// What of an organization is to change; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// The name. The slug stays.
    pub name: Option<String>,
    /// The seats, not below those that are held.
    pub seats: Option<i64>,
    /// ricloud's type.
    pub kind: Option<OrganizationType>,
    /// ricloud's state, or none.
    pub state: Option<Option<State>>,
    /// AppOptima's integration mode.
    pub identity_mode: Option<IdentityMode>,
    /// Whether AppOptima's calls may set a password.
    pub set_password_via_api: Option<bool>,
    /// When the subscription ends, or never.
    pub subscription_expires_at: Option<Option<Timestamp>>,
    /// ricloud's pinned version.
    pub api_version: Option<String>,
    /// ricloud's base permission scopes, a JSON object.
    pub permission_scopes: Option<String>,
    /// What ricloud's permissions call themselves.
    pub permissions_resource: Option<PermissionsResource>,
    /// What its mail is written in.
    pub language: Option<Language>,
}

/// Changes an organization. A total below the seats that are held is a conflict, [`Conflict::SeatsInUse`].
pub async fn update(directory: &Directory, id: &str, change: Change) -> Result<(Organization, Seats), Error> {
    let statement = Statement::new(
        "UPDATE organizations SET name = COALESCE(?2, name), seats = COALESCE(?3, seats), type = COALESCE(?4, type), \
         state = CASE WHEN ?5 THEN ?6 ELSE state END, identity_mode = COALESCE(?7, identity_mode), \
         set_password_via_api = COALESCE(?8, set_password_via_api), \
         subscription_expires_at = CASE WHEN ?9 THEN ?10 ELSE subscription_expires_at END, \
         api_version = COALESCE(?11, api_version), permission_scopes = COALESCE(?12, permission_scopes), \
         permissions_resource = COALESCE(?13, permissions_resource), language = COALESCE(?14, language), \
         updated_at = ?15 \
         WHERE id = ?1 AND (?3 IS NULL OR ?3 >= \
           (SELECT COUNT(*) FROM users s WHERE s.organization = organizations.number AND s.seated_at IS NOT NULL)) \
         RETURNING 1 AS changed",
    )
    .bind(id)
    .bind(change.name)
    .bind(change.seats)
    .bind(change.kind.map(OrganizationType::as_str))
    .bind(change.state.is_some())
    .bind(change.state.flatten().map(State::as_str))
    .bind(change.identity_mode.map(IdentityMode::as_str))
    .bind(change.set_password_via_api)
    .bind(change.subscription_expires_at.is_some())
    .bind(change.subscription_expires_at.flatten())
    .bind(change.api_version)
    .bind(change.permission_scopes)
    .bind(change.permissions_resource.map(PermissionsResource::as_str))
    .bind(change.language.map(Language::as_str))
    .bind(directory.now());
    let statements = vec![statement, select_with_seats(id)];
    let mut answers = directory.change(Subject::organization(id), statements).await?;
    let changed = answers.row()?.is_some();
    let found = answers.read_one(read_with_seats)?.ok_or(Error::NotFound(Noun::Organization))?;
    if changed { Ok(found) } else { Err(Error::Conflict(Conflict::SeatsInUse)) }
}

/// Deletes an organization with all that belongs to it; its audit log stays for a while ([`crate::audit::forget`]).
pub async fn delete(directory: &Directory, id: &str) -> Result<(), Error> {
    let statement = Statement::new("DELETE FROM organizations WHERE id = ?1 RETURNING number").bind(id);
    let end = Statement::new("UPDATE audit_heads SET ended_at = ?2 WHERE organization = ?1 AND changes() > 0");
    let end = end.bind(id).bind(directory.now());
    let mut answers = directory.change(Subject::organization(id), vec![statement, end]).await?;
    answers.row()?.map(drop).ok_or(Error::NotFound(Noun::Organization))
}
