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
    let caller = super::writer(&call).await?;
    list::none(&call)?;
    let user = read::parent(&call, &caller).await?.ok_or(Error::NoCollection)?;
    token::revoke(&call.directory, &caller.organization, &user, &read::id(&call, "token_id")).await?;
    Ok(respond::empty(StatusCode::NO_CONTENT))
}
