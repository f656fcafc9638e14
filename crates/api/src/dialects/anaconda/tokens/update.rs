//! `PATCH /organizations/{org_id}/users/{user_id}/token` [S, O:`update_user_token`]

use axum::response::Response;
use http::StatusCode;
use serde_json::Value;
use tessera_directory::Timestamp;
use tessera_directory::key::Scope;
use tessera_directory::token;

use super::{EXPIRES_AT, take_expiry, take_tolerance};
use crate::dialects::anaconda::auth::{Half, authorize};
use crate::dialects::anaconda::error::Error;
use crate::dialects::anaconda::input;
use crate::endpoint::Call;
use crate::members::{Fault, Given, Members, Type};
use crate::respond;

const IS_RENEWAL: &str = "is_renewal";

/// Syncs the token with the subscription [S: no body], or gives it another end [O]. Its text stays the same.
pub(in crate::dialects::anaconda) async fn update(call: Call) -> Result<Response, Error> {
    let organization = authorize(&call, Half::People, Scope::TokensWrite).await?;
    let (user, end) = input::both(input::uuid(&call, "user_id"), read(call.body()?))?;
    let end = end.unwrap_or_else(|| token::subscription_end(&organization, call.directory.now()));
    token::extend_live(&call.directory, &organization, &user, end).await?;
    Ok(respond::empty(StatusCode::OK))
}

/// The end that is asked for; nothing where it is the subscription's.
pub(in crate::dialects::anaconda) fn read(body: &[u8]) -> Result<Option<Timestamp>, Error> {
    if matches!(body.trim_ascii(), b"" | b"null") {
        return Ok(None);
    }
    let mut members = Members::parse(body)?;
    let is_renewal = members.take(IS_RENEWAL);
    let end = if is_renewal == Given::Value(Value::Bool(true)) {
        // an end beside it is ignored, whatever it is
        members.take(EXPIRES_AT);
        take_tolerance(&mut members);
        None
    } else {
        take_expiry(&mut members).value()
    };
    if !matches!(is_renewal, Given::Absent | Given::Value(Value::Bool(_))) {
        members.note(IS_RENEWAL, Fault::Type(Type::Boolean));
    }
    members.finish()?;
    Ok(end)
}
