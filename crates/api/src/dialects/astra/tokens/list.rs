//! `GET /accounts/{account_id}/core/v1/users/{parent_id}/tokens` [O]

use axum::response::Response;
use tessera_directory::key::Scope;

use super::TOKEN;
use crate::dialects::astra::error::Error;
use crate::dialects::astra::read;
use crate::endpoint::Call;

/// Lists a user's tokens, without their texts.
pub(in crate::dialects::astra) async fn list(call: Call) -> Result<Response, Error> {
    read::list(&call, Scope::TokensRead, &TOKEN).await
}
