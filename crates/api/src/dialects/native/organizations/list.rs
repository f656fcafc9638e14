//! `GET /v1/organizations?limit=&cursor=`

use axum::response::Response;
use http::StatusCode;
use tessera_directory::organization;

use super::Organization;
use crate::dialects::native::auth;
use crate::dialects::native::error::Error;
use crate::dialects::native::input::{Listed, page};
use crate::endpoint::Call;
use crate::respond;

/// Lists the organizations, oldest first. For the root key.
pub(in crate::dialects::native) async fn list(call: Call) -> Result<Response, Error> {
    auth::root(&call).await?;
    let listed = organization::list(&call.directory, page(&call)?).await?;
    let data = listed.items.into_iter().map(|(organization, seats)| Organization::of(organization, seats)).collect();
    Ok(respond::json(StatusCode::OK, &Listed { data, next_cursor: listed.next }))
}
