//! `POST /permissions` [D]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::organization::Organization;
use tessera_directory::permission;

use crate::dialects::ricloud::auth::Caller;
use crate::dialects::ricloud::error::Error;
use crate::dialects::ricloud::input;
use crate::endpoint::{Call, Received};
use crate::members::Type;
use crate::respond;

/// Makes permissions, which are kept and shown: nothing here is measured by them [T].
pub(in crate::dialects::ricloud) async fn create(call: Call, caller: Caller) -> Result<Response, Error> {
    let (identifier, json) = read(&call, &caller.organization)?;
    let made = permission::create(&call.directory, &caller.organization, &identifier, &json).await?;
    Ok(respond::json(StatusCode::CREATED, &super::view(&call, &caller.organization, made)))
}

/// Reads the permissions: their identifier, and their scopes as the directory keeps them.
pub(in crate::dialects::ricloud) fn read(
    call: &Received,
    organization: &Organization,
) -> Result<(String, String), Error> {
    let mut members = input::object(call)?;
    let scopes = super::take_scopes(&mut members);
    let scopes = members.require(super::SCOPES, scopes, Type::Object);
    // a scope that nothing covers is told before what is wrong with the rest, but not before what is wrong with a scope
    let (json, names) = match scopes {
        Some(scopes) if !members.has_problems() => scopes,
        _ => Default::default(),
    };
    if let Some(scope) = super::uncovered(organization, &names) {
        return Err(Error::MissingScope(scope.clone()));
    }
    let identifier = super::take_identifier(&mut members);
    let identifier = members.require(super::IDENTIFIER, identifier, Type::Text).unwrap_or_default();
    members.finish()?;
    Ok((identifier, json))
}
