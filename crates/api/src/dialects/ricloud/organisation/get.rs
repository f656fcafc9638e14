//! `GET /organisation` [S]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::preference;

use crate::dialects::ricloud::auth::Caller;
use crate::dialects::ricloud::error::Error;
use crate::endpoint::Call;
use crate::respond;

/// Tells of the caller's organisation.
pub(in crate::dialects::ricloud) async fn get(call: Call, caller: Caller) -> Result<Response, Error> {
    let organization = caller.organization;
    let profile = preference::profile(&call.directory, &organization, super::limit(&organization)).await?;
    Ok(respond::json(StatusCode::OK, &super::view(&call, organization, profile)))
}
