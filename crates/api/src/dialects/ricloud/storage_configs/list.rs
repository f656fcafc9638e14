//! `GET /configs/storage` [D]

use axum::response::Response;
use serde_json::Map;
use tessera_directory::storage_config;

use crate::dialects::ricloud::auth::Caller;
use crate::dialects::ricloud::error::Error;
use crate::dialects::ricloud::lists;
use crate::endpoint::Call;
use crate::members::Members;

/// Lists storage configs, newest first.
pub(in crate::dialects::ricloud) async fn list(call: Call, caller: Caller) -> Result<Response, Error> {
    let mut members = Members::of(Map::new());
    let window = lists::window(&call, &mut members);
    members.finish()?;
    let configs = storage_config::list(&call.directory, &caller.organization, &window).await?;
    Ok(lists::answer(configs, super::URL, |config| super::view(caller.organization.number, config)))
}
