//! `GET /v1/organizations/{organization_id}/users/{user_id}/tokens?limit=&cursor=`

use axum::response::Response;
use http::StatusCode;
use tessera_directory::key::Scope;
use tessera_directory::token;

use super::Token;
use crate::dialects::native::auth;
use crate::dialects::native::error::Error;
use crate::dialects::native::input::{Listed, id, page};
use crate::endpoint::Call;
use crate::respond;

/// Lists a user's tokens, the revoked too, oldest first.
pub(in crate::dialects::native) async fn list(call: Call) -> Result<Response, Error> {
    let organization = auth::organization(&call, Scope::TokensRead).await?;
    let listed = token::list(&call.directory, &organization, &id(&call, "user_id"), page(&call)?).await?;
    let data: Vec<Token> = listed.items.into_iter().map(Token::from).collect();
    Ok(respond::json(StatusCode::OK, &Listed { data, next_cursor: listed.next }))
}
