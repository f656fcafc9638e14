//! `DELETE /users/{id}` [D]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::member;
use tessera_directory::organization::Organization;

use super::{ID_NOT_SET, UserConfig};
use crate::dialects::appoptima::error::Error;
use crate::dialects::appoptima::input;
use crate::endpoint::Call;
use crate::respond;

/// Deletes a user with the seat and the tokens that other dialects gave it, and tells who it was; an id that is nobody's
/// is no error [D]. The only admin stays.
pub(in crate::dialects::appoptima) async fn delete(call: Call, organization: Organization) -> Result<Response, Error> {
    let id = input::id(&call, ID_NOT_SET)?;
    Ok(match member::delete(&call.directory, &organization, &id).await? {
        Some(member) => respond::json(StatusCode::OK, &UserConfig::from(member)),
        None => respond::empty(StatusCode::OK),
    })
}
