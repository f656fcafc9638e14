//! `GET /v1/organizations/{organization_id}/users/{user_id}`

use axum::response::Response;
use http::StatusCode;
use tessera_directory::key::Scope;
use tessera_directory::user;

use super::User;
use crate::dialects::native::auth;
use crate::dialects::native::error::Error;
use crate::dialects::native::input::id;
use crate::endpoint::Call;
use crate::respond;

/// Tells of one user.
pub(in crate::dialects::native) async fn get(call: Call) -> Result<Response, Error> {
    let organization = auth::organization(&call, Scope::UsersRead).await?;
    let user = user::find(&call.directory, &organization, &id(&call, "user_id")).await?;
    Ok(respond::json(StatusCode::OK, &User::from(user)))
}
