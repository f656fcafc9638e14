//! `PUT /accounts/{account_id}/core/v1/users/{parent_id}/tokens/{token_id}` [O]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::token;

use super::TOKEN;
use crate::dialects::astra::body::Body;
use crate::dialects::astra::error::Error;
use crate::dialects::astra::{list, media, precondition, read};
use crate::endpoint::{Call, Received};
use crate::respond;

/// Calls a token otherwise; its text stays the same.
pub(in crate::dialects::astra) async fn update(call: Call) -> Result<Response, Error> {
    let (caller, sight) = super::writer(&call).await?;
    list::none(&call)?;
    let document = read::document_of(sight, Error::NoResource)?;
    let (user, id) = (read::id(&call, "parent_id"), read::id(&call, "token_id"));
    let change = read_change(&call, media::member(&document, "name").as_deref())?;
    let seen = precondition::seen(&call, TOKEN.shape, &document);
    token::rename(&call.directory, &caller.organization, &user, &id, change, seen).await?;
    Ok(respond::empty(StatusCode::NO_CONTENT))
}

/// The name and the labels, where they are sent, of a token that is called so, as far as that is known.
pub(in crate::dialects::astra) fn read_change(
    call: &Received,
    name: Option<&str>,
) -> Result<(Option<String>, Option<String>), Error> {
    let mut body = Body::open(call, &TOKEN)?;
    body.leave(&["name"], |_| name);
    let change = (body.text_of("name", 1, 63), body.labels());
    body.ignore(&["id", "userID", "token"]);
    body.finish()?;
    Ok(change)
}
