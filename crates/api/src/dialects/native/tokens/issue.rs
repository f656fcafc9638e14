//! `POST /v1/organizations/{organization_id}/users/{user_id}/tokens`

use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use tessera_directory::key::Scope;
use tessera_directory::token::{self, NewToken};

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

/// Issues a token beside those that the user has, and tells its text this once.
pub(in crate::dialects::native) async fn issue(call: Call) -> Result<Response, Error> {
    let organization = auth::organization(&call, Scope::TokensWrite).await?;
    let new = read(call.body()?)?;
    let (token, text) = token::issue(&call.directory, &organization, &id(&call, "user_id"), new).await?;
    Ok(respond::secret(StatusCode::CREATED, &Issued { described: token.into(), token: text }))
}

fn read(body: &[u8]) -> Result<NewToken, Error> {
    let mut members = Members::parse(body)?;
    let name = take_name(&mut members, "name", 0).value();
    let expires_at = members.time("expires_at").value();
    let mail = members.boolean("mail");
    let mail = members.non_null("mail", mail, Type::Boolean).unwrap_or(false);
    members.refuse_others();
    members.finish()?;
    Ok(NewToken { name, expires_at, replaces: false, mail })
}
