//! `GET /api/shared_spaces/{space}/workspaces` [D]

use axum::response::Response;

use crate::dialects::octane::entity::Entity;
use crate::dialects::octane::error::Error;
use crate::dialects::octane::{Place, answer};
use crate::endpoint::Call;

/// Lists the workspaces.
pub(in crate::dialects::octane) async fn list(call: Call, place: Place) -> Result<Response, Error> {
    let rows = place.fixed.rows(Entity::Workspace, None);
    answer::list_rows(&call, Entity::Workspace, rows, &place.fixed)
}
