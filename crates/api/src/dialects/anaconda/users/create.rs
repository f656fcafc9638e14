//! `POST /organizations/{org_id}/users` [S, O:`add_user`]

use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use tessera_directory::key::Scope;
use tessera_directory::user::{self, NewUser, Role};
use tessera_validate::{email, name};

use crate::dialects::anaconda::auth::{Half, authorize};
use crate::dialects::anaconda::error::Error;
use crate::endpoint::Call;
use crate::members::{Fault, Members};
use crate::respond;

#[derive(Serialize)]
struct Added {
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
    id: String,
}

/// Adds a member, or without an e-mail a managed user; neither a seat nor a token comes with it.
pub(in crate::dialects::anaconda) async fn create(call: Call) -> Result<Response, Error> {
    let organization = authorize(&call, Half::People, Scope::UsersWrite).await?;
    let user = user::create(&call.directory, &organization, read(call.body()?)?).await?;
    let added = Added { first_name: user.first_name, last_name: user.last_name, email: user.email, id: user.id };
    Ok(respond::json(StatusCode::OK, &added))
}

/// Reads the user.
pub(in crate::dialects::anaconda) fn read(body: &[u8]) -> Result<NewUser, Error> {
    let mut members = Members::parse(body)?;
    let address = members.text("email").value();
    if address.as_deref().is_some_and(|address| !email::is_valid(address)) {
        members.note("email", Fault::Value("value_error", "value is not a valid email address".into()));
    }
    let mut read_name = |member| {
        let given = members.text(member).value();
        if given.as_deref().is_some_and(|given| !name::is_storable(given)) {
            let message = format!("String should have at most {} characters, none of them NUL", name::MAX_LENGTH);
            members.note(member, Fault::Value("value_error", message));
        }
        given
    };
    let (first_name, last_name) = (read_name("first_name"), read_name("last_name"));
    members.finish()?;
    Ok(NewUser { email: address, login: None, first_name, last_name, role: Role::Member, password: None, seat: false })
}
