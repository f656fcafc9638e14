//! `POST /users/{id}` [D]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::end_user::{self, Change, State};

use crate::dialects::ricloud::auth::Caller;
use crate::dialects::ricloud::error::Error;
use crate::dialects::ricloud::input;
use crate::endpoint::{Call, Received};
use crate::members::{Members, Type};
use crate::respond;
use crate::verdict::{Assumed, Verdict};

const SETTABLE: &[&str] = &["active", "deactivated"];

/// Changes a user's identifier, key and state.
pub(in crate::dialects::ricloud) async fn update(call: Call, caller: Caller) -> Result<Response, Error> {
    let organization = &caller.organization;
    let mut members = input::object(&call)?;
    let id = input::id(&call)?;
    let key = input::take_own_id(&mut members, "key");
    let found = end_user::survey(&call.directory, organization, id, key).await?;
    let (user, has_key) = found.ok_or(Error::NotFound)?;
    let (identifier, state) = take_change(&mut members, Some(user.state.as_str()));
    // one that is posted back as it was leaves e-mail and login alone
    let identifier = identifier.filter(|identifier| identifier != user.identifier());
    if !has_key {
        input::note(&mut members, "key", super::NO_SUCH_KEY);
    }
    members.finish()?;
    let change = Change { identifier, key, state: state.as_deref().and_then(State::parse) };
    let updated = end_user::update(&call.directory, organization, id, change).await?;
    let view = super::view(organization.number, &updated.ok_or(Error::NotFound)?);
    Ok(respond::json(StatusCode::OK, &view))
}

/// Takes identifier and state.
fn take_change(members: &mut Members, current: Option<&str>) -> (Option<String>, Option<String>) {
    let identifier = super::take_identifier(members);
    let identifier = members.non_null(super::IDENTIFIER, identifier, Type::Text);
    (identifier, input::take_state(members, SETTABLE, current))
}

/// What is said of such a request.
pub(in crate::dialects::ricloud) fn judge(call: &Received, assumed: &Assumed) -> Result<Verdict, Error> {
    let mut members = input::object(call)?;
    input::check_id(call)?;
    input::take_own_id(&mut members, "key");
    take_change(&mut members, assumed.current("state"));
    Ok(Verdict::good(members.finish()?))
}
