//! `POST /v1/organizations/{organization_id}/keys`

use axum::response::Response;
use http::StatusCode;
use serde_json::Value;
use tessera_directory::key::{self, Kind, NewKey, Scope};

use super::{Told, take_count};
use crate::dialects::native::auth::caller_in_organization;
use crate::dialects::native::error::Error;
use crate::dialects::native::input::take_name;
use crate::endpoint::Call;
use crate::members::{Fault, Members, Type};
use crate::respond;

/// Makes a key, and tells its secret this once. A key gives no scope that it has not.
pub(in crate::dialects::native) async fn create(call: Call) -> Result<Response, Error> {
    let (caller, organization) = caller_in_organization(&call, Scope::KeysWrite).await?;
    let new = read(call.body()?)?;
    for scope in &new.scopes {
        caller.require(*scope)?;
    }
    let (key, secret) = key::create(&call.directory, &organization, new).await?;
    Ok(respond::secret(StatusCode::CREATED, &Told { described: key.into(), secret }))
}

/// Reads the key.
pub(in crate::dialects::native) fn read(body: &[u8]) -> Result<NewKey, Error> {
    let mut members = Members::parse(body)?;
    let name = take_name(&mut members, "name", 1);
    let name = members.require("name", name, Type::Text).unwrap_or_default();
    let expires_at = members.time("expires_at").value();
    let scopes = members.array("scopes");
    let scopes = members.require("scopes", scopes, Type::Array).unwrap_or_default();
    let scopes = read_scopes(&mut members, scopes);
    let remaining = take_count(&mut members, "remaining").value();
    members.refuse_others();
    members.finish()?;
    Ok(NewKey { kind: Kind::Standard, name, scopes, expires_at, remaining })
}

/// Reads words that are scopes, each once.
fn read_scopes(members: &mut Members, items: Vec<Value>) -> Vec<Scope> {
    let mut scopes = Vec::new();
    for (at, item) in items.into_iter().enumerate() {
        match item.as_str().and_then(Scope::parse) {
            Some(scope) if scopes.contains(&scope) => {}
            Some(scope) => scopes.push(scope),
            None => {
                let message = format!("one of {}", Scope::WORDS.join(", "));
                members.note_at(&["scopes", &at.to_string()], Fault::Value("enum", message));
            }
        }
    }
    scopes
}
