//! `POST /configs/storage/{id}/test` [D, C]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::storage_config;

use crate::dialects::ricloud::auth::Caller;
use crate::dialects::ricloud::error::Error;
use crate::dialects::ricloud::{input, tasks};
use crate::endpoint::Call;
use crate::respond;

/// Tests a storage config, which turns it on. Only the form is looked at, so that the task is over already.
pub(in crate::dialects::ricloud) async fn test(call: Call, caller: Caller) -> Result<Response, Error> {
    input::object(&call)?;
    let id = input::id(&call)?;
    let task = storage_config::test_again(&call.directory, &caller.organization, caller.key.seq, id).await?;
    let view = tasks::view(caller.organization.number, &task.ok_or(Error::NotFound)?);
    Ok(respond::json(StatusCode::CREATED, &view))
}
