//! `POST /v1/organizations/{organization_id}/users/{user_id}/tokens`

use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use tessera_directory::key::Scope;
use tessera_directory::token::{self, NewToken};
use tessera_directory::user::{self, Role};

use super::Token;
use crate::dialects::native::auth;
use crate::dialects::native::error::Error;
use crate::dialects::native::input::{id, take_name};
use crate::endpoint::Call;
use crate::members::{Members, Type};
use crate::respond;

#[derive(Serialize)]
struct Issued {
    #[serde(flatten)]
    described: Token,
    token: String,
}

/// Issues a token beside those that the user has, and tells its text this once. For one who is more than a member it takes
/// the scope `*`.
pub(in crate::dialects::native) async fn issue(call: Call) -> Result<Response, Error> {
    let (caller, organization) = auth::caller_in_organization(&call, Scope::TokensWrite).await?;
    let (user, new) = (id(&call, "user_id"), read(call.body()?)?);
    // a token acts for its user, and so a key is not to make itself an admin's
    if !caller.may(Scope::All) && user::find(&call.directory, &organization, &user).await?.role != Role::Member {
        caller.require(Scope::All)?;
    }
    let (token, text) = token::issue(&call.directory, &organization, &user, new).await?;
    Ok(respond::secret(StatusCode::CREATED, &Issued { described: token.into(), token: text }))
}

/// Reads the token.
pub(in crate::dialects::native) fn read(body: &[u8]) -> Result<NewToken, Error> {
    let mut members = Members::parse(body)?;
    let name = take_name(&mut members, "name", 0).value();
    let expires_at = members.time("expires_at").value();
    let mail = members.boolean("mail");
    let mail = members.non_null("mail", mail, Type::Boolean).unwrap_or(false);
    members.refuse_others();
    members.finish()?;
    Ok(NewToken { name, expires_at, replaces: false, mail })
}
