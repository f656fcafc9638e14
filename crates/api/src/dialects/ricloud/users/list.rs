//! `GET /users` [D]

use axum::response::Response;
use serde_json::Map;
use tessera_directory::end_user::{self, Filter, State};

use crate::dialects::ricloud::auth::Caller;
use crate::dialects::ricloud::error::Error;
use crate::dialects::ricloud::{input, lists};
use crate::endpoint::Call;
use crate::members::Members;

/// Lists users, newest first, by identifier, key or state.
pub(in crate::dialects::ricloud) async fn list(call: Call, caller: Caller) -> Result<Response, Error> {
    let mut members = Members::of(Map::new());
    let window = lists::window(&call, &mut members);
    let filter = Filter {
        identifier: call.query(super::IDENTIFIER).map(std::borrow::Cow::into_owned),
        key: call.query("key").and_then(|text| {
            let id = input::parse_id(&text);
            if id.is_none() {
                input::note(&mut members, "key", "This should be the id of an object.");
            }
            id
        }),
        state: call.query("state").and_then(|text| {
            let state = State::parse(&text);
            if state.is_none() {
                input::note(&mut members, "state", "This should be one of active, deactivated, blocked.");
            }
            state
        }),
    };
    members.finish()?;
    let users = end_user::list(&call.directory, &caller.organization, filter, &window).await?;
    let users = users.ok_or_else(|| Error::parameter("key", super::NO_SUCH_KEY))?;
    Ok(lists::answer(users, super::URL, |user| super::view(caller.organization.number, &user)))
}
