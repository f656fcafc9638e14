//! `GET /accounts/{account_id}/core/v1/credentials` [O]

use axum::response::Response;
use tessera_directory::key::Scope;

use super::CREDENTIAL;
use crate::dialects::astra::error::Error;
use crate::dialects::astra::read;
use crate::endpoint::Call;

/// Lists the credentials, without what they hold.
pub(in crate::dialects::astra) async fn list(call: Call) -> Result<Response, Error> {
    read::list(&call, Scope::KeysRead, &CREDENTIAL).await
}
