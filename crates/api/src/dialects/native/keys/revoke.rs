//! `DELETE /v1/organizations/{organization_id}/keys/{key_id}`

use axum::response::Response;
use http::StatusCode;
use tessera_directory::key::{self, Scope};

use crate::dialects::native::auth;
use crate::dialects::native::error::Error;
use crate::dialects::native::input::id;
use crate::endpoint::Call;
use crate::respond;

/// Revokes a key; it is refused everywhere from then on.
pub(in crate::dialects::native) async fn revoke(call: Call) -> Result<Response, Error> {
    let organization = auth::organization(&call, Scope::KeysWrite).await?;
    key::revoke(&call.directory, &organization, &id(&call, "key_id")).await?;
    Ok(respond::empty(StatusCode::NO_CONTENT))
}
