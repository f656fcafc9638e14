//! `POST /users` [D]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::end_user;
use tessera_directory::organization::OrganizationType;

use crate::dialects::ricloud::auth::Caller;
use crate::dialects::ricloud::error::Error;
use crate::dialects::ricloud::input;
use crate::endpoint::{Call, Received};
use crate::members::{Members, Type};
use crate::respond;

/// Makes a user, with the request's own key unless another is named. One that is there already is told as it is: the
/// client creates in order to get [C]. A `super` organisation may make users of another.
pub(in crate::dialects::ricloud) async fn create(call: Call, caller: Caller) -> Result<Response, Error> {
    let own = caller.organization;
    let Named { mut members, other, key, identifier } = read(&call, Some(own.number), own.settings.kind)?;
    let (organization, has_key) = if let Some(number) = other {
        end_user::host(&call.directory, number, key).await?.unwrap_or_else(|| {
            input::note(&mut members, "organisation", "There is no such organisation.");
            (own, true)
        })
    } else {
        let has_key = match key {
            Some(key) => end_user::has_key(&call.directory, &own, key).await?,
            None => true,
        };
        (own, has_key)
    };
    if !has_key {
        input::note(&mut members, "key", super::NO_SUCH_KEY);
    }
    members.finish()?;
    // in another organisation the request's own key is nobody's
    let key = key.or_else(|| other.is_none().then_some(caller.key.seq));
    let (user, is_new) = end_user::create(&call.directory, &organization, &identifier, key).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok(respond::json(status, &super::view(organization.number, &user)))
}

/// What a body names.
pub(in crate::dialects::ricloud) struct Named {
    /// What is wrong is noted here.
    pub(in crate::dialects::ricloud) members: Members,
    other: Option<i64>,
    key: Option<i64>,
    identifier: String,
}

/// Reads a user for an organization of this number, if it is known, and of this kind.
pub(in crate::dialects::ricloud) fn read(
    call: &Received,
    own: Option<i64>,
    kind: OrganizationType,
) -> Result<Named, Error> {
    let mut members = input::object(call)?;
    let other = input::take_own_id(&mut members, "organisation").filter(|number| own.is_some_and(|own| own != *number));
    if other.is_some() && kind != OrganizationType::Super {
        return Err(Error::Forbidden("Only a super organisation may name another one."));
    }
    let key = input::take_own_id(&mut members, "key");
    let identifier = super::take_identifier(&mut members);
    let identifier = members.require(super::IDENTIFIER, identifier, Type::Text).unwrap_or_default();
    Ok(Named { members, other, key, identifier })
}
