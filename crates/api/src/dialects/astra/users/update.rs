//! `PUT /accounts/{account_id}/core/v1/users/{user_id}` [O, L]

use axum::response::Response;
use http::StatusCode;
use serde_json::{Map, Value};
use tessera_directory::binding::Role;
use tessera_directory::error::Error as Domain;
use tessera_directory::key::Scope;
use tessera_directory::user::{self, AuthProvider, ProfileChange, State};
use tessera_validate::email;

use super::{USER, take_address, take_name, take_provider};
use crate::dialects::astra::body::Body;
use crate::dialects::astra::error::Error;
use crate::dialects::astra::{auth, list, precondition, read};
use crate::endpoint::{Call, Received};
use crate::respond;

/// Changes what is sent of a user, and keeps what is not.
pub(in crate::dialects::astra) async fn update(call: Call) -> Result<Response, Error> {
    let caller = auth::caller(&call, Scope::UsersWrite).await?;
    caller.require(Role::Admin)?;
    let id = read::id(&call, "user_id");
    let sight = read::look(&call, &caller, &USER, &id, Some(&id)).await?;
    caller.spare(sight.role)?;
    list::none(&call)?;
    let document = read::document_of(sight, Error::NoResource)?;
    let stands: Map<String, Value> =
        serde_json::from_slice(document.as_bytes()).map_err(|error| Domain::Internal(error.to_string()))?;
    let change = read_change(&call, |name| stands.get(name)?.as_str())?;
    let seen = precondition::seen(&call, USER.shape, &document);
    user::update_profile(&call.directory, &caller.organization, &id, change, seen).await?;
    Ok(respond::empty(StatusCode::NO_CONTENT))
}

/// Reads what is to change of a user whose members stand so, as far as that is known.
pub(in crate::dialects::astra) fn read_change<'a>(
    call: &Received,
    stands: impl Fn(&str) -> Option<&'a str>,
) -> Result<ProfileChange, Error> {
    let provider = stands("authProvider").and_then(AuthProvider::parse);

    let mut body = Body::open(call, &USER)?;
    let given = body.text("id").map(|id| id.to_ascii_lowercase());
    body.fixed("id", given.as_deref(), stands("id"));
    let given = take_provider(&mut body);
    body.fixed("authProvider", given.map(AuthProvider::as_str), provider.map(AuthProvider::as_str));
    body.leave(&["email", "firstName", "lastName", "authID", "companyName", "phone"], &stands);
    let address = body.text("email");
    if address.as_deref().is_some_and(|address| !email::is_valid(address)) {
        body.invalid("email", "must be an e-mail address");
    }
    let state = body.word("state", State::WORDS, State::parse);
    if state == Some(State::Pending) && provider == Some(AuthProvider::Local) {
        body.invalid("state", "cannot be pending for a local user");
    }
    let change = ProfileChange {
        email: address,
        first_name: take_name(&mut body, "firstName"),
        last_name: take_name(&mut body, "lastName"),
        auth_id: body.text("authID"),
        state,
        enabled: body.flag("isEnabled"),
        invite_accepted: body.flag("isInviteAccepted"),
        welcome: body.flag("sendWelcomeEmail").filter(|_| provider == Some(AuthProvider::CloudCentral)),
        company: body.text_of("companyName", 0, 63),
        phone: body.text("phone"),
        address: take_address(&mut body),
        labels: body.labels(),
    };
    body.ignore(&["enableTimestamp", "lastActTimestamp"]);
    body.finish()?;
    Ok(change)
}
