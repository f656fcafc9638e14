//! `GET /accounts/{account_id}/core/v1/roleBindings/{binding_id}` and the same under `users/{parent_id}` [O]

use axum::response::Response;
use tessera_directory::key::Scope;

use super::ROLE_BINDING;
use crate::dialects::astra::error::Error;
use crate::dialects::astra::read;
use crate::endpoint::Call;

/// Tells of one role binding.
pub(in crate::dialects::astra) async fn get(call: Call) -> Result<Response, Error> {
    read::one(&call, Scope::UsersRead, &ROLE_BINDING, "binding_id", Error::NoCollection).await
}
