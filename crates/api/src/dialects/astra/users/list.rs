//! `GET /accounts/{account_id}/core/v1/users` [D]

use axum::response::Response;
use tessera_directory::key::Scope;

use super::USER;
use crate::dialects::astra::error::Error;
use crate::dialects::astra::read;
use crate::endpoint::Call;

/// Lists the users.
pub(in crate::dialects::astra) async fn list(call: Call) -> Result<Response, Error> {
    read::list(&call, Scope::UsersRead, &USER).await
}
