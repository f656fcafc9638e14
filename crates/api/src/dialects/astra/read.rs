//! What every collection in the store has alike: a list, and one resource of it.

use axum::response::Response;
use tessera_directory::document;
use tessera_directory::key::Scope;
use tessera_directory::user;

use super::auth::{self, Caller};
use super::error::Error;
use super::list::{self, Parameters};
use super::media::{self, Resource};
use crate::endpoint::Call;

/// The list of a collection; that of a user, if the path names one.
pub(super) async fn list(call: &Call, scope: Scope, resource: &Resource) -> Result<Response, Error> {
    let caller = auth::caller(call, scope).await?;
    let parameters = Parameters::read(call, resource.shape)?;
    media::check_list(call)?;
    let user = parent(call, &caller).await?;
    let query = parameters.query(resource.shape)?;
    let source = (resource.table, resource.shape);
    parameters.answer(document::list(&call.directory, &caller.organization, source, user.as_deref(), &query).await?)
}

/// One resource, its id the parameter of this name.
pub(super) async fn one(
    call: &Call,
    scope: Scope,
    resource: &Resource,
    id: &str,
    absent: Error,
) -> Result<Response, Error> {
    let caller = auth::caller(call, scope).await?;
    list::none(call)?;
    let media = media::of_one(call, resource.media)?;
    let user = parent(call, &caller).await?;
    let found = find(call, &caller, resource, user.as_deref(), &self::id(call, id)).await?;
    Ok(media::one(media, found.ok_or(absent)?))
}

/// A resource as it is.
pub(super) async fn find(
    call: &Call,
    caller: &Caller,
    resource: &Resource,
    user: Option<&str>,
    id: &str,
) -> Result<Option<String>, Error> {
    let source = (resource.table, resource.shape);
    Ok(document::find(&call.directory, &caller.organization, source, user, id).await?)
}

/// An id of the path, in lower case.
pub(super) fn id(call: &Call, name: &str) -> String {
    call.parameter(name).to_ascii_lowercase()
}

/// The user below whom the path leads, who must be there: else problem 2.
pub(super) async fn parent(call: &Call, caller: &Caller) -> Result<Option<String>, Error> {
    let user = id(call, "parent_id");
    if user.is_empty() {
        return Ok(None);
    }
    if user::exists(&call.directory, &caller.organization, &user).await? {
        Ok(Some(user))
    } else {
        Err(Error::NoCollection)
    }
}
