//! `GET /events/{id}` [D, C]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::event;

use crate::dialects::ricloud::auth::Caller;
use crate::dialects::ricloud::error::Error;
use crate::endpoint::Call;
use crate::respond;

/// Tells of an event.
pub(in crate::dialects::ricloud) async fn get(call: Call, caller: Caller) -> Result<Response, Error> {
    let id = call.parameter("id").to_ascii_lowercase();
    let found = event::find(&call.directory, &caller.organization, &id).await?.ok_or(Error::NotFound)?;
    Ok(respond::json(StatusCode::OK, &super::view(&found)))
}
