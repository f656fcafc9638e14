//! `DELETE /v1/organizations/{organization_id}`

use axum::response::Response;
use http::StatusCode;
use tessera_directory::organization;

use crate::dialects::native::auth;
use crate::dialects::native::error::Error;
use crate::dialects::native::input::id;
use crate::endpoint::Call;
use crate::respond;

/// Deletes an organization with all that belongs to it. For the root key.
pub(in crate::dialects::native) async fn delete(call: Call) -> Result<Response, Error> {
    auth::root(&call).await?;
    organization::delete(&call.directory, &id(&call, "organization_id")).await?;
    Ok(respond::empty(StatusCode::NO_CONTENT))
}
