//! `POST /keys/{id}` [D]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::keyring;

use super::{STORAGE, WEBHOOK};
use crate::dialects::ricloud::auth::Caller;
use crate::dialects::ricloud::error::Error;
use crate::dialects::ricloud::input;
use crate::endpoint::{Call, Received};
use crate::members::Members;
use crate::respond;
use crate::verdict::{Assumed, Verdict};

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
    let active = take_active(&mut members, Some(current));
    input::note_missing(&mut members, missing, STORAGE, WEBHOOK);
    members.finish()?;
    match keyring::update(&call.directory, organization, id, &change, active).await? {
        Some(key) => Ok(respond::json(StatusCode::OK, &super::view(&caller, now, &key))),
        None if active == Some(false) => Err(Error::parameter("state", "This is the last active key.")),
        // a config that was there is gone since
        None => Err(Error::parameter(STORAGE, "The organisation has no such config.")),
    }
}

fn take_active(members: &mut Members, current: Option<&str>) -> Option<bool> {
    let active = input::take_state(members, SETTABLE, current).map(|state| state == "active");
    if let Some(current) = current.filter(|current| active == Some(true) && matches!(*current, "blocked" | "expired")) {
        input::note(members, "state", &format!("This key is {current}."));
    }
    active
}

/// What is said of such a request.
pub(in crate::dialects::ricloud) fn judge(call: &Received, assumed: &Assumed) -> Result<Verdict, Error> {
    let mut members = input::object(call)?;
    input::check_id(call)?;
    input::take_preferences(&mut members, STORAGE, WEBHOOK);
    take_active(&mut members, assumed.current("state"));
    Ok(Verdict::good(members.finish()?))
}
