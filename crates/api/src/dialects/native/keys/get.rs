//! `GET /v1/organizations/{organization_id}/keys/{key_id}`

use axum::response::Response;
use http::StatusCode;
use tessera_directory::key::{self, Scope};

use super::Key;
use crate::dialects::native::auth;
use crate::dialects::native::error::Error;
use crate::dialects::native::input::id;
use crate::endpoint::Call;
use crate::respond;

/// Tells of one key.
pub(in crate::dialects::native) async fn get(call: Call) -> Result<Response, Error> {
    let organization = auth::organization(&call, Scope::KeysRead).await?;
    let key = key::find(&call.directory, &organization, &id(&call, "key_id")).await?;
    Ok(respond::json(StatusCode::OK, &Key::from(key)))
}
