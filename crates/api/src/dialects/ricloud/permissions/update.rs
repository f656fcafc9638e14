//! `POST /permissions/{id}` [D]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::organization::Organization;
use tessera_directory::permission;

use crate::dialects::ricloud::auth::Caller;
use crate::dialects::ricloud::error::Error;
use crate::dialects::ricloud::input;
use crate::endpoint::Call;
use crate::members::{Members, Type};
use crate::respond;

/// Changes permissions other than the base, which is the administrator's [T].
pub(in crate::dialects::ricloud) async fn update(call: Call, caller: Caller) -> Result<Response, Error> {
    let organization = &caller.organization;
    let members = input::object(&call)?;
    let id = input::id(&call)?;
    let found = permission::find(&call.directory, organization, id).await?.ok_or(Error::NotFound)?;
    if found.scopes.is_none() {
        return Err(Error::Forbidden("The base permissions cannot be changed here."));
    }
    let (identifier, scopes) = read(members, organization)?;
    let updated = permission::update(&call.directory, organization, id, identifier, scopes).await?;
    let view = super::view(&call, organization, updated.ok_or(Error::NotFound)?);
    Ok(respond::json(StatusCode::OK, &view))
}

/// Reads what is to change: the identifier, and the scopes as the directory keeps them.
pub(in crate::dialects::ricloud) fn read(
    mut members: Members,
    organization: &Organization,
) -> Result<(Option<String>, Option<String>), Error> {
    let scopes = super::take_scopes(&mut members);
    let scopes = members.non_null(super::SCOPES, scopes, Type::Object);
    if let Some((_, names)) = &scopes
        && !members.has_problems()
        && let Some(scope) = super::uncovered(organization, names)
    {
        return Err(Error::MissingScope(scope.clone()));
    }
    let identifier = super::take_identifier(&mut members);
    let identifier = members.non_null(super::IDENTIFIER, identifier, Type::Text);
    members.finish()?;
    Ok((identifier, scopes.map(|(json, _)| json)))
}
