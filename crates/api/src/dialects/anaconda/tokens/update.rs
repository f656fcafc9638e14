//! `PATCH /organizations/{org_id}/users/{user_id}/token` [S, O:`update_user_token`]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::Timestamp;
use tessera_directory::key::Scope;
use tessera_directory::token;

use super::take_expiry;
use crate::dialects::anaconda::auth::{Half, authorize};
use crate::dialects::anaconda::error::Error;
use crate::dialects::anaconda::input;
use crate::endpoint::Call;
use crate::members::{Members, Type};
use crate::respond;

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
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    let mut members = Members::parse(body)?;
    let end = take_expiry(&mut members).value();
    let is_renewal = members.boolean("is_renewal");
    let is_renewal = members.non_null("is_renewal", is_renewal, Type::Boolean).unwrap_or(false);
    members.finish()?;
    Ok(end.filter(|_| !is_renewal))
}
