//! `GET /v1/organizations/{organization_id}/keys?limit=&cursor=`

use axum::response::Response;
use http::StatusCode;
use tessera_directory::key::{self, Scope};

use super::Key;
use crate::dialects::native::auth;
use crate::dialects::native::error::Error;
use crate::dialects::native::input::{Listed, page};
use crate::endpoint::Call;
use crate::respond;

/// Lists the keys, the revoked too, oldest first, never with a secret.
pub(in crate::dialects::native) async fn list(call: Call) -> Result<Response, Error> {
    let organization = auth::organization(&call, Scope::KeysRead).await?;
    let listed = key::list(&call.directory, &organization, page(&call)?).await?;
    let data: Vec<Key> = listed.items.into_iter().map(Key::from).collect();
    Ok(respond::json(StatusCode::OK, &Listed { data, next_cursor: listed.next }))
}
