//! `GET /api/shared_spaces/{space}/workspace_roles/{id}`, and of a workspace [C] [S]

use axum::response::Response;

use crate::dialects::octane::entity::Entity;
use crate::dialects::octane::error::Error;
use crate::dialects::octane::{Place, answer};
use crate::endpoint::Call;

/// Tells of one workspace role, as it holds in the workspace where one is named.
pub(in crate::dialects::octane) async fn get(call: Call, place: Place) -> Result<Response, Error> {
    let rows = place.fixed.rows(Entity::WorkspaceRole, place.workspace);
    answer::one_row(&call, Entity::WorkspaceRole, rows, &place.fixed)
}
