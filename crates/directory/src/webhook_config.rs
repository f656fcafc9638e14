//! Webhook configs: where an organization wants to be told of events (ricloud).

use crate::audit::Subject;
use crate::database::{DatabaseError, Row, Statement};
use crate::error::Error;
use crate::organization::Organization;
use crate::storage_config::State;
use crate::task::{self, Task};
use crate::window::{List, Window, Windowed, by_seq};
use crate::{Directory, Timestamp, columns::columns};

/// A webhook config. It has no `Debug`, for it holds a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookConfig {
    /// The order of creation, and the id that is told.
    pub seq: i64,
    /// The UUID.
    pub id: String,
    /// Where events are sent.
    pub url: String,
    /// What they are signed with.
    pub secret: String,
    /// What is known of it.
    pub state: State,
    /// When it was made.
    pub created_at: Timestamp,
}

columns!("w": "seq", "id", "url", "secret", "state", "created_at");

pub(crate) fn read(directory: &Directory, row: &mut Row) -> Result<WebhookConfig, DatabaseError> {
    let (seq, id, url, sealed) = (row.integer()?, row.text()?, row.text()?, row.text()?);
    let secret = open(directory, &sealed, &id)?;
    Ok(WebhookConfig { seq, id, url, secret, state: State::read(&row.text()?)?, created_at: row.time()? })
}

pub(crate) fn open(directory: &Directory, sealed: &str, id: &str) -> Result<String, DatabaseError> {
    let secret = directory.vault.unseal(sealed, id);
    secret.ok_or_else(|| DatabaseError::Failed("a webhook's secret was sealed under another pepper".into()))
}

/// What a test is of: the event that is sent, and the task, each by its UUID.
pub struct Test {
    /// The event.
    pub event: String,
    task: String,
}

impl Test {
    fn new(directory: &Directory) -> Self {
        Self { event: directory.new_id(), task: directory.new_id() }
    }

    /// The statements that put a test on record, to be sent at once, for the config of this UUID.
    fn statements(&self, directory: &Directory, organization: &Organization, key: i64, id: &str) -> [Statement; 2] {
        let task = Statement::new(format!(
            "INSERT INTO tasks (id, organization, key, type, target, state, created_at) \
             SELECT ?3, organization, ?4, 'webhook_config.test', seq, 'pending', ?5 FROM webhook_configs \
             WHERE organization = ?1 AND id = ?2 RETURNING {}",
            task::RETURNING
        ))
        .bind(organization.number)
        .bind(id)
        .bind(self.task.as_str())
        .bind(key)
        .bind(directory.now());
        let event = Statement::new(
            "INSERT INTO events (id, organization, type, action, data, state, webhook_config, task, due_at, created_at) \
             SELECT ?3, organization, 'webhook_config', 'test', \
             json_object('id', seq, 'url', url, 'state', state, 'created_at', created_at), 'pending', seq, ?4, ?5, ?5 \
             FROM webhook_configs WHERE organization = ?1 AND id = ?2",
        )
        .bind(organization.number)
        .bind(id)
        .bind(self.event.as_str())
        .bind(self.task.as_str())
        .bind(directory.now());
        [task, event]
    }
}

/// A new secret for the webhook config of this UUID, sealed as it is stored.
pub fn new_secret(directory: &Directory, id: &str) -> Result<String, Error> {
    directory.seal(&directory.new_alphanumeric::<32>(), id)
}

/// Makes a webhook config with a secret of its own, and puts its test on record.
pub async fn create(
    directory: &Directory,
    organization: &Organization,
    key: i64,
    url: &str,
) -> Result<WebhookConfig, Error> {
    let (id, test) = (directory.new_id(), Test::new(directory));
    let sealed = new_secret(directory, &id)?;
    let insert = Statement::new(format!(
        "INSERT INTO webhook_configs (id, organization, url, secret, state, test, created_at) \
         VALUES (?1, ?2, ?3, ?4, 'new', ?5, ?6) RETURNING {RETURNING}"
    ))
    .bind(id.as_str())
    .bind(organization.number)
    .bind(url)
    .bind(sealed)
    .bind(test.event.as_str())
    .bind(directory.now());
    let mut statements = vec![insert];
    statements.extend(test.statements(directory, organization, key, &id));
    let subject = Subject::new_webhook_config(organization, &id);
    let mut answers = directory.change(subject, statements).await?;
    let made = answers.read_one(|row| read(directory, row))?;
    made.ok_or_else(|| Error::Internal("a new webhook config is not there".into()))
}

/// Webhook configs, newest first.
pub async fn list(
    directory: &Directory,
    organization: &Organization,
    window: &Window,
) -> Result<Windowed<WebhookConfig>, Error> {
    let mut answers = directory.batch(select_window(organization, window).into()).await?;
    Ok(window.read(&mut answers, |row| read(directory, row))?)
}

