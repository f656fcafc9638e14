//! `GET /organizations/{org_id}/users/{user_id}/tokens` [O:`list_user_tokens`]

use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value};
use tessera_directory::key::Scope;
use tessera_directory::token::{self, Token};

use crate::dialects::anaconda::auth::{Half, authorize};
use crate::dialects::anaconda::error::Error;
use crate::dialects::anaconda::input;
use crate::endpoint::Call;
use crate::{respond, time};

const NO_END: &str = "9999-12-31T23:59:59+00:00";

#[derive(Serialize)]
struct Listed {
    items: Vec<Item>,
}

#[derive(Serialize)]
struct Item {
    id: String,
    expires_at: String,
    metadata: Map<String, Value>,
    revoked: bool,
}

impl Item {
    fn of(token: Token) -> Self {
        Self {
            id: token.id,
            // the schema wants a time, and another dialect's token may have no end: one that nobody will see
            expires_at: token.expires_at.map_or_else(|| NO_END.to_owned(), time::with_offset),
            metadata: Map::new(),
            revoked: token.revoked_at.is_some(),
        }
    }
}

/// Lists a user's tokens, the revoked too, oldest first; there are no pages.
pub(in crate::dialects::anaconda) async fn list(call: Call) -> Result<Response, Error> {
    let organization = authorize(&call, Half::People, Scope::TokensRead).await?;
    let tokens = token::list_all(&call.directory, &organization, &input::uuid(&call, "user_id")?).await?;
    Ok(respond::json(StatusCode::OK, &Listed { items: tokens.into_iter().map(Item::of).collect() }))
}
