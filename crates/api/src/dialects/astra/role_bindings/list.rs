//! `GET /accounts/{account_id}/core/v1/roleBindings` and the same under `users/{parent_id}` [O]

use axum::response::Response;
use tessera_directory::key::Scope;

use super::ROLE_BINDING;
use crate::dialects::astra::error::Error;
use crate::dialects::astra::read;
use crate::endpoint::Call;

/// Lists the role bindings; under a user the user's.
pub(in crate::dialects::astra) async fn list(call: Call) -> Result<Response, Error> {
    read::list(&call, Scope::UsersRead, &ROLE_BINDING).await
}
