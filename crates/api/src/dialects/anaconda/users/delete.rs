//! `DELETE /organizations/{org_id}/users/{user_id}` [S, O:`remove_user`]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::key::Scope;
use tessera_directory::user::{self, Removal};

use crate::dialects::anaconda::auth::{Half, authorize};
use crate::dialects::anaconda::error::Error;
use crate::dialects::anaconda::input;
use crate::endpoint::Call;
use crate::respond;

/// Removes a user: the last of three steps, after the token and the seat.
pub(in crate::dialects::anaconda) async fn delete(call: Call) -> Result<Response, Error> {
    let organization = authorize(&call, Half::People, Scope::UsersWrite).await?;
    let user = input::uuid(&call, "user_id")?;
    user::delete(&call.directory, &organization, &user, Removal::AfterTokenAndSeat).await?;
    Ok(respond::empty(StatusCode::NO_CONTENT))
}
