//! Tasks: what takes a while, and how it ended (ricloud).

use crate::columns::columns;
use crate::database::{DatabaseError, Row, Statement};
use crate::error::Error;
use crate::organization::Organization;
use crate::window::{List, Window, Windowed, by_seq};
use crate::words::words;
use crate::{Directory, Timestamp};

words! {
    /// What a task does.
    Type {
        /// Looks at a storage config.
        StorageTest = "storage_config.test",
        /// Sends a webhook config an event.
        WebhookTest = "webhook_config.test",
    }
}

words! {
    /// How far a task is.
    State {
        /// Not begun.
        Pending = "pending",
        /// Ended well.
        Succeeded = "succeeded",
        /// Ended badly.
        Failed = "failed",
    }
}

words! {
    /// Why a task failed.
    Failure {
        /// The credentials have not the form that the bucket's type asks for.
        InvalidCredentials = "invalid-credentials",
        /// The first attempt at the test's event was not answered 2xx.
        DeliveryFailed = "delivery-failed",
        /// The config was turned off or deleted before the test was over.
        Cancelled = "cancelled",
    }
}

/// A task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// The order of creation, and the id.
    pub seq: i64,
    /// The key that asked for it.
    pub key: i64,
    /// What it does.
    pub r#type: Type,
    /// The `seq` of what it is about.
    pub target: i64,
    /// How far it is.
    pub state: State,
    /// Why it failed.
    pub error: Option<Failure>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub completed_at: Option<Timestamp>,
}

columns!("t": "seq", "key", "type", "target", "state", "error", "created_at", "started_at", "completed_at");

pub(crate) fn read(row: &mut Row) -> Result<Task, DatabaseError> {
    Ok(Task {
        seq: row.integer()?,
        key: row.integer()?,
        r#type: Type::read(&row.text()?)?,
        target: row.integer()?,
        state: State::read(&row.text()?)?,
        error: row.optional_text()?.as_deref().map(Failure::read).transpose()?,
        created_at: row.time()?,
        started_at: row.optional_time()?,
        completed_at: row.optional_time()?,
    })
}

/// The statement that makes the task of a storage config's test, which is over; `which` as for the test itself.
pub(crate) fn insert_storage_test(
    directory: &Directory,
    organization: &Organization,
    key: i64,
    which: &str,
    seq: Option<i64>,
) -> Statement {
    let mut statement = Statement::new("").bind(organization.number);
    if let Some(seq) = seq {
        statement = statement.bind(seq);
    }
    let first = statement.parameters.len() + 1;
    let [id, by, now] = [first, first + 1, first + 2];
    statement.sql = format!(
        "INSERT INTO tasks (id, organization, key, type, target, state, error, created_at, started_at, completed_at) \
         SELECT ?{id}, ?1, ?{by}, 'storage_config.test', seq, iif(state = 'valid', 'succeeded', 'failed'), \
         iif(state = 'valid', NULL, 'invalid-credentials'), ?{now}, ?{now}, ?{now} FROM storage_configs \
         WHERE organization = ?1 AND seq = {which} RETURNING {RETURNING}"
    )
    .into();
    statement.bind(directory.new_id()).bind(key).bind(directory.now())
}

/// Tasks, newest first.
pub async fn list(
    directory: &Directory,
    organization: &Organization,
    window: &Window,
) -> Result<Windowed<Task>, Error> {
    let list = List {
        columns: COLUMNS.to_owned(),
        tables: "tasks t",
        alias: "t",
        order: "seq",
        condition: "t.organization = ?1".into(),
        parameters: vec![organization.number.into()],
    };
    let mut answers = directory.batch(window.statements(list, by_seq).into()).await?;
    Ok(window.read(&mut answers, read)?)
}

/// One task.
pub async fn find(directory: &Directory, organization: &Organization, seq: i64) -> Result<Option<Task>, Error> {
    let statement = Statement::new(format!("SELECT {COLUMNS} FROM tasks t WHERE t.organization = ?1 AND t.seq = ?2"))
        .bind(organization.number)
        .bind(seq);
    Ok(directory.batch(vec![statement]).await?.read_one(read)?)
}
