//! `PATCH /v1/organizations/{organization_id}/users/{user_id}`

use axum::response::Response;
use http::StatusCode;
use tessera_directory::key::Scope;
use tessera_directory::user::{self, Change};

use super::{User, may_grant, take_login, take_names, take_role};
use crate::dialects::native::auth::caller_in_organization;
use crate::dialects::native::error::Error;
use crate::dialects::native::input::{id, take_email, take_password};
use crate::endpoint::Call;
use crate::members::{Members, Type};
use crate::respond;

/// Changes a user; what is left out stays.
pub(in crate::dialects::native) async fn update(call: Call) -> Result<Response, Error> {
    let (caller, organization) = caller_in_organization(&call, Scope::UsersWrite).await?;
    let change = read(call.body()?)?;
    may_grant(&caller, change.role)?;
    if change.password.is_some() {
        // whoever sets an admin's password can sign in as the admin
        caller.require(Scope::All)?;
    }
    let user = user::update(&call.directory, &organization, &id(&call, "user_id"), change).await?;
    Ok(respond::json(StatusCode::OK, &User::from(user)))
}

/// Reads what is to change.
pub(in crate::dialects::native) fn read(body: &[u8]) -> Result<Change, Error> {
    let mut members = Members::parse(body)?;
    let email = take_email(&mut members, "email");
    let email = members.non_null("email", email, Type::Text);
    let login = take_login(&mut members);
    let (first_name, last_name) = take_names(&mut members);
    let role = take_role(&mut members);
    let password = take_password(&mut members, "password");
    let password = members.non_null("password", password, Type::Text);
    members.refuse_others();
    members.finish()?;
    Ok(Change { email, login, first_name: first_name.change(), last_name: last_name.change(), role, password })
}
