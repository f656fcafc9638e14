//! `POST /configs/storage` [D]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::storage_config::{self, NewStorageConfig};

use crate::dialects::ricloud::auth::Caller;
use crate::dialects::ricloud::error::Error;
use crate::dialects::ricloud::input;
use crate::endpoint::{Call, Received};
use crate::members::Type;
use crate::respond;

/// Makes a storage config. It is tested at once, and told as it was before that: new.
pub(in crate::dialects::ricloud) async fn create(call: Call, caller: Caller) -> Result<Response, Error> {
    let new = read(&call)?;
    let made = storage_config::create(&call.directory, &caller.organization, caller.key.seq, new).await?;
    Ok(respond::json(StatusCode::CREATED, &super::view(caller.organization.number, made)))
}

/// Reads the config.
pub(in crate::dialects::ricloud) fn read(call: &Received) -> Result<NewStorageConfig, Error> {
    let mut members = input::object(call)?;
    let url = super::take_url(&mut members);
    let url = members.require("url", url, Type::Text).unwrap_or_default();
    let credentials = super::take_credentials(&mut members);
    let credentials = members.require(super::CREDENTIALS, credentials, Type::Object).unwrap_or_default();
    let (signed_urls, signed_urls_expiry) = super::take_signing(&mut members);
    members.finish()?;
    Ok(NewStorageConfig {
        url,
        fits: super::fits(&credentials),
        signed_urls: signed_urls.unwrap_or_default(),
        signed_urls_expiry: signed_urls_expiry.flatten(),
    })
}
