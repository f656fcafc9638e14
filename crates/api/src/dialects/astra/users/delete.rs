//! `DELETE /accounts/{account_id}/core/v1/users/{user_id}` [O]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::binding::Role;
use tessera_directory::key::Scope;
use tessera_directory::user::{self, Removal};

use crate::dialects::astra::error::Error;
use crate::dialects::astra::{auth, list, read};
use crate::endpoint::Call;
use crate::respond;

/// Deletes a user with role binding, tokens and password.
pub(in crate::dialects::astra) async fn delete(call: Call) -> Result<Response, Error> {
    let caller = auth::caller(&call, Scope::UsersWrite).await?;
    caller.require(Role::Admin)?;
    let id = read::id(&call, "user_id");
    caller.spare_principal(&call, &id).await?;
    list::none(&call)?;
    user::delete(&call.directory, &caller.organization, &id, Removal::AnyoneWithAll).await?;
    Ok(respond::empty(StatusCode::NO_CONTENT))
}
