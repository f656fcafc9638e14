//! `DELETE /v1/organizations/{organization_id}/users/{user_id}/tokens/{token_id}`

use axum::response::Response;
use http::StatusCode;
use tessera_directory::key::Scope;
use tessera_directory::token;

use crate::dialects::native::auth;
use crate::dialects::native::error::Error;
use crate::endpoint::Call;
use crate::respond;

/// Revokes a token.
pub(in crate::dialects::native) async fn revoke(call: Call) -> Result<Response, Error> {
    let organization = auth::organization(&call, Scope::TokensWrite).await?;
    let (user, id) = (call.parameter("user_id"), call.parameter("token_id"));
    token::revoke(&call.directory, &organization, user, id).await?;
    Ok(respond::empty(StatusCode::NO_CONTENT))
}
