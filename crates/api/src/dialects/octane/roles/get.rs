//! `GET /api/shared_spaces/{space}/roles/{id}`, and of a workspace [C] [S]

use axum::response::Response;

use crate::dialects::octane::entity::Entity;
use crate::dialects::octane::error::Error;
use crate::dialects::octane::{Place, answer};
use crate::endpoint::Call;

/// Tells of one role; where a workspace is named, of those that hold there.
pub(in crate::dialects::octane) async fn get(call: Call, place: Place) -> Result<Response, Error> {
    let rows = place.fixed.rows(Entity::Role, place.workspace);
    answer::one_row(&call, Entity::Role, rows, &place.fixed)
}
