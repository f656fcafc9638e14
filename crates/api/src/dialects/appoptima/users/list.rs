//! `GET /users` [D]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::member;
use tessera_directory::organization::Organization;

use super::UserConfig;
use crate::dialects::appoptima::error::Error;
use crate::endpoint::Call;
use crate::respond;

/// Lists every user, whichever dialect made it; there are no pages.
pub(in crate::dialects::appoptima) async fn list(call: Call, organization: Organization) -> Result<Response, Error> {
    let members = member::list(&call.directory, &organization).await?;
    let users: Vec<UserConfig> = members.into_iter().map(UserConfig::from).collect();
    Ok(respond::json(StatusCode::OK, &users))
}
