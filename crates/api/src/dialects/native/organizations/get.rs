//! `GET /v1/organizations/{organization_id}`

use axum::response::Response;
use http::StatusCode;
use tessera_directory::key::Scope;
use tessera_directory::organization;

use super::Organization;
use crate::dialects::native::auth::{self, Caller};
use crate::dialects::native::error::Error;
use crate::dialects::native::input::id;
use crate::endpoint::{Call, Refusal};
use crate::respond;

/// Tells of one organization. For the root key, or a key of its own.
pub(in crate::dialects::native) async fn get(call: Call) -> Result<Response, Error> {
    let id = id(&call, "organization_id");
    let caller = auth::authenticate(&call).await?;
    own_or_root(&caller, &id)?;
    caller.require(Scope::OrganizationRead)?;
    let (organization, seats) = organization::find(&call.directory, &id).await?;
    Ok(respond::json(StatusCode::OK, &Organization::of(organization, seats)))
}

/// Refuses a caller of another organization.
pub(super) fn own_or_root(caller: &Caller, id: &str) -> Result<(), Error> {
    match caller.organization() {
        Some(own) if own.id != id => Err(Refusal::Forbidden.into()),
        Some(_) | None => Ok(()),
    }
}
