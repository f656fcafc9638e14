//! `GET /api/shared_spaces/{space}/api_accesses` [R]

use axum::response::Response;
use tessera_directory::api_access;
use tessera_directory::filter::Selected;

use super::source;
use crate::dialects::octane::entity::Entity;
use crate::dialects::octane::error::Error;
use crate::dialects::octane::record::Record;
use crate::dialects::octane::{Place, answer, input};
use crate::endpoint::Call;

/// Lists the keys, the revoked too, wherever they were made.
pub(in crate::dialects::octane) async fn list(call: Call, place: Place) -> Result<Response, Error> {
    let input::Listing { fields, selection } = input::listing(&call, Entity::ApiAccess, &place.fixed)?;
    let selection = answer::stored(selection, &source);
    let selected = api_access::list(&call.directory, &place.organization, &selection).await?;
    let Selected { items, total } = selected.ok_or_else(answer::too_many)?;
    let items = items.iter().map(Record::of_api_access).collect();
    Ok(answer::list(&Selected { items, total }, &fields, &place.fixed))
}
