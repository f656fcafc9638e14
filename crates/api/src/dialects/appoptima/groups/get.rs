//! `GET /groups/{id}` [D]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::group;
use tessera_directory::organization::Organization;

use super::{GroupConfig, ID_NOT_SET};
use crate::dialects::appoptima::error::Error;
use crate::dialects::appoptima::input;
use crate::endpoint::Call;
use crate::respond;

/// Tells of one group.
pub(in crate::dialects::appoptima) async fn get(call: Call, organization: Organization) -> Result<Response, Error> {
    let id = input::id(&call, ID_NOT_SET)?;
    let group = group::find_by_slug(&call.directory, &organization, &id).await?;
    Ok(respond::json(StatusCode::OK, &GroupConfig::from(group)))
}
