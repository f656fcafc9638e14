//! `DELETE /organizations/{org_id}/users/{user_id}/tokens/{token_id}` [O:`revoke_user_token`]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::key::Scope;
use tessera_directory::token;

use crate::dialects::anaconda::auth::{Half, authorize};
use crate::dialects::anaconda::error::Error;
use crate::dialects::anaconda::input;
use crate::endpoint::Call;
use crate::respond;

/// Revokes the token that is named.
pub(in crate::dialects::anaconda) async fn revoke(call: Call) -> Result<Response, Error> {
    let organization = authorize(&call, Half::People, Scope::TokensWrite).await?;
    let (user, id) = input::both(input::uuid(&call, "user_id"), input::uuid(&call, "token_id"))?;
    token::revoke(&call.directory, &organization, &user, &id).await?;
    Ok(respond::empty(StatusCode::NO_CONTENT))
}
