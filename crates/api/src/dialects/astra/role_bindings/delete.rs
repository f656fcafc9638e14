//! `DELETE /accounts/{account_id}/core/v1/roleBindings/{binding_id}` and the same under `users/{parent_id}` [O]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::binding::{self, Role};
use tessera_directory::key::Scope;

use crate::dialects::astra::error::Error;
use crate::dialects::astra::{auth, list, read};
use crate::endpoint::Call;
use crate::respond;

/// Deletes a binding, and with a user's, unless the user is LDAP's, the user.
pub(in crate::dialects::astra) async fn delete(call: Call) -> Result<Response, Error> {
    let caller = auth::caller(&call, Scope::OrganizationWrite).await?;
    caller.require(Role::Admin)?;
    let id = read::id(&call, "binding_id");
    let facts = binding::facts(&call.directory, &caller.organization, &id).await?;
    caller.spare(facts.as_ref().map(|facts| facts.role))?;
    list::none(&call)?;
    let user = read::parent(&call, &caller).await?;
    facts.filter(|facts| user.is_none() || facts.user == user).ok_or(Error::NoResource)?;
    binding::delete(&call.directory, &caller.organization, &id).await?;
    Ok(respond::empty(StatusCode::NO_CONTENT))
}
