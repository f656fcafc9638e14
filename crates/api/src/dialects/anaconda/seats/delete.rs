//! `DELETE /organizations/{org_id}/users/{user_id}/seats` [S, O:`revoke_seat`]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::key::Scope;
use tessera_directory::seat;

use crate::dialects::anaconda::auth::{Half, authorize};
use crate::dialects::anaconda::error::Error;
use crate::dialects::anaconda::input;
use crate::endpoint::Call;
use crate::respond;

/// Takes a user's seat away; it is free at once.
pub(in crate::dialects::anaconda) async fn delete(call: Call) -> Result<Response, Error> {
    let organization = authorize(&call, Half::People, Scope::SeatsWrite).await?;
    seat::remove(&call.directory, &organization, &input::uuid(&call, "user_id")?).await?;
    Ok(respond::empty(StatusCode::NO_CONTENT))
}
