//! `POST /configs/webhook/{id}` [D]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::webhook_config;

use crate::dialects::ricloud::auth::Caller;
use crate::dialects::ricloud::error::Error;
use crate::dialects::ricloud::{configs, events, input};
use crate::endpoint::Call;
use crate::members::Type;
use crate::respond;

/// Changes a webhook config, whose secret stays. Another URL or the state `new` has it tested; `deactivated` ends what
/// waits to be sent to it.
pub(in crate::dialects::ricloud) async fn update(call: Call, caller: Caller) -> Result<Response, Error> {
    let organization = &caller.organization;
    let mut members = input::object(&call)?;
    let id = input::id(&call)?;
    let found = webhook_config::find(&call.directory, organization, id).await?.ok_or(Error::NotFound)?;
    let url = super::take_url(&call, &mut members);
    let url = members.non_null("url", url, Type::Text);
    let state = input::take_state(&mut members, configs::SETTABLE, found.state.as_str());
    members.finish()?;
    let active = configs::is_active(state);
    let updated = webhook_config::update(&call.directory, organization, caller.key.seq, &found, url, active).await?;
    let (config, is_test) = updated.ok_or(Error::NotFound)?;
    let answer = respond::json(StatusCode::OK, &super::view(organization.number, config));
    Ok(if is_test { events::enqueued(answer, found.seq) } else { answer })
}
