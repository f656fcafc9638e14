//! `GET /accounts/{account_id}/core/v1/credentials/{credential_id}` [O]

use axum::response::Response;
use tessera_directory::key::Scope;

use super::CREDENTIAL;
use crate::dialects::astra::error::Error;
use crate::dialects::astra::read;
use crate::endpoint::Call;

/// Tells of one credential, not of what it holds.
pub(in crate::dialects::astra) async fn get(call: Call) -> Result<Response, Error> {
    read::one(&call, Scope::KeysRead, &CREDENTIAL, "credential_id", Error::NoCollection).await
}
