//! Events: what webhooks are told (ricloud).

use serde::Deserialize;

use crate::columns::columns;
use crate::database::{DatabaseError, Row, Statement, Value};
use crate::error::Error;
use crate::organization::Organization;
use crate::storage_config::State as ConfigState;
use crate::window::{List, Window, Windowed};
use crate::words::words;
use crate::{Directory, Timestamp, to_time};

words! {
    /// How far an event is.
    State {
        /// Not delivered, and still tried.
        Pending = "pending",
        /// Answered 2xx.
        Delivered = "delivered",
        /// Given up.
        Failed = "failed",
    }
}

/// An event: so far always the test of a webhook config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The order of creation.
    pub seq: i64,
    /// The UUID.
    pub id: String,
    /// The number of its organization.
    pub organization: i64,
    /// What it is about: `webhook_config`.
    pub r#type: String,
    /// What happened to it: `test`.
    pub action: String,
    /// What it is about, as it was then.
    pub data: Subject,
    /// How far it is.
    pub state: State,
    /// How often it was sent.
    pub attempts: i64,
    /// When it happened.
    pub created_at: Timestamp,
    /// When it was delivered.
    pub delivered_at: Option<Timestamp>,
}

/// A webhook config as it was when an event told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Its `seq`.
    pub seq: i64,
    /// Its URL.
    pub url: String,
    /// Its state.
    pub state: ConfigState,
    /// When it was made.
    pub created_at: Timestamp,
}

/// [`Subject`] as the store has it.
#[derive(Deserialize)]
struct StoredSubject {
    id: i64,
    url: String,
    state: String,
    created_at: i64,
}

columns!("e": "seq", "id", "organization", "type", "action", "data", "state", "attempts", "created_at", "delivered_at");

pub(crate) fn read(row: &mut Row) -> Result<Event, DatabaseError> {
    Ok(Event {
        seq: row.integer()?,
        id: row.text()?,
        organization: row.integer()?,
        r#type: row.text()?,
        action: row.text()?,
        data: read_subject(&row.text()?)?,
        state: State::read(&row.text()?)?,
        attempts: row.integer()?,
        created_at: row.time()?,
        delivered_at: row.optional_time()?,
    })
}

fn read_subject(json: &str) -> Result<Subject, DatabaseError> {
    let stored: StoredSubject =
        serde_json::from_slice(json.as_bytes()).map_err(|error| DatabaseError::Failed(error.to_string()))?;
    Ok(Subject {
        seq: stored.id,
        url: stored.url,
        state: ConfigState::read(&stored.state)?,
        created_at: to_time(stored.created_at)?,
    })
}

/// Which events are listed.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Those about this.
    pub r#type: Option<String>,
    /// Those of this action.
    pub action: Option<String>,
    /// Those so far.
    pub state: Option<State>,
}

/// A list of events, or the cursors that name no event.
pub enum Found {
    /// The events.
    Events(Windowed<Event>),
    /// Whether `after`, and whether `before`, is nobody's id.
    NoCursor(bool, bool),
}

/// Events, newest first. The cursors are UUIDs.
pub async fn list(
    directory: &Directory,
    organization: &Organization,
    filter: Filter,
    window: &Window<String>,
) -> Result<Found, Error> {
    let mut list = List {
        columns: COLUMNS.to_owned(),
        tables: "events e",
        alias: "e",
        order: "seq",
        condition: "e.organization = ?1".into(),
        parameters: vec![organization.number.into()],
    };
    let filters: [(&str, Option<Value>); 3] = [
        ("type", filter.r#type.map(Value::from)),
        ("action", filter.action.map(Value::from)),
        ("state", filter.state.map(|state| state.as_str().into())),
    ];
    for (column, value) in filters {
        if let Some(value) = value {
            list.parameters.push(value);
            list.narrow(&format!("e.{column} = ?{}", list.parameters.len()));
        }
    }
    let seq_of = |parameter| format!("(SELECT c.seq FROM events c WHERE c.organization = ?1 AND c.id = ?{parameter})");
    let has = |parameter: &str| {
        format!("({parameter} IS NULL OR EXISTS (SELECT 1 FROM events WHERE organization = ?1 AND id = {parameter}))")
    };
    let cursors = Statement::new(format!("SELECT {} AS has_after, {} AS has_before", has("?2"), has("?3")))
        .bind(organization.number)
        .bind(window.after.clone())
        .bind(window.before.clone());
    let mut statements = vec![cursors];
    statements.extend(window.statements(list, seq_of));
    let mut answers = directory.batch(statements).await?;
    match answers.read_one(|row| Ok((row.boolean()?, row.boolean()?)))? {
        Some((true, true)) => Ok(Found::Events(window.read(&mut answers, read)?)),
        found => {
            let (after, before) = found.unwrap_or_default();
            Ok(Found::NoCursor(!after, !before))
        }
    }
}

/// One event by its UUID.
pub async fn find(directory: &Directory, organization: &Organization, id: &str) -> Result<Option<Event>, Error> {
    let statement = Statement::new(format!("SELECT {COLUMNS} FROM events e WHERE e.organization = ?1 AND e.id = ?2"))
        .bind(organization.number)
        .bind(id);
    Ok(directory.batch(vec![statement]).await?.read_one(read)?)
}
