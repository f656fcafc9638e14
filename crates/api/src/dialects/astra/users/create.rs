//! `POST /accounts/{account_id}/core/v1/users` [S]

use axum::response::Response;
use tessera_directory::binding::Role;
use tessera_directory::key::Scope;
use tessera_directory::user::{self, AuthProvider, NewProfiled, Profile, State};
use tessera_validate::email;

use super::{USER, take_address, take_name, take_provider};
use crate::dialects::astra::body::Body;
use crate::dialects::astra::error::Error;
use crate::dialects::astra::{auth, list, media};
use crate::endpoint::{Call, Received};

/// Makes a user, who has neither rights nor a password yet.
pub(in crate::dialects::astra) async fn create(call: Call) -> Result<Response, Error> {
    let caller = auth::caller(&call, Scope::UsersWrite).await?;
    caller.require(Role::Admin)?;
    list::none(&call)?;
    let media = media::of_one(&call, USER.media)?;
    let new = read(&call, &caller.actor)?;
    let document = user::create_profiled(&call.directory, &caller.organization, new, USER.shape).await?;
    Ok(media::created(&call, &caller.organization, "users", media, document))
}

/// Reads the user.
pub(in crate::dialects::astra) fn read(call: &Received, actor: &str) -> Result<NewProfiled, Error> {
    let mut body = Body::open(call, &USER)?;
    let address = body.text("email");
    let address = body.require("email", address).unwrap_or_default();
    if !email::is_valid(&address) {
        body.invalid("email", "must be an e-mail address");
    }
    let first_name = take_name(&mut body, "firstName").unwrap_or_default();
    let last_name = take_name(&mut body, "lastName").unwrap_or_default();
    let auth_provider = take_provider(&mut body).unwrap_or(AuthProvider::Local);
    let auth_id = body.text("authID").unwrap_or_default();
    let welcome = body.flag("sendWelcomeEmail").unwrap_or(true);
    let is_asked = auth_provider == AuthProvider::CloudCentral;
    let profile = Profile {
        auth_provider,
        auth_id,
        state: if is_asked { State::Pending } else { State::Active },
        enabled: body.flag("isEnabled").unwrap_or(true),
        invite_accepted: !is_asked,
        welcome: is_asked && welcome,
        company: body.text_of("companyName", 0, 63).unwrap_or_default(),
        phone: body.text("phone"),
        address: take_address(&mut body).unwrap_or_else(|| "{}".to_owned()),
        labels: body.labels().unwrap_or_else(|| "[]".to_owned()),
        created_by: actor.to_owned(),
    };
    body.flag("isInviteAccepted");
    body.word("state", State::WORDS, State::parse);
    body.ignore(&["id", "enableTimestamp", "lastActTimestamp"]);
    body.finish()?;
    Ok(NewProfiled { email: address, first_name, last_name, profile })
}
