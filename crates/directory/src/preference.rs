//! Preferences: what an organization, or a key in its stead, has chosen for the retrieval of data (ricloud).

use crate::audit::Subject;
use crate::database::{DatabaseError, Row, Statement, Value};
use crate::error::Error;
use crate::organization::{self, Organization};
use crate::permission::{self, Permission};
use crate::storage_config::{self, StorageConfig};
use crate::webhook_config::{self, WebhookConfig};
use crate::window::{Window, Windowed};
use crate::{Answers, Directory};

/// What is chosen. A key's configs stand before its organization's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preferences {
    /// Whether to publish source files, where that was said.
    pub publish_source_files: Option<bool>,
    /// The `seq` of a storage config.
    pub storage_config: Option<i64>,
    /// The `seq` of a webhook config.
    pub webhook_config: Option<i64>,
}

/// What is to change; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Whether to publish source files, or nothing said.
    pub publish_source_files: Option<Option<bool>>,
    /// The storage config, or none.
    pub storage_config: Option<Option<i64>>,
    /// The webhook config, or none.
    pub webhook_config: Option<Option<i64>>,
}

impl Change {
    /// Binds six parameters: for each member whether it changes, and to what.
    pub(crate) fn bind(&self, statement: Statement) -> Statement {
        statement
            .bind(self.publish_source_files.is_some())
            .bind(self.publish_source_files.flatten())
            .bind(self.storage_config.is_some())
            .bind(self.storage_config.flatten())
            .bind(self.webhook_config.is_some())
            .bind(self.webhook_config.flatten())
    }
}

/// The columns of preferences in the table of this alias, which an outer join may have left empty.
macro_rules! preference_columns {
    ($alias:literal) => {
        concat!(
            $alias,
            ".publish_source_files AS ",
            $alias,
            "_publish_source_files, ",
            $alias,
            ".storage_config AS ",
            $alias,
            "_storage_config, ",
            $alias,
            ".webhook_config AS ",
            $alias,
            "_webhook_config"
        )
    };
}
pub(crate) use preference_columns;

pub(crate) fn read(row: &mut Row) -> Result<Preferences, DatabaseError> {
    Ok(Preferences {
        publish_source_files: row.optional_integer()?.map(|truth| truth != 0),
        storage_config: row.optional_integer()?,
        webhook_config: row.optional_integer()?,
    })
}

/// SQL: whether the organization `?1` has the configs that parameters of these numbers name, where they name any.
pub(crate) fn has_both(storage: &str, webhook: &str) -> String {
    format!("{} AND {}", has("storage_configs", storage), has("webhook_configs", webhook))
}

fn has(table: &str, parameter: &str) -> String {
    format!("({parameter} IS NULL OR EXISTS (SELECT 1 FROM {table} WHERE organization = ?1 AND seq = {parameter}))")
}

/// Which of the configs that a change names the organization does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Missing {
    /// The storage config.
    pub storage_config: bool,
    /// The webhook config.
    pub webhook_config: bool,
}

/// Looks for the configs that a change names; asks nothing where it names none.
pub async fn missing(directory: &Directory, organization: &Organization, change: &Change) -> Result<Missing, Error> {
    if change.storage_config.flatten().is_none() && change.webhook_config.flatten().is_none() {
        return Ok(Missing::default());
    }
    Ok(directory.batch(vec![select_missing(organization, change)]).await?.missing()?)
}

pub(crate) fn select_missing(organization: &Organization, change: &Change) -> Statement {
    let (storage, webhook) = (has("storage_configs", "?2"), has("webhook_configs", "?3"));
    Statement::new(format!("SELECT NOT {storage} AS storage_missing, NOT {webhook} AS webhook_missing"))
        .bind(organization.number)
        .bind(change.storage_config.flatten())
        .bind(change.webhook_config.flatten())
}

