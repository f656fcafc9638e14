//! `POST /v1/organizations`

use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use tessera_directory::organization::{self, NewAdmin, Seats, Settings};

use super::{Organization, take_settings};
use crate::dialects::native::auth;
use crate::dialects::native::error::Error;
use crate::dialects::native::input::{take_email, take_password};
use crate::endpoint::Call;
use crate::members::{Given, Members, Type};
use crate::respond;

#[derive(Serialize)]
struct Created {
    #[serde(flatten)]
    organization: Organization,
    api_key: String,
}

/// Makes an organization with its admin and its first key, which is told this once. For the root key.
pub(in crate::dialects::native) async fn create(call: Call) -> Result<Response, Error> {
    auth::root(&call).await?;
    let (settings, admin) = read(call.body()?)?;
    let (organization, api_key) = organization::create(&call.directory, settings, admin).await?;
    let seats = Seats { total: organization.settings.seats, used: 0 };
    let created = Created { organization: Organization::of(organization, seats), api_key };
    Ok(respond::secret(StatusCode::CREATED, &created))
}

/// Reads what is to be made.
pub(in crate::dialects::native) fn read(body: &[u8]) -> Result<(Settings, Option<NewAdmin>), Error> {
    let mut members = Members::parse(body)?;
    let change = take_settings(&mut members);
    if change.name.is_none() {
        members.require::<String>("name", Given::Absent, Type::Text);
    }
    let admin = members.object("admin");
    let admin = members.non_null("admin", admin, Type::Object).map(|mut inner| {
        let email = take_email(&mut inner, "email");
        let email = inner.require("email", email, Type::Text).unwrap_or_default();
        let password = take_password(&mut inner, "password").value();
        inner.refuse_others();
        members.put_back(inner);
        NewAdmin { email, password }
    });
    members.refuse_others();
    members.finish()?;
    Ok((Settings::new(String::new()).with(change), admin))
}
