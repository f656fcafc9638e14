//! `GET /groups` [D]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::group;
use tessera_directory::organization::Organization;

use super::GroupConfig;
use crate::dialects::appoptima::error::Error;
use crate::endpoint::Call;
use crate::respond;

/// Lists every group, those of a directory server too; there are no pages.
pub(in crate::dialects::appoptima) async fn list(call: Call, organization: Organization) -> Result<Response, Error> {
    let groups = group::list(&call.directory, &organization, None).await?;
    let groups: Vec<GroupConfig> = groups.into_iter().map(GroupConfig::from).collect();
    Ok(respond::json(StatusCode::OK, &groups))
}
