//! `PATCH /v1/organizations/{organization_id}/users/{user_id}/tokens/{token_id}`

use axum::response::Response;
use http::StatusCode;
use tessera_directory::Timestamp;
use tessera_directory::key::Scope;
use tessera_directory::token;

use super::Token;
use crate::dialects::native::auth;
use crate::dialects::native::error::Error;
use crate::dialects::native::input::id;
use crate::endpoint::Call;
use crate::members::{Given, Members, Type};
use crate::respond;

/// Gives a token another end, or with null none.
pub(in crate::dialects::native) async fn extend(call: Call) -> Result<Response, Error> {
    let organization = auth::organization(&call, Scope::TokensWrite).await?;
    let end = read(call.body()?)?;
    let (user, token_id) = (id(&call, "user_id"), id(&call, "token_id"));
    let token = token::extend(&call.directory, &organization, &user, &token_id, end).await?;
    Ok(respond::json(StatusCode::OK, &Token::from(token)))
}

/// Reads the end.
pub(in crate::dialects::native) fn read(body: &[u8]) -> Result<Option<Timestamp>, Error> {
    let mut members = Members::parse(body)?;
    let given = members.time("expires_at");
    let end = match given {
        Given::Null => None,
        given => members.require("expires_at", given, Type::Time),
    };
    members.refuse_others();
    members.finish()?;
    Ok(end)
}