impl Answers {
    /// The answer of [`select_missing`].
    pub(crate) fn missing(&mut self) -> Result<Missing, DatabaseError> {
        let read = |row: &mut Row| Ok(Missing { storage_config: row.boolean()?, webhook_config: row.boolean()? });
        Ok(self.read_one(read)?.unwrap_or_default())
    }
}

/// What ricloud tells of an organization besides itself.
pub struct Profile {
    /// Its preferences.
    pub preferences: Preferences,
    /// Its base permissions.
    pub permission: Permission,
    /// Its newest storage configs.
    pub storage_configs: Windowed<StorageConfig>,
    /// Its newest webhook configs.
    pub webhook_configs: Windowed<WebhookConfig>,
    /// Whether a storage config passed its test.
    pub is_configured: bool,
}

fn select_profile(organization: &Organization, window: &Window) -> Vec<Statement> {
    const PREFERENCES: &str = preference_columns!("p");
    let preferences =
        Statement::new(format!("SELECT {PREFERENCES} FROM organization_options p WHERE p.organization = ?1"))
            .bind(organization.number);
    let mut statements =
        vec![preferences, permission::select_base(organization), storage_config::select_has_valid(organization)];
    statements.extend(storage_config::select_window(organization, window));
    statements.extend(webhook_config::select_window(organization, window));
    statements
}

fn read_profile(directory: &Directory, window: &Window, answers: &mut Answers) -> Result<Profile, Error> {
    let preferences = answers.read_one(read)?.unwrap_or_default();
    let permission = answers.read_one(permission::read)?;
    let is_configured = answers.has_valid()?;
    Ok(Profile {
        preferences,
        permission: permission.ok_or_else(|| Error::Internal("an organization has no base permissions".into()))?,
        is_configured,
        storage_configs: window.read(answers, storage_config::read)?,
        webhook_configs: window.read(answers, |row| webhook_config::read(directory, row))?,
    })
}

/// The profile of an organization, with at most so many configs of each kind.
pub async fn profile(directory: &Directory, organization: &Organization, limit: u32) -> Result<Profile, Error> {
    let window = Window { limit, after: None, before: None };
    let mut answers = directory.batch(select_profile(organization, &window)).await?;
    read_profile(directory, &window, &mut answers)
}

/// Changes an organization's name and preferences, and gives it as it is then, with its profile. Nothing changes, and
/// nothing is given, where a config that the change names is not the organization's.
pub async fn update(
    directory: &Directory,
    organization: &Organization,
    name: Option<String>,
    change: &Change,
    limit: u32,
) -> Result<Option<(Organization, Profile)>, Error> {
    let upsert = change.bind(
        Statement::new(format!(
            "INSERT INTO organization_options (organization, publish_source_files, storage_config, webhook_config) \
             SELECT ?1, ?3, ?5, ?7 WHERE {guard} \
             ON CONFLICT (organization) DO UPDATE SET \
             publish_source_files = CASE WHEN ?2 THEN ?3 ELSE publish_source_files END, \
             storage_config = CASE WHEN ?4 THEN ?5 ELSE storage_config END, \
             webhook_config = CASE WHEN ?6 THEN ?7 ELSE webhook_config END",
            guard = has_both("?5", "?7")
        ))
        .bind(organization.number),
    );
    let rename = Statement::new(
        "UPDATE organizations SET name = COALESCE(?2, name), updated_at = ?3 WHERE number = ?1 AND changes() > 0 \
         RETURNING 1 AS changed",
    )
    .bind(organization.number)
    .bind(Value::from(name))
    .bind(directory.now());
    let window = Window { limit, after: None, before: None };
    let mut statements = vec![upsert, rename, organization::select_by_number(organization.number)];
    statements.extend(select_profile(organization, &window));
    let subject = Subject::preferences(organization);
    let mut answers = directory.change(subject, statements).await?;
    answers.rows()?;
    let is_changed = answers.row()?.is_some();
    let found = answers.read_one(organization::read)?;
    match found {
        Some(organization) if is_changed => Ok(Some((organization, read_profile(directory, &window, &mut answers)?))),
        _ => Ok(None),
    }
}
