//! `GET /api/shared_spaces/{space}/roles`, and of a workspace [C] [S]

use axum::response::Response;

use crate::dialects::octane::entity::Entity;
use crate::dialects::octane::error::Error;
use crate::dialects::octane::{Place, answer};
use crate::endpoint::Call;

/// Lists the roles, those that hold in the workspace where one is named.
pub(in crate::dialects::octane) async fn list(call: Call, place: Place) -> Result<Response, Error> {
    let rows = place.fixed.rows(Entity::Role, place.workspace);
    answer::list_rows(&call, Entity::Role, rows, &place.fixed)
}
