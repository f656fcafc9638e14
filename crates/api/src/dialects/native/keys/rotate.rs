//! `POST /v1/organizations/{organization_id}/keys/{key_id}/rotate`

use axum::response::Response;
use chrono::TimeDelta;
use http::StatusCode;
use tessera_directory::key::{self, Rotation, Scope};

use super::{Told, take_count};
use crate::dialects::native::auth::caller_in_organization;
use crate::dialects::native::error::Error;
use crate::dialects::native::input::id;
use crate::endpoint::Call;
use crate::members::{Fault, Members, Type};
use crate::respond;

/// The longest grace: 30 days, in seconds.
const MAX_GRACE: i64 = 30 * 24 * 3600;

/// Gives a key another secret, told this once; the one before opens it for `grace_seconds` more, 0 unless asked for. What
/// it has left to be verified stays, unless `remaining` says otherwise.
pub(in crate::dialects::native) async fn rotate(call: Call) -> Result<Response, Error> {
    let (caller, organization) = caller_in_organization(&call, Scope::KeysWrite).await?;
    let rotation = read(call.body()?)?;
    let key = key::find(&call.directory, &organization, &id(&call, "key_id")).await?;
    for scope in key.scopes_to_hold() {
        caller.require(scope)?;
    }
    let (key, secret) = key::rotate(&call.directory, &organization, &key, rotation).await?;
    Ok(respond::secret(StatusCode::OK, &Told { described: key.into(), secret }))
}

/// Reads the grace, and what else of the key is to change.
pub(in crate::dialects::native) fn read(body: &[u8]) -> Result<Rotation, Error> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Rotation::default());
    }
    let mut members = Members::parse(body)?;
    let seconds = members.integer("grace_seconds");
    let seconds = members.non_null("grace_seconds", seconds, Type::Integer).unwrap_or(0);
    if !(0..=MAX_GRACE).contains(&seconds) {
        members.note("grace_seconds", Fault::Value("range", format!("0 to {MAX_GRACE}")));
    }
    let remaining = take_count(&mut members, "remaining").change();
    members.refuse_others();
    members.finish()?;
    Ok(Rotation { grace: TimeDelta::seconds(seconds.clamp(0, MAX_GRACE)), remaining })
}
