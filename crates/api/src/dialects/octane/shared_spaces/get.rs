//! `GET /api/shared_spaces/{space}` [C]

use axum::response::Response;

use super::record;
use crate::dialects::octane::entity::Entity;
use crate::dialects::octane::error::Error;
use crate::dialects::octane::{Place, answer, input};
use crate::endpoint::Call;

/// Tells of the caller's space.
pub(in crate::dialects::octane) async fn get(call: Call, place: Place) -> Result<Response, Error> {
    let fields = input::fields(&call, Entity::SharedSpace)?;
    Ok(answer::one(&record(&place.organization), &fields, &place.fixed))
}
