//! `GET /accounts/{account_id}/core/v1/users/{parent_id}/tokens/{token_id}` [O]

use axum::response::Response;
use tessera_directory::key::Scope;

use super::TOKEN;
use crate::dialects::astra::error::Error;
use crate::dialects::astra::read;
use crate::endpoint::Call;

/// Tells of one token, not of its text.
pub(in crate::dialects::astra) async fn get(call: Call) -> Result<Response, Error> {
    read::one(&call, Scope::TokensRead, &TOKEN, "token_id", Error::NoCollection).await
}
