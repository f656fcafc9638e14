//! `GET /users/{id}` [D]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::member;
use tessera_directory::organization::Organization;

use super::{ID_NOT_SET, UserConfig};
use crate::dialects::appoptima::error::Error;
use crate::dialects::appoptima::input;
use crate::endpoint::Call;
use crate::respond;

/// Tells of one user.
pub(in crate::dialects::appoptima) async fn get(call: Call, organization: Organization) -> Result<Response, Error> {
    let id = input::id(&call, ID_NOT_SET)?;
    let member = member::find(&call.directory, &organization, &id).await?;
    Ok(respond::json(StatusCode::OK, &UserConfig::from(member)))
}
