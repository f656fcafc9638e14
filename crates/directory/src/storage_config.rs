//! Storage configs: the buckets in which an organization wants its results (ricloud).

use crate::audit::Subject;
use crate::columns::columns;
use crate::database::{DatabaseError, Row, Statement};
use crate::error::Error;
use crate::organization::Organization;
use crate::task::{self, Task};
use crate::window::{List, Window, Windowed, by_seq};
use crate::words::words;
use crate::{Answers, Directory, Timestamp};

words! {
    /// What is known of a config, of either kind.
    State {
        /// Made or changed, and not tested yet.
        New = "new",
        /// The last test passed.
        Valid = "valid",
        /// The last test failed.
        Invalid = "invalid",
        /// Turned off by the owner.
        Deactivated = "deactivated",
    }
}

/// A storage config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageConfig {
    /// The order of creation, and the id.
    pub seq: i64,
    /// `gs://…` or `s3://…`.
    pub url: String,
    /// Whether results are to be told by signed URLs.
    pub signed_urls: bool,
    /// How long these last, in seconds.
    pub signed_urls_expiry: Option<i64>,
    /// What is known of it.
    pub state: State,
    /// When it was made.
    pub created_at: Timestamp,
}

columns!("s": "seq", "url", "signed_urls", "signed_urls_expiry", "state", "created_at");

pub(crate) fn read(row: &mut Row) -> Result<StorageConfig, DatabaseError> {
    Ok(StorageConfig {
        seq: row.integer()?,
        url: row.text()?,
        signed_urls: row.boolean()?,
        signed_urls_expiry: row.optional_integer()?,
        state: State::read(&row.text()?)?,
        created_at: row.time()?,
    })
}

/// For which types of bucket credentials have the form. They themselves are not kept, for nothing here uses them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fits {
    /// For Google's.
    pub gs: bool,
    /// For Amazon's.
    pub s3: bool,
}

/// SQL: the outcome of the test, which looks at the form alone.
const OUTCOME: &str = "CASE WHEN (substr(url, 1, 3) = 'gs:' AND fits_gs) OR (substr(url, 1, 3) = 's3:' AND fits_s3) \
    THEN 'valid' ELSE 'invalid' END";

/// A storage config to be made.
#[derive(Debug)]
pub struct NewStorageConfig {
    /// `gs://…` or `s3://…`.
    pub url: String,
    /// What the credentials are good for.
    pub fits: Fits,
    /// Whether results are to be told by signed URLs.
    pub signed_urls: bool,
    /// How long these last, in seconds.
    pub signed_urls_expiry: Option<i64>,
}

/// Makes a storage config, and tests it: it is told as it was before the test. The key is the caller's.
pub async fn create(
    directory: &Directory,
    organization: &Organization,
    key: i64,
    new: NewStorageConfig,
) -> Result<StorageConfig, Error> {
    let insert = Statement::new(format!(
        "INSERT INTO storage_configs (organization, url, fits_gs, fits_s3, signed_urls, signed_urls_expiry, state, \
         created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'new', ?7) RETURNING {RETURNING}"
    ))
    .bind(organization.number)
    .bind(new.url)
    .bind(new.fits.gs)
    .bind(new.fits.s3)
    .bind(new.signed_urls)
    .bind(new.signed_urls_expiry)
    .bind(directory.now());
    // the newest of the organization is the one that this batch makes
    let newest = "(SELECT MAX(seq) FROM storage_configs WHERE organization = ?1)";
    let mut statements = vec![insert];
    statements.extend(test(directory, organization, key, newest, None));
    let subject = Subject::new_storage_config(organization);
    let made = directory.change(subject, statements).await?.read_one(read)?;
    made.ok_or_else(|| Error::Internal("a new storage config is not there".into()))
}

/// The statements of a test: its outcome, and the task. The config is the one that `which` selects, SQL over `?1`, the
/// organization, and `?2`, where there is a `seq`.
fn test(directory: &Directory, organization: &Organization, key: i64, which: &str, seq: Option<i64>) -> [Statement; 2] {
    let mut outcome = Statement::new(format!(
        "UPDATE storage_configs SET state = {OUTCOME} WHERE organization = ?1 AND seq = {which}"
    ))
    .bind(organization.number);
    if let Some(seq) = seq {
        outcome = outcome.bind(seq);
    }
    let task = task::insert_storage_test(directory, organization, key, which, seq);
    [outcome, task]
}

/// Storage configs, newest first.
pub async fn list(
    directory: &Directory,
    organization: &Organization,
    window: &Window,
) -> Result<Windowed<StorageConfig>, Error> {
    let mut answers = directory.batch(select_window(organization, window).into()).await?;
    Ok(window.read(&mut answers, read)?)
}

