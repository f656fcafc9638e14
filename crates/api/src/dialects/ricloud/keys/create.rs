//! `POST /keys` [D]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::keyring;
use tessera_directory::preference::{self, Change};

use super::{STORAGE, WEBHOOK};
use crate::dialects::ricloud::auth::Caller;
use crate::dialects::ricloud::error::Error;
use crate::dialects::ricloud::input;
use crate::endpoint::{Call, Received};
use crate::members::Members;
use crate::respond;

/// Makes a key that may do what the caller's may.
pub(in crate::dialects::ricloud) async fn create(call: Call, caller: Caller) -> Result<Response, Error> {
    let (mut members, change) = read(&call)?;
    let missing = preference::missing(&call.directory, &caller.organization, &change).await?;
    input::note_missing(&mut members, missing, STORAGE, WEBHOOK);
    members.finish()?;
    let made = keyring::create(&call.directory, &caller.organization, &caller.key.scopes, &change).await?;
    // a config that was there is gone since
    let (key, token) = made.ok_or_else(|| Error::parameter(STORAGE, "The organisation has no such config."))?;
    let view = super::with_token(&caller, call.directory.now(), &key, token);
    Ok(respond::json(StatusCode::CREATED, &view))
}

/// Reads what the key is to have of its own; what is wrong with it is noted.
pub(in crate::dialects::ricloud) fn read(call: &Received) -> Result<(Members, Change), Error> {
    let mut members = input::object(call)?;
    let change = input::take_preferences(&mut members, STORAGE, WEBHOOK);
    Ok((members, change))
}
