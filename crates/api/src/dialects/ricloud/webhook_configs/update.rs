//! `POST /configs/webhook/{id}` [D]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::webhook_config;

use crate::dialects::ricloud::auth::Caller;
use crate::dialects::ricloud::error::Error;
use crate::dialects::ricloud::{configs, events, input};
use crate::endpoint::Call;
use crate::members::{Members, Type};
use crate::respond;

/// Changes a webhook config, whose secret stays. Another URL or the state `new` has it tested; `deactivated` ends what
/// waits to be sent to it.
pub(in crate::dialects::ricloud) async fn update(call: Call, caller: Caller) -> Result<Response, Error> {
    let organization = &caller.organization;
    let members = input::object(&call)?;
    let id = input::id(&call)?;
    let found = webhook_config::find(&call.directory, organization, id).await?.ok_or(Error::NotFound)?;
    let (url, active) = read(members, Some(found.state.as_str()), call.directory.is_development())?;
    let updated = webhook_config::update(&call.directory, organization, caller.key.seq, &found, url, active).await?;
    let (config, is_test) = updated.ok_or(Error::NotFound)?;
    let answer = respond::json(StatusCode::OK, &super::view(organization.number, config));
    Ok(if is_test { events::enqueued(answer, found.seq) } else { answer })
}

/// Reads what is to change of a config in this state: the URL, and whether it is turned on or off.
pub(in crate::dialects::ricloud) fn read(
    mut members: Members,
    state: Option<&str>,
    is_development: bool,
) -> Result<(Option<String>, Option<bool>), Error> {
    let url = super::take_url(&mut members, is_development);
    let url = members.non_null("url", url, Type::Text);
    let state = input::take_state(&mut members, configs::SETTABLE, state);
    members.finish()?;
    Ok((url, configs::is_active(state)))
}
