//! `DELETE /organizations/{org_id}/users/{user_id}/token` [S]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::key::Scope;
use tessera_directory::token;

use crate::dialects::anaconda::auth::{Half, authorize};
use crate::dialects::anaconda::error::Error;
use crate::dialects::anaconda::input;
use crate::endpoint::Call;
use crate::respond;

/// Revokes the token that is not revoked.
pub(in crate::dialects::anaconda) async fn delete(call: Call) -> Result<Response, Error> {
    let organization = authorize(&call, Half::People, Scope::TokensWrite).await?;
    token::revoke_live(&call.directory, &organization, &input::uuid(&call, "user_id")?).await?;
    Ok(respond::empty(StatusCode::NO_CONTENT))
}
