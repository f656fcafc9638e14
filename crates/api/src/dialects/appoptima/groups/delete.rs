//! `DELETE /groups/{id}` [D]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::group;
use tessera_directory::organization::Organization;

use super::{GroupConfig, ID_NOT_SET};
use crate::dialects::appoptima::error::Error;
use crate::dialects::appoptima::{MANAGEMENT_ZONES, input};
use crate::endpoint::{Call, Refusal};
use crate::respond;

/// Deletes a group, which takes its users out of it, and tells which it was; an id that is no group's is no error [D].
pub(in crate::dialects::appoptima) async fn delete(call: Call, organization: Organization) -> Result<Response, Error> {
    if call.parts.uri.path() == MANAGEMENT_ZONES {
        return Err(Refusal::NoRoute.into());
    }
    let id = input::id(&call, ID_NOT_SET)?;
    Ok(match group::delete(&call.directory, &organization, &id).await? {
        Some(group) => respond::json(StatusCode::OK, &GroupConfig::from(group)),
        None => respond::empty(StatusCode::OK),
    })
}
