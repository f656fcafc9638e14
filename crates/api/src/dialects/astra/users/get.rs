//! `GET /accounts/{account_id}/core/v1/users/{user_id}` [D]

use axum::response::Response;
use tessera_directory::key::Scope;

use super::USER;
use crate::dialects::astra::error::Error;
use crate::dialects::astra::read;
use crate::endpoint::Call;

/// Tells of one user.
pub(in crate::dialects::astra) async fn get(call: Call) -> Result<Response, Error> {
    read::one(&call, Scope::UsersRead, &USER, "user_id", Error::NoCollection).await
}
