//! `DELETE /configs/webhook/{id}` [D]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::webhook_config;

use crate::dialects::ricloud::auth::Caller;
use crate::dialects::ricloud::error::Error;
use crate::dialects::ricloud::input;
use crate::endpoint::Call;
use crate::respond;

/// Deletes a webhook config, and every default and override that names it. It is told as it was, and turned off: the
/// client reads every answer [C].
pub(in crate::dialects::ricloud) async fn delete(call: Call, caller: Caller) -> Result<Response, Error> {
    let deleted = webhook_config::delete(&call.directory, &caller.organization, input::id(&call)?).await?;
    let view = super::gone(caller.organization.number, deleted.ok_or(Error::NotFound)?);
    Ok(respond::json(StatusCode::OK, &view))
}
