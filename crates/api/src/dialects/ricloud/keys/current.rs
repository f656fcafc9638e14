//! `GET /key` [D]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::keyring;

use crate::dialects::ricloud::auth::Caller;
use crate::dialects::ricloud::error::Error;
use crate::endpoint::Call;
use crate::respond;

/// Tells of the request's own key.
pub(in crate::dialects::ricloud) async fn current(call: Call, caller: Caller) -> Result<Response, Error> {
    let found = keyring::find(&call.directory, &caller.organization, caller.key.seq).await?;
    let view = super::view(&caller, call.directory.now(), &found.ok_or(Error::NotFound)?);
    Ok(respond::json(StatusCode::OK, &view))
}
