//! `PUT /accounts/{account_id}/core/v1/roleBindings/{binding_id}` and the same under `users/{parent_id}` [O]

use axum::response::Response;
use http::StatusCode;
use serde_json::{Map, Value};
use tessera_directory::binding::{self, Role};
use tessera_directory::error::Error as Domain;
use tessera_directory::key::Scope;

use super::{ROLE_BINDING, role_of, take_constraints, take_role};
use crate::dialects::astra::body::{Body, peek};
use crate::dialects::astra::error::Error;
use crate::dialects::astra::{auth, list, precondition, read};
use crate::endpoint::{Call, Received};
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
    let stands: Map<String, Value> =
        serde_json::from_slice(document.as_bytes()).map_err(|error| Domain::Internal(error.to_string()))?;
    let (role, constraints, labels) = read_change(&call, |name| stands.get(name)?.as_str())?;
    let seen = precondition::seen(&call, ROLE_BINDING.shape, &document);
    binding::update(&call.directory, &caller.organization, &id, role, (constraints, labels), seen).await?;
    Ok(respond::empty(StatusCode::NO_CONTENT))
}

/// Reads what is to change of a binding whose members stand so, as far as that is known: role, constraints, labels.
pub(in crate::dialects::astra) fn read_change<'a>(
    call: &Received,
    stands: impl Fn(&str) -> Option<&'a str>,
) -> Result<(Role, Option<String>, Option<String>), Error> {
    let mut body = Body::open(call, &ROLE_BINDING)?;
    for name in ["id", "userID", "groupID", "accountID", "principalType"] {
        let given = body.text(name).map(|id| id.to_ascii_lowercase());
        body.fixed(name, given.as_deref(), stands(name));
    }
    let role = take_role(&mut body).unwrap_or(Role::Viewer);
    let constraints = take_constraints(&mut body);
    let labels = body.labels();
    body.finish()?;
    Ok((role, constraints, labels))
}
