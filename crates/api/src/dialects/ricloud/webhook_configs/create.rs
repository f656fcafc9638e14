//! `POST /configs/webhook` [D]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::webhook_config;

use crate::dialects::ricloud::auth::Caller;
use crate::dialects::ricloud::error::Error;
use crate::dialects::ricloud::{events, input};
use crate::endpoint::{Call, Received};
use crate::members::Type;
use crate::respond;

/// Makes a webhook config with a secret of its own, and has it tested.
pub(in crate::dialects::ricloud) async fn create(call: Call, caller: Caller) -> Result<Response, Error> {
    let url = read(&call, call.directory.is_development())?;
    let made = webhook_config::create(&call.directory, &caller.organization, caller.key.seq, &url).await?;
    let (seq, view) = (made.seq, super::view(caller.organization.number, made));
    Ok(events::enqueued(respond::json(StatusCode::CREATED, &view), seq))
}

/// Reads the URL.
pub(in crate::dialects::ricloud) fn read(call: &Received, is_development: bool) -> Result<String, Error> {
    let mut members = input::object(call)?;
    let url = super::take_url(&mut members, is_development);
    let url = members.require("url", url, Type::Text).unwrap_or_default();
    members.finish()?;
    Ok(url)
}
