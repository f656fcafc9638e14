//! `PUT /accounts/{account_id}/core/v1/roleBindings/{binding_id}` and the same under `users/{parent_id}` [O]

use axum::response::Response;
use http::StatusCode;
use serde_json::Value;
use tessera_directory::binding::{self, Role};
use tessera_directory::error::Error as Domain;
use tessera_directory::key::Scope;

use super::{ROLE_BINDING, role_of, take_constraints, take_role};
use crate::dialects::astra::body::{Body, peek};
use crate::dialects::astra::error::Error;
use crate::dialects::astra::{auth, list, precondition, read};
use crate::endpoint::Call;
use crate::respond;

/// Changes role and constraints; whose the binding is stays.
pub(in crate::dialects::astra) async fn update(call: Call) -> Result<Response, Error> {
    let caller = auth::caller(&call, Scope::OrganizationWrite).await?;
    caller.require(Role::Admin)?;
    caller.spare(peek(&call, "role").as_deref().and_then(Role::parse))?;
    let id = read::id(&call, "binding_id");
    let sight = read::look(&call, &caller, &ROLE_BINDING, &id, None).await?;
    caller.spare(role_of(sight.document.as_deref()))?;
    list::none(&call)?;
    let document = read::document_of(sight, Error::NoResource)?;
    let (role, constraints, labels) = read_change(&call, &document)?;
    let seen = precondition::seen(&call, ROLE_BINDING.shape, &document);
    binding::update(&call.directory, &caller.organization, &id, role, (constraints, labels), seen).await?;
    Ok(respond::empty(StatusCode::NO_CONTENT))
}

fn read_change(call: &Call, document: &str) -> Result<(Role, Option<String>, Option<String>), Error> {
    let document: Value =
        serde_json::from_slice(document.as_bytes()).map_err(|error| Domain::Internal(error.to_string()))?;
    let mut body = Body::open(call, &ROLE_BINDING)?;
    for name in ["id", "userID", "groupID", "accountID", "principalType"] {
        let given = body.text(name).map(|id| id.to_ascii_lowercase());
        body.fixed(name, given.as_deref(), document.get(name).and_then(Value::as_str).unwrap_or_default());
    }
    let role = take_role(&mut body).unwrap_or(Role::Viewer);
    let constraints = take_constraints(&mut body);
    let labels = body.labels();
    body.finish()?;
    Ok((role, constraints, labels))
}
