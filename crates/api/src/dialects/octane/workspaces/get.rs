//! `GET /api/shared_spaces/{space}/workspaces/{workspace}` [D]

use axum::response::Response;

use crate::dialects::octane::entity::Entity;
use crate::dialects::octane::error::Error;
use crate::dialects::octane::{Place, answer, input};
use crate::endpoint::Call;

/// Tells of one workspace, by its id or its logical name.
pub(in crate::dialects::octane) async fn get(call: Call, place: Place) -> Result<Response, Error> {
    let fields = input::fields(&call, Entity::Workspace)?;
    let row = place.workspace.and_then(|id| place.fixed.find(Entity::Workspace, id));
    let row = row.ok_or_else(|| Error::NoWorkspace(call.parameter("workspace").to_owned()))?;
    Ok(answer::one(&row, &fields, &place.fixed))
}
