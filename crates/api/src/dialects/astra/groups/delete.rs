//! `DELETE /accounts/{account_id}/core/v1/groups/{group_id}` [O]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::binding::Role;
use tessera_directory::key::Scope;
use tessera_directory::ldap_group;

use crate::dialects::astra::error::Error;
use crate::dialects::astra::{auth, list, read};
use crate::endpoint::Call;
use crate::respond;

/// Forgets a group and its role binding.
pub(in crate::dialects::astra) async fn delete(call: Call) -> Result<Response, Error> {
    let caller = auth::caller(&call, Scope::UsersWrite).await?;
    caller.require(Role::Admin)?;
    caller.spare_principal(&call, &read::id(&call, "group_id")).await?;
    list::none(&call)?;
    ldap_group::delete(&call.directory, &caller.organization, &super::id(&call)?).await?;
    Ok(respond::empty(StatusCode::NO_CONTENT))
}
