//! `DELETE /v1/organizations/{organization_id}/users/{user_id}/tokens/{token_id}`

use axum::response::Response;
use http::StatusCode;
use tessera_directory::key::Scope;
use tessera_directory::token;

use crate::dialects::native::auth;
use crate::dialects::native::error::Error;
use crate::dialects::native::input::id;
use crate::endpoint::Call;
use crate::respond;

/// Revokes a token.
pub(in crate::dialects::native) async fn revoke(call: Call) -> Result<Response, Error> {
    let organization = auth::organization(&call, Scope::TokensWrite).await?;
    let (user, token_id) = (id(&call, "user_id"), id(&call, "token_id"));
    token::revoke(&call.directory, &organization, &user, &token_id).await?;
    Ok(respond::empty(StatusCode::NO_CONTENT))
}
