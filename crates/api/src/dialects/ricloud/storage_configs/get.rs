//! `GET /configs/storage/{id}` [D]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::storage_config;

use crate::dialects::ricloud::auth::Caller;
use crate::dialects::ricloud::error::Error;
use crate::dialects::ricloud::input;
use crate::endpoint::Call;
use crate::respond;

/// Tells of a storage config.
pub(in crate::dialects::ricloud) async fn get(call: Call, caller: Caller) -> Result<Response, Error> {
    let found = storage_config::find(&call.directory, &caller.organization, input::id(&call)?).await?;
    let view = super::view(caller.organization.number, found.ok_or(Error::NotFound)?);
    Ok(respond::json(StatusCode::OK, &view))
}
