//! `GET /accounts/{account_id}/core/v1/groups/{group_id}` [O]

use axum::response::Response;
use tessera_directory::key::Scope;

use super::GROUP;
use crate::dialects::astra::error::Error;
use crate::dialects::astra::{auth, list, media, read};
use crate::endpoint::Call;

/// Tells of one group.
pub(in crate::dialects::astra) async fn get(call: Call) -> Result<Response, Error> {
    let caller = auth::caller(&call, Scope::UsersRead).await?;
    list::none(&call)?;
    let media = media::of_one(&call, GROUP.media)?;
    let sight = read::look(&call, &caller, &GROUP, &super::id(&call)?, None).await?;
    Ok(media::one(media, read::document_of(sight, Error::NoResource)?))
}
