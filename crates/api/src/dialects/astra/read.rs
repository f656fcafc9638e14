//! What every collection in the store has alike: a list, and one resource of it.

use axum::response::Response;
use tessera_directory::document::{self, Look, Sight};
use tessera_directory::key::Scope;

use super::auth::{self, Caller};
use super::error::Error;
use super::list::{self, Parameters};
use super::media::{self, Resource};
use crate::endpoint::{Call, Received};

/// The list of a collection; that of a user, if the path names one.
pub(super) async fn list(call: &Call, scope: Scope, resource: &Resource) -> Result<Response, Error> {
    let caller = auth::caller(call, scope).await?;
    let parameters = Parameters::read(call, resource.shape)?;
    media::check_list(call)?;
    let query = parameters.query(resource.shape)?;
    let (source, user) = ((resource.table, resource.shape), parent(call));
    let found = document::list(&call.directory, &caller.organization, source, user.as_deref(), &query).await?;
    if !found.has_user {
        return Err(Error::NoCollection);
    }
    parameters.answer(found)
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
    let sight = look(call, &caller, resource, &self::id(call, id), None).await?;
    Ok(media::one(media, document_of(sight, absent)?))
}

/// Looks at a resource, under the path's user if it names one, and at the role of a user or a group.
pub(super) async fn look(
    call: &Call,
    caller: &Caller,
    resource: &Resource,
    id: &str,
    principal: Option<&str>,
) -> Result<Sight, Error> {
    let (source, user) = ((resource.table, resource.shape), parent(call));
    let look = Look { id, user: user.as_deref(), principal };
    Ok(document::look(&call.directory, &caller.organization, source, look).await?)
}

/// The resource that was seen. A user in the path who is not there is problem 2.
pub(super) fn document_of(sight: Sight, absent: Error) -> Result<String, Error> {
    if sight.has_user { sight.document.ok_or(absent) } else { Err(Error::NoCollection) }
}

/// An id of the path, in lower case.
pub(super) fn id(call: &Received, name: &str) -> String {
    call.parameter(name).to_ascii_lowercase()
}

/// The user below whom the path leads, if it does.
pub(super) fn parent(call: &Received) -> Option<String> {
    Some(id(call, "parent_id")).filter(|user| !user.is_empty())
}
