//! `DELETE /accounts/{account_id}/core/v1/roleBindings/{binding_id}` and the same under `users/{parent_id}` [O]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::binding::{self, Role};
use tessera_directory::key::Scope;

use super::{ROLE_BINDING, role_of};
use crate::dialects::astra::error::Error;
use crate::dialects::astra::{auth, list, read};
use crate::endpoint::Call;
use crate::respond;

/// Deletes a binding, and with a user's, unless the user is LDAP's, the user.
pub(in crate::dialects::astra) async fn delete(call: Call) -> Result<Response, Error> {
    let caller = auth::caller(&call, Scope::OrganizationWrite).await?;
    caller.require(Role::Admin)?;
    let id = read::id(&call, "binding_id");
    let sight = read::look(&call, &caller, &ROLE_BINDING, &id, None).await?;
    caller.spare(role_of(sight.document.as_deref()))?;
    list::none(&call)?;
    read::document_of(sight, Error::NoResource)?;
    binding::delete(&call.directory, &caller.organization, &id).await?;
    Ok(respond::empty(StatusCode::NO_CONTENT))
}
