//! `POST /groups` [D]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::group::{self, Settings};
use tessera_directory::organization::Organization;

use super::GroupConfig;
use crate::dialects::appoptima::error::Error;
use crate::endpoint::{Call, Received};
use crate::respond;

const NO_GROUP: &str = "No group information received for the request to create a group";

/// Makes a group, whose id follows from its name.
pub(in crate::dialects::appoptima) async fn create(call: Call, organization: Organization) -> Result<Response, Error> {
    let settings = read(&call)?;
    let group = group::create(&call.directory, &organization, settings).await?;
    Ok(respond::json(StatusCode::OK, &GroupConfig::from(group)))
}

/// Reads the group.
pub(in crate::dialects::appoptima) fn read(call: &Received) -> Result<Settings, Error> {
    super::read_new(super::read_body(call, NO_GROUP)?, None)
}
