//! `DELETE /v1/organizations/{organization_id}/users/{user_id}/seat`

use axum::response::Response;
use http::StatusCode;
use tessera_directory::key::Scope;
use tessera_directory::seat;

use crate::dialects::native::auth;
use crate::dialects::native::error::Error;
use crate::dialects::native::input::id;
use crate::endpoint::Call;
use crate::respond;

/// Takes a user's seat away.
pub(in crate::dialects::native) async fn remove(call: Call) -> Result<Response, Error> {
    let organization = auth::organization(&call, Scope::SeatsWrite).await?;
    seat::remove(&call.directory, &organization, &id(&call, "user_id")).await?;
    Ok(respond::empty(StatusCode::NO_CONTENT))
}