pub(crate) fn select_window(organization: &Organization, window: &Window) -> [Statement; 2] {
    let list = List {
        columns: COLUMNS.to_owned(),
        tables: "storage_configs s",
        alias: "s",
        order: "seq",
        condition: "s.organization = ?1".into(),
        parameters: vec![organization.number.into()],
    };
    window.statements(list, by_seq)
}

/// One storage config.
pub async fn find(
    directory: &Directory,
    organization: &Organization,
    seq: i64,
) -> Result<Option<StorageConfig>, Error> {
    Ok(directory.batch(vec![select(organization, seq)]).await?.read_one(read)?)
}

fn select(organization: &Organization, seq: i64) -> Statement {
    Statement::new(format!("SELECT {COLUMNS} FROM storage_configs s WHERE s.organization = ?1 AND s.seq = ?2"))
        .bind(organization.number)
        .bind(seq)
}

/// What of a storage config is to change; what is absent stays.
#[derive(Debug, Default)]
pub struct Change {
    /// The URL, which starts a test.
    pub url: Option<String>,
    /// What new credentials are good for, which starts a test.
    pub fits: Option<Fits>,
    /// Whether results are to be told by signed URLs.
    pub signed_urls: Option<bool>,
    /// How long these last, or for ever.
    pub signed_urls_expiry: Option<Option<i64>>,
    /// Turn it on, which starts a test, or off, which starts none.
    pub active: Option<bool>,
}

/// Changes a storage config, and tests it where that is called for; it is told as it was before the test.
pub async fn update(
    directory: &Directory,
    organization: &Organization,
    key: i64,
    seq: i64,
    change: Change,
) -> Result<Option<StorageConfig>, Error> {
    let is_test = match change.active {
        Some(active) => active,
        None => change.url.is_some() || change.fits.is_some(),
    };
    let state = match change.active {
        Some(false) => Some(State::Deactivated),
        _ => is_test.then_some(State::New),
    };
    let statement = Statement::new(format!(
        "UPDATE storage_configs SET url = COALESCE(?3, url), fits_gs = COALESCE(?4, fits_gs), \
         fits_s3 = COALESCE(?5, fits_s3), signed_urls = COALESCE(?6, signed_urls), \
         signed_urls_expiry = CASE WHEN ?7 THEN ?8 ELSE signed_urls_expiry END, state = COALESCE(?9, state) \
         WHERE organization = ?1 AND seq = ?2 RETURNING {RETURNING}"
    ))
    .bind(organization.number)
    .bind(seq)
    .bind(change.url)
    .bind(change.fits.map(|fits| fits.gs))
    .bind(change.fits.map(|fits| fits.s3))
    .bind(change.signed_urls)
    .bind(change.signed_urls_expiry.is_some())
    .bind(change.signed_urls_expiry.flatten())
    .bind(state.map(State::as_str));
    let mut statements = vec![statement];
    if is_test {
        statements.extend(test(directory, organization, key, "?2", Some(seq)));
    }
    let subject = Subject::storage_config(organization, seq);
    Ok(directory.change(subject, statements).await?.read_one(read)?)
}

/// Tests a storage config, which turns it on, and gives the task, which is over.
pub async fn test_again(
    directory: &Directory,
    organization: &Organization,
    key: i64,
    seq: i64,
) -> Result<Option<Task>, Error> {
    let statements = test(directory, organization, key, "?2", Some(seq));
    let subject = Subject::storage_config(organization, seq);
    let mut answers = directory.change(subject, statements.into()).await?;
    answers.rows()?;
    Ok(answers.read_one(task::read)?)
}

/// Deletes a storage config, and clears what names it. It is told as it was.
pub async fn delete(
    directory: &Directory,
    organization: &Organization,
    seq: i64,
) -> Result<Option<StorageConfig>, Error> {
    let statement = Statement::new(format!(
        "DELETE FROM storage_configs WHERE organization = ?1 AND seq = ?2 RETURNING {RETURNING}"
    ));
    let statement = statement.bind(organization.number).bind(seq);
    let subject = Subject::storage_config(organization, seq);
    Ok(directory.change(subject, vec![statement]).await?.read_one(read)?)
}

/// SQL: whether the organization `?1` has a config that passed its test.
const HAS_VALID: &str =
    "SELECT EXISTS (SELECT 1 FROM storage_configs WHERE organization = ?1 AND state = 'valid') AS has_valid";

pub(crate) fn select_has_valid(organization: &Organization) -> Statement {
    Statement::new(HAS_VALID).bind(organization.number)
}

/// Whether an organization has a storage config that passed its test.
pub async fn has_valid(directory: &Directory, organization: &Organization) -> Result<bool, Error> {
    Ok(directory.batch(vec![select_has_valid(organization)]).await?.has_valid()?)
}

impl Answers {
    /// The answer of [`select_has_valid`].
    pub(crate) fn has_valid(&mut self) -> Result<bool, DatabaseError> {
        Ok(self.read_one(Row::boolean)?.unwrap_or_default())
    }
}
