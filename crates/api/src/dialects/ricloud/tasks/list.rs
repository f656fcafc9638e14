//! `GET /tasks` [D]

use axum::response::Response;
use serde_json::Map;
use tessera_directory::task;

use crate::dialects::ricloud::auth::Caller;
use crate::dialects::ricloud::error::Error;
use crate::dialects::ricloud::lists;
use crate::endpoint::Call;
use crate::members::Members;

/// Lists tasks, newest first.
pub(in crate::dialects::ricloud) async fn list(call: Call, caller: Caller) -> Result<Response, Error> {
    let mut members = Members::of(Map::new());
    let window = lists::window(&call, &mut members);
    members.finish()?;
    let tasks = task::list(&call.directory, &caller.organization, &window).await?;
    Ok(lists::answer(tasks, super::URL, |task| super::view(caller.organization.number, &task)))
}
