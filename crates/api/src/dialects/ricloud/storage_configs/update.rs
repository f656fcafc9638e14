//! `POST /configs/storage/{id}` [D]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::storage_config::{self, Change};

use crate::dialects::ricloud::auth::Caller;
use crate::dialects::ricloud::configs;
use crate::dialects::ricloud::error::Error;
use crate::dialects::ricloud::input;
use crate::endpoint::Call;
use crate::members::{Members, Type};
use crate::respond;

/// Changes a storage config. Another URL, other credentials or the state `new` start a test, and the config is told as
/// it was before that.
pub(in crate::dialects::ricloud) async fn update(call: Call, caller: Caller) -> Result<Response, Error> {
    let organization = &caller.organization;
    let members = input::object(&call)?;
    let id = input::id(&call)?;
    let found = storage_config::find(&call.directory, organization, id).await?.ok_or(Error::NotFound)?;
    let change = read(members, Some(found.state.as_str()))?;
    let updated = storage_config::update(&call.directory, organization, caller.key.seq, id, change).await?;
    let view = super::view(organization.number, updated.ok_or(Error::NotFound)?);
    Ok(respond::json(StatusCode::OK, &view))
}

/// Reads what is to change of a config in this state.
pub(in crate::dialects::ricloud) fn read(mut members: Members, state: Option<&str>) -> Result<Change, Error> {
    // a config that was retrieved and is posted back has its id, and for credentials what every answer shows
    let is_posted_back = members.take("id").value().is_some();
    let url = super::take_url(&mut members);
    let url = members.non_null("url", url, Type::Text);
    let credentials = super::take_credentials(&mut members);
    let credentials = members.non_null(super::CREDENTIALS, credentials, Type::Object);
    let credentials = credentials.filter(|credentials| !(is_posted_back && credentials.is_empty()));
    let (signed_urls, signed_urls_expiry) = super::take_signing(&mut members);
    let state = input::take_state(&mut members, configs::SETTABLE, state);
    members.finish()?;
    Ok(Change {
        url,
        fits: credentials.as_ref().map(super::fits),
        signed_urls,
        signed_urls_expiry,
        active: configs::is_active(state),
    })
}