pub(crate) fn select_window(organization: &Organization, window: &Window) -> [Statement; 2] {
    let list = List {
        columns: COLUMNS.to_owned(),
        tables: "webhook_configs w",
        alias: "w",
        order: "seq",
        condition: "w.organization = ?1".into(),
        parameters: vec![organization.number.into()],
    };
    window.statements(list, by_seq)
}

/// One webhook config.
pub async fn find(
    directory: &Directory,
    organization: &Organization,
    seq: i64,
) -> Result<Option<WebhookConfig>, Error> {
    let statement =
        Statement::new(format!("SELECT {COLUMNS} FROM webhook_configs w WHERE w.organization = ?1 AND w.seq = ?2"))
            .bind(organization.number)
            .bind(seq);
    Ok(directory.batch(vec![statement]).await?.read_one(|row| read(directory, row))?)
}

/// Changes a webhook config: its URL, which starts a test, or whether it is turned on, which starts one, or off, which
/// ends those that run. The answer says whether a test is on record.
pub async fn update(
    directory: &Directory,
    organization: &Organization,
    key: i64,
    config: &WebhookConfig,
    url: Option<String>,
    active: Option<bool>,
) -> Result<Option<(WebhookConfig, bool)>, Error> {
    let is_test = active.unwrap_or(url.is_some());
    let state = match active {
        Some(false) => Some(State::Deactivated),
        _ => is_test.then_some(State::New),
    };
    let test = is_test.then(|| Test::new(directory));
    let statement = Statement::new(format!(
        "UPDATE webhook_configs SET url = COALESCE(?3, url), state = COALESCE(?4, state), test = COALESCE(?5, test) \
         WHERE organization = ?1 AND seq = ?2 RETURNING {RETURNING}"
    ))
    .bind(organization.number)
    .bind(config.seq)
    .bind(url)
    .bind(state.map(State::as_str))
    .bind(test.as_ref().map(|test| test.event.as_str()));
    let mut statements = vec![statement];
    if let Some(test) = &test {
        statements.extend(test.statements(directory, organization, key, &config.id));
    }
    if active == Some(false) {
        statements.extend(cancel(directory, organization, config.seq));
    }
    let subject = Subject::webhook_config(organization, config.seq);
    let mut answers = directory.change(subject, statements).await?;
    let changed = answers.read_one(|row| read(directory, row))?;
    Ok(changed.map(|config| (config, is_test)))
}

/// Puts a test on record, which turns the config on; gives the task and the test.
pub async fn test_again(
    directory: &Directory,
    organization: &Organization,
    key: i64,
    config: &WebhookConfig,
) -> Result<Option<(Task, Test)>, Error> {
    let test = Test::new(directory);
    let statement = Statement::new(
        "UPDATE webhook_configs SET state = iif(state = 'deactivated', 'new', state), test = ?3 \
         WHERE organization = ?1 AND seq = ?2",
    )
    .bind(organization.number)
    .bind(config.seq)
    .bind(test.event.as_str());
    let mut statements = vec![statement];
    statements.extend(test.statements(directory, organization, key, &config.id));
    let subject = Subject::webhook_config(organization, config.seq);
    let mut answers = directory.change(subject, statements).await?;
    answers.rows()?;
    Ok(answers.read_one(task::read)?.map(|task| (task, test)))
}

/// Deletes a webhook config, and clears what names it. It is told as it was.
pub async fn delete(
    directory: &Directory,
    organization: &Organization,
    seq: i64,
) -> Result<Option<WebhookConfig>, Error> {
    let statement = Statement::new(format!(
        "DELETE FROM webhook_configs WHERE organization = ?1 AND seq = ?2 RETURNING {RETURNING}"
    ));
    let mut statements = vec![statement.bind(organization.number).bind(seq)];
    statements.extend(cancel(directory, organization, seq));
    let subject = Subject::webhook_config(organization, seq);
    let mut answers = directory.change(subject, statements).await?;
    Ok(answers.read_one(|row| read(directory, row))?)
}

/// The statements that end what waits to be sent to a config.
fn cancel(directory: &Directory, organization: &Organization, seq: i64) -> [Statement; 2] {
    let events = Statement::new(
        "UPDATE events SET state = 'failed', due_at = NULL, claim = NULL \
         WHERE organization = ?1 AND webhook_config = ?2 AND due_at IS NOT NULL",
    );
    let tasks = Statement::new(
        "UPDATE tasks SET state = 'failed', error = 'cancelled', completed_at = ?3 \
         WHERE organization = ?1 AND target = ?2 AND type = 'webhook_config.test' AND state = 'pending'",
    );
    [events.bind(organization.number).bind(seq), tasks.bind(organization.number).bind(seq).bind(directory.now())]
}
