//! An organization's keys with what is set of each besides itself (ricloud). They are the directory's keys, whichever
//! dialect made them; one that is turned off opens no dialect.

use crate::audit::Subject;
use crate::database::{DatabaseError, Row, Statement};
use crate::error::Error;
use crate::key::{self, Key, Kind, Scope};
use crate::organization::Organization;
use crate::preference::{self, Change, Missing, Preferences, preference_columns};
use crate::window::{List, Window, Windowed, by_seq};
use crate::{Directory, Timestamp};
use tessera_validate::secret::Kind as SecretKind;

/// A key with its preferences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldKey {
    /// The key.
    pub key: Key,
    /// What it has instead of the organization's.
    pub preferences: Preferences,
    /// Since when it is turned off.
    pub deactivated_at: Option<Timestamp>,
}

const SETTINGS: &str = concat!(preference_columns!("h"), ", h.deactivated_at AS h_deactivated_at");
const TABLES: &str = "keys k LEFT JOIN key_settings h ON h.key = k.id";

fn read(row: &mut Row) -> Result<HeldKey, DatabaseError> {
    Ok(HeldKey { key: key::read(row)?, preferences: preference::read(row)?, deactivated_at: row.optional_time()? })
}

/// Keys, newest first.
pub async fn list(
    directory: &Directory,
    organization: &Organization,
    window: &Window,
) -> Result<Windowed<HeldKey>, Error> {
    let list = List {
        columns: format!("{}, {SETTINGS}", key::COLUMNS),
        tables: TABLES,
        alias: "k",
        order: "seq",
        condition: "k.organization = ?1".into(),
        parameters: vec![organization.number.into()],
    };
    let mut answers = directory.batch(window.statements(list, by_seq).into()).await?;
    Ok(window.read(&mut answers, read)?)
}

/// One key, by its `seq`.
pub async fn find(directory: &Directory, organization: &Organization, seq: i64) -> Result<Option<HeldKey>, Error> {
    Ok(directory.batch(vec![select(organization, seq)]).await?.read_one(read)?)
}

fn select(organization: &Organization, seq: i64) -> Statement {
    Statement::new(format!(
        "SELECT {}, {SETTINGS} FROM {TABLES} WHERE k.organization = ?1 AND k.seq = ?2",
        key::COLUMNS
    ))
    .bind(organization.number)
    .bind(seq)
}

/// One key, and which of the configs that a change names are missing.
pub async fn survey(
    directory: &Directory,
    organization: &Organization,
    seq: i64,
    change: &Change,
) -> Result<Option<(HeldKey, Missing)>, Error> {
    let statements = vec![select(organization, seq), preference::select_missing(organization, change)];
    let mut answers = directory.batch(statements).await?;
    let found = answers.read_one(read)?;
    let missing = answers.missing()?;
    Ok(found.map(|key| (key, missing)))
}

/// Makes a key, and gives its secret, which nobody is told again; nothing where a config that it names is missing.
pub async fn create(
    directory: &Directory,
    organization: &Organization,
    scopes: &[Scope],
    change: &Change,
) -> Result<Option<(HeldKey, String)>, Error> {
    let secret = directory.new_secret(SecretKind::Key);
    let id = directory.new_id();
    let key = Statement::new(format!(
        "INSERT INTO keys (id, organization, kind, name, scopes, digest, created_at) \
         SELECT ?2, ?1, ?3, 'ricloud', ?4, ?5, ?6 WHERE {}",
        preference::has_both("?7", "?8")
    ))
    .bind(organization.number)
    .bind(id.as_str())
    .bind(Kind::Standard.as_str())
    .bind(key::join(scopes))
    .bind(directory.vault.digest(&secret))
    .bind(directory.now())
    .bind(change.storage_config.flatten())
    .bind(change.webhook_config.flatten());
    let settings = Statement::new(
        "INSERT INTO key_settings (key, publish_source_files, storage_config, webhook_config) \
         SELECT ?1, ?2, ?3, ?4 WHERE changes() > 0",
    )
    .bind(id.as_str())
    .bind(change.publish_source_files.flatten())
    .bind(change.storage_config.flatten())
    .bind(change.webhook_config.flatten());
    let select = Statement::new(format!(
        "SELECT {}, {SETTINGS} FROM {TABLES} WHERE k.organization = ?1 AND k.id = ?2",
        key::COLUMNS
    ))
    .bind(organization.number)
    .bind(id.as_str());
    let subject = Subject::new_held_key(organization, &id);
    let mut answers = directory.change(subject, vec![key, settings, select]).await?;
    answers.rows()?;
    answers.rows()?;
    Ok(answers.read_one(read)?.map(|key| (key, secret)))
}

/// Changes what is set of a key, and turns it on or off; off, its sessions end. Nothing changes, and nothing is given,
/// where a config that it names is missing, or where no other key would be left that opens the organization.
pub async fn update(
    directory: &Directory,
    organization: &Organization,
    seq: i64,
    change: &Change,
    active: Option<bool>,
) -> Result<Option<HeldKey>, Error> {
    let statement = Statement::new(format!(
        "INSERT INTO key_settings (key, publish_source_files, storage_config, webhook_config, deactivated_at) \
         SELECT k.id, ?4, ?6, ?8, CASE WHEN ?9 = 0 THEN ?10 END FROM keys k \
         WHERE k.organization = ?1 AND k.seq = ?2 AND {guard} AND (?9 IS NULL OR ?9 = 1 OR EXISTS ( \
           SELECT 1 FROM keys other LEFT JOIN key_settings o ON o.key = other.id \
           WHERE other.organization = ?1 AND other.seq <> ?2 AND other.kind = 'standard' \
           AND other.revoked_at IS NULL AND (other.expires_at IS NULL OR other.expires_at > ?10) \
           AND o.deactivated_at IS NULL)) \
         ON CONFLICT (key) DO UPDATE SET \
         publish_source_files = CASE WHEN ?3 THEN ?4 ELSE publish_source_files END, \
         storage_config = CASE WHEN ?5 THEN ?6 ELSE storage_config END, \
         webhook_config = CASE WHEN ?7 THEN ?8 ELSE webhook_config END, \
         deactivated_at = CASE WHEN ?9 IS NULL THEN deactivated_at WHEN ?9 = 0 THEN COALESCE(deactivated_at, ?10) END \
         RETURNING 1 AS changed",
        guard = preference::has_both("?6", "?8")
    ))
    .bind(organization.number)
    .bind(seq);
    let statement = change.bind(statement).bind(active).bind(directory.now());
    // a session ends with the key that opened it, and stays so when the key is turned on again
    let end_sessions = Statement::new(format!(
        "DELETE FROM sessions WHERE key = (SELECT k.id FROM keys k WHERE k.organization = ?1 AND k.seq = ?2 AND {})",
        key::IS_DEACTIVATED
    ))
    .bind(organization.number)
    .bind(seq);
    let statements = vec![statement, end_sessions, select(organization, seq)];
    let subject = Subject::held_key(organization, seq);
    let mut answers = directory.change(subject, statements).await?;
    let is_changed = answers.row()?.is_some();
    answers.rows()?;
    Ok(answers.read_one(read)?.filter(|_| is_changed))
}
