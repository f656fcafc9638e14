//! `DELETE /v1/organizations/{organization_id}/users/{user_id}`

use axum::response::Response;
use http::StatusCode;
use tessera_directory::key::Scope;
use tessera_directory::user::{self, Removal};

use crate::dialects::native::auth;
use crate::dialects::native::error::Error;
use crate::dialects::native::input::id;
use crate::endpoint::Call;
use crate::respond;

/// Deletes a user with the seat and the tokens it has; the only admin stays.
pub(in crate::dialects::native) async fn delete(call: Call) -> Result<Response, Error> {
    let organization = auth::organization(&call, Scope::UsersWrite).await?;
    user::delete(&call.directory, &organization, &id(&call, "user_id"), Removal::WithAll).await?;
    Ok(respond::empty(StatusCode::NO_CONTENT))
}
