//! `PUT /accounts/{account_id}/core/v1/groups/{group_id}` [O]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::binding::Role;
use tessera_directory::key::Scope;
use tessera_directory::ldap_group::{self, Change};

use super::{GROUP, take_provider};
use crate::dialects::astra::body::Body;
use crate::dialects::astra::error::Error;
use crate::dialects::astra::{auth, list, precondition, read};
use crate::endpoint::{Call, Received};
use crate::respond;

/// Changes what is sent of a group, and keeps what is not.
pub(in crate::dialects::astra) async fn update(call: Call) -> Result<Response, Error> {
    let caller = auth::caller(&call, Scope::UsersWrite).await?;
    caller.require(Role::Admin)?;
    let id = read::id(&call, "group_id");
    let sight = read::look(&call, &caller, &GROUP, &id, Some(&id)).await?;
    caller.spare(sight.role)?;
    list::none(&call)?;
    super::id(&call)?;
    let document = read::document_of(sight, Error::NoResource)?;
    let change = read_change(&call)?;
    let seen = precondition::seen(&call, GROUP.shape, &document);
    ldap_group::update(&call.directory, &caller.organization, &id, change, seen).await?;
    Ok(respond::empty(StatusCode::NO_CONTENT))
}

/// Reads what is to change.
pub(in crate::dialects::astra) fn read_change(call: &Received) -> Result<Change, Error> {
    let mut body = Body::open(call, &GROUP)?;
    take_provider(&mut body);
    let change =
        Change { name: body.text_of("name", 1, 2048), auth_id: body.text_of("authID", 1, 2048), labels: body.labels() };
    body.ignore(&["id"]);
    body.finish()?;
    Ok(change)
}
