//! `POST /organisation` [S]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::preference::{self, Change};
use tessera_validate::name;

use crate::dialects::ricloud::auth::Caller;
use crate::dialects::ricloud::error::Error;
use crate::dialects::ricloud::input;
use crate::endpoint::{Call, Received};
use crate::members::{Members, Type};
use crate::respond;

const STORAGE: &str = "storage_config_default";
const WEBHOOK: &str = "webhook_config_default";

/// Changes name, defaults and config of the caller's organisation; the slug stays.
pub(in crate::dialects::ricloud) async fn update(call: Call, caller: Caller) -> Result<Response, Error> {
    let organization = &caller.organization;
    let (mut members, name, change) = read(&call)?;
    let missing = preference::missing(&call.directory, organization, &change).await?;
    input::note_missing(&mut members, missing, STORAGE, WEBHOOK);
    members.finish()?;
    let limit = super::limit(organization);
    let updated = preference::update(&call.directory, organization, name, &change, limit).await?;
    // a config that was there is gone since
    let (organization, profile) =
        updated.ok_or_else(|| Error::parameter(STORAGE, "The organisation has no such config."))?;
    Ok(respond::json(StatusCode::OK, &super::view(&call, organization, profile)))
}

/// Reads what is to change; what is wrong with it is noted.
pub(in crate::dialects::ricloud) fn read(call: &Received) -> Result<(Members, Option<String>, Change), Error> {
    let mut members = input::object(call)?;
    let name = take_name(&mut members);
    let change = input::take_preferences(&mut members, STORAGE, WEBHOOK);
    Ok((members, name, change))
}

fn take_name(members: &mut Members) -> Option<String> {
    const NAME: &str = "name";
    let name = members.text(NAME);
    let name = members.non_null(NAME, name, Type::Text)?.trim().to_owned();
    if name.is_empty() || !name::is_storable(&name) {
        input::note(members, NAME, "This should have 1 to 255 characters.");
    }
    Some(name)
}
