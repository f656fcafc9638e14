//! `POST /accounts/{account_id}/core/v1/users/{parent_id}/tokens` [O]

use axum::response::Response;
use serde_json::{Map, Value};
use tessera_directory::error::Error as Domain;
use tessera_directory::token::{self, NewLabelled};

use super::TOKEN;
use crate::dialects::astra::body::Body;
use crate::dialects::astra::error::Error;
use crate::dialects::astra::{list, media, read};
use crate::endpoint::{Call, Received};

/// Issues a token, and tells its text this once.
pub(in crate::dialects::astra) async fn create(call: Call) -> Result<Response, Error> {
    let (caller, sight) = super::writer(&call).await?;
    list::none(&call)?;
    let media = media::of_one(&call, TOKEN.media)?;
    if !sight.has_user {
        return Err(Error::NoCollection);
    }
    let user = read::id(&call, "parent_id");
    let new = read_new(&call, &caller.actor)?;
    let (document, secret) =
        token::issue_labelled(&call.directory, &caller.organization, &user, new, TOKEN.shape).await?;
    let tag = media::tag(&document);
    let internal = |error: serde_json::Error| Error::from(Domain::Internal(error.to_string()));
    let mut told: Map<String, Value> = serde_json::from_slice(document.as_bytes()).map_err(internal)?;
    told.insert("token".to_owned(), secret.into());
    let told = serde_json::to_string(&told).map_err(internal)?;
    Ok(media::created_with(&call, &caller.organization, &format!("users/{user}/tokens"), media, &tag, told))
}

/// Reads the token.
pub(in crate::dialects::astra) fn read_new(call: &Received, actor: &str) -> Result<NewLabelled, Error> {
    let mut body = Body::open(call, &TOKEN)?;
    let name = body.text_of("name", 1, 63);
    let name = body.require("name", name).unwrap_or_default();
    let labels = body.labels().unwrap_or_else(|| "[]".to_owned());
    body.ignore(&["id", "userID", "token"]);
    body.finish()?;
    Ok(NewLabelled { name, labels, created_by: actor.to_owned() })
}
