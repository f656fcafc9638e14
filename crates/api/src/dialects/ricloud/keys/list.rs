//! `GET /keys` [D]

use axum::response::Response;
use serde_json::Map;
use tessera_directory::keyring;

use crate::dialects::ricloud::auth::Caller;
use crate::dialects::ricloud::error::Error;
use crate::dialects::ricloud::lists;
use crate::endpoint::Call;
use crate::members::Members;

/// Lists every key of the organization, newest first.
pub(in crate::dialects::ricloud) async fn list(call: Call, caller: Caller) -> Result<Response, Error> {
    let mut members = Members::of(Map::new());
    let window = lists::window(&call, &mut members);
    members.finish()?;
    let keys = keyring::list(&call.directory, &caller.organization, &window).await?;
    let now = call.directory.now();
    Ok(lists::answer(keys, super::URL, |key| super::view(&caller, now, &key)))
}
