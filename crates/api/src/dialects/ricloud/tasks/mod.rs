//! Tasks: here the tests of configs.

use serde::Serialize;
use tessera_directory::task::{Failure, Task};

use super::input::date;
use super::lists::Nested;

pub(super) mod get;
pub(super) mod list;

const URL: &str = "/tasks";
const RESULTS: &str = "/results";

/// A task, as every answer shows it.
#[derive(Serialize)]
pub(super) struct TaskView {
    id: i64,
    resource: &'static str,
    organisation: i64,
    key: i64,
    user: (),
    source: (),
    session: (),
    poll: (),
    source_type: (),
    r#type: &'static str,
    target: String,
    state: &'static str,
    results: Nested<()>,
    error: Option<&'static str>,
    date_created: String,
    date_started: Option<String>,
    date_completed: Option<String>,
}

pub(super) fn view(organisation: i64, task: &Task) -> TaskView {
    TaskView {
        id: task.seq,
        resource: "task",
        organisation,
        key: task.key,
        user: (),
        source: (),
        session: (),
        poll: (),
        source_type: (),
        r#type: task.r#type.as_str(),
        target: task.target.to_string(),
        state: task.state.as_str(),
        results: Nested::empty(RESULTS),
        error: task.error.map(Failure::as_str),
        date_created: date(task.created_at),
        date_started: task.started_at.map(date),
        date_completed: task.completed_at.map(date),
    }
}
