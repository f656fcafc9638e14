//! `POST /keys/{id}` [D]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::keyring;

use super::{STORAGE, WEBHOOK};
use crate::dialects::ricloud::auth::Caller;
use crate::dialects::ricloud::error::Error;
use crate::dialects::ricloud::input;
use crate::endpoint::Call;
use crate::respond;

const SETTABLE: &[&str] = &["active", "deactivated"];

/// Changes what a key has instead of the organisation's, and turns it on or off. The last one that is on stays on.
pub(in crate::dialects::ricloud) async fn update(call: Call, caller: Caller) -> Result<Response, Error> {
    let organization = &caller.organization;
    let mut members = input::object(&call)?;
    let id = input::id(&call)?;
    let change = input::take_preferences(&mut members, STORAGE, WEBHOOK);
    let found = keyring::survey(&call.directory, organization, id, &change).await?;
    let (key, missing) = found.ok_or(Error::NotFound)?;
    let now = call.directory.now();
    let current = super::state(&key, now);
    let active = input::take_state(&mut members, SETTABLE, current).map(|state| state == "active");
    if active == Some(true) && matches!(current, "blocked" | "expired") {
        input::note(&mut members, "state", &format!("This key is {current}."));
    }
    input::note_missing(&mut members, missing, STORAGE, WEBHOOK);
    members.finish()?;
    match keyring::update(&call.directory, organization, id, &change, active).await? {
        Some(key) => Ok(respond::json(StatusCode::OK, &super::view(&caller, now, &key))),
        None if active == Some(false) => Err(Error::parameter("state", "This is the last active key.")),
        // a config that was there is gone since
        None => Err(Error::parameter(STORAGE, "The organisation has no such config.")),
    }
}
