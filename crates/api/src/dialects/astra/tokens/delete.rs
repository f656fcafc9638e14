//! `DELETE /accounts/{account_id}/core/v1/users/{parent_id}/tokens/{token_id}` [O]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::token;

use crate::dialects::astra::error::Error;
use crate::dialects::astra::{list, read};
use crate::endpoint::Call;
use crate::respond;

/// Revokes a token, which is dead at once and no longer shown here.
pub(in crate::dialects::astra) async fn delete(call: Call) -> Result<Response, Error> {
    let (caller, sight) = super::writer(&call).await?;
    list::none(&call)?;
    read::document_of(sight, Error::NoResource)?;
    let (user, id) = (read::id(&call, "parent_id"), read::id(&call, "token_id"));
    token::revoke(&call.directory, &caller.organization, &user, &id).await?;
    Ok(respond::empty(StatusCode::NO_CONTENT))
}
