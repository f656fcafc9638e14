//! `PATCH /v1/organizations/{organization_id}`

use axum::response::Response;
use http::StatusCode;
use tessera_directory::key::Scope;
use tessera_directory::organization::{self, Change};

use super::get::own_or_root;
use super::{Organization, take_settings};
use crate::dialects::native::auth::{self, Caller};
use crate::dialects::native::error::Error;
use crate::dialects::native::input::id;
use crate::endpoint::{Call, Refusal};
use crate::members::Members;
use crate::respond;

/// Changes an organization. The root key may change every setting; a key of its own just the name, for seats and
/// subscription are bought.
pub(in crate::dialects::native) async fn update(call: Call) -> Result<Response, Error> {
    let id = id(&call, "organization_id");
    let caller = auth::authenticate(&call).await?;
    own_or_root(&caller, &id)?;
    caller.require(Scope::OrganizationWrite)?;
    let change = read(call.body()?)?;
    let only_name = Change { name: change.name.clone(), ..Change::default() };
    if !matches!(caller, Caller::Root) && change != only_name {
        return Err(Refusal::Forbidden.into());
    }
    let (organization, seats) = organization::update(&call.directory, &id, change).await?;
    Ok(respond::json(StatusCode::OK, &Organization::of(organization, seats)))
}

/// Reads what is to change.
pub(in crate::dialects::native) fn read(body: &[u8]) -> Result<Change, Error> {
    let mut members = Members::parse(body)?;
    let change = take_settings(&mut members);
    members.refuse_others();
    members.finish()?;
    Ok(change)
}
