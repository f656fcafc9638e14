//! `GET /api/shared_spaces/{space}/api_accesses/{id}` [R]

use axum::response::Response;

use super::find;
use crate::dialects::octane::entity::Entity;
use crate::dialects::octane::error::Error;
use crate::dialects::octane::record::Record;
use crate::dialects::octane::{Place, answer, input};
use crate::endpoint::Call;

/// Tells of one key, never of its secret.
pub(in crate::dialects::octane) async fn get(call: Call, place: Place) -> Result<Response, Error> {
    let fields = input::fields(&call, Entity::ApiAccess)?;
    let key = find(&call, &place).await?;
    Ok(answer::one(&Record::of_api_access(&key), &fields, &place.fixed))
}
