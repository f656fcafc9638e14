//! `POST /accounts/{account_id}/core/v1/groups` [D]

use axum::response::Response;
use tessera_directory::binding::Role;
use tessera_directory::key::Scope;
use tessera_directory::ldap_group::{self, NewGroup};

use super::{GROUP, common_name, take_provider};
use crate::dialects::astra::body::Body;
use crate::dialects::astra::error::Error;
use crate::dialects::astra::{auth, list, media};
use crate::endpoint::{Call, Received};

/// Makes a group of the directory server known.
pub(in crate::dialects::astra) async fn create(call: Call) -> Result<Response, Error> {
    let caller = auth::caller(&call, Scope::UsersWrite).await?;
    caller.require(Role::Admin)?;
    list::none(&call)?;
    let media = media::of_one(&call, GROUP.media)?;
    let new = read(&call, &caller.actor)?;
    let document = ldap_group::create(&call.directory, &caller.organization, new, GROUP.shape).await?;
    Ok(media::created(&call, &caller.organization, "groups", media, document))
}

/// Reads the group.
pub(in crate::dialects::astra) fn read(call: &Received, actor: &str) -> Result<NewGroup, Error> {
    let mut body = Body::open(call, &GROUP)?;
    let provider = take_provider(&mut body);
    body.require("authProvider", provider);
    let auth_id = body.text_of("authID", 1, 2048);
    let auth_id = body.require("authID", auth_id).unwrap_or_default();
    let name = body.text_of("name", 1, 2048).unwrap_or_else(|| common_name(&auth_id));
    let labels = body.labels().unwrap_or_else(|| "[]".to_owned());
    body.ignore(&["id"]);
    body.finish()?;
    Ok(NewGroup { name, auth_id, labels, created_by: actor.to_owned() })
}
