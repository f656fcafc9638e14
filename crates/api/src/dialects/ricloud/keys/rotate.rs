//! `POST /keys/{id}/rotate` [D]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::key::{self, Rotation};
use tessera_directory::keyring;

use crate::dialects::ricloud::auth::Caller;
use crate::dialects::ricloud::error::Error;
use crate::dialects::ricloud::input;
use crate::endpoint::Call;
use crate::respond;

/// Gives a key another token; the one before is worth nothing from then on.
pub(in crate::dialects::ricloud) async fn rotate(call: Call, caller: Caller) -> Result<Response, Error> {
    let organization = &caller.organization;
    input::object(&call)?;
    let found = keyring::find(&call.directory, organization, input::id(&call)?).await?;
    let mut held = found.ok_or(Error::NotFound)?;
    for scope in held.key.scopes_to_hold() {
        caller.require(Some(scope))?;
    }
    let (key, token) = key::rotate(&call.directory, organization, &held.key, Rotation::default()).await?;
    held.key = key;
    let view = super::with_token(&caller, call.directory.now(), &held, token);
    Ok(respond::json(StatusCode::OK, &view))
}
