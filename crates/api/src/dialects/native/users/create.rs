//! `POST /v1/organizations/{organization_id}/users`

use axum::response::Response;
use http::StatusCode;
use tessera_directory::key::Scope;
use tessera_directory::user::{self, NewUser, Role};

use super::{User, may_grant, take_login, take_names, take_role};
use crate::dialects::native::auth::caller_in_organization;
use crate::dialects::native::error::Error;
use crate::dialects::native::input::{take_email, take_password};
use crate::endpoint::Call;
use crate::members::{Members, Type};
use crate::respond;

/// Makes a user, on request with a seat, of which there must be a free one.
pub(in crate::dialects::native) async fn create(call: Call) -> Result<Response, Error> {
    let (caller, organization) = caller_in_organization(&call, Scope::UsersWrite).await?;
    let new = read(call.body()?)?;
    may_grant(&caller, Some(new.role))?;
    if new.seat {
        caller.require(Scope::SeatsWrite)?;
    }
    let user = user::create(&call.directory, &organization, new).await?;
    Ok(respond::json(StatusCode::CREATED, &User::from(user)))
}

/// Reads the user.
pub(in crate::dialects::native) fn read(body: &[u8]) -> Result<NewUser, Error> {
    let mut members = Members::parse(body)?;
    let email = take_email(&mut members, "email").value();
    let login = take_login(&mut members);
    let (first_name, last_name) = take_names(&mut members);
    let role = take_role(&mut members).unwrap_or(Role::Member);
    let password = take_password(&mut members, "password").value();
    let seat = members.boolean("seat");
    let seat = members.non_null("seat", seat, Type::Boolean).unwrap_or(false);
    members.refuse_others();
    members.finish()?;
    Ok(NewUser { email, login, first_name: first_name.value(), last_name: last_name.value(), role, password, seat })
}
