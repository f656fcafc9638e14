//! `GET /api/shared_spaces` [C]

use axum::response::Response;

use super::record;
use crate::dialects::octane::entity::Entity;
use crate::dialects::octane::error::Error;
use crate::dialects::octane::{Place, answer};
use crate::endpoint::Call;

/// Lists the caller's space.
pub(in crate::dialects::octane) async fn list(call: Call, place: Place) -> Result<Response, Error> {
    answer::list_rows(&call, Entity::SharedSpace, vec![record(&place.organization)], &place.fixed)
}
