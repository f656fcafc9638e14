//! `GET /events` [D, C]

use std::borrow::Cow;

use axum::response::Response;
use http::StatusCode;
use serde_json::Map;
use tessera_directory::event::{self, Filter, Found, State};
use tessera_directory::window::Window;

use crate::dialects::ricloud::auth::Caller;
use crate::dialects::ricloud::error::Error;
use crate::dialects::ricloud::{input, lists};
use crate::endpoint::Call;
use crate::members::Members;
use crate::respond;

/// Lists events, newest first, by type, action or state.
pub(in crate::dialects::ricloud) async fn list(call: Call, caller: Caller) -> Result<Response, Error> {
    const NO_SUCH_EVENT: &str = "This should be the id of an event.";
    let mut members = Members::of(Map::new());
    let text = |name: &str| call.query(name).map(Cow::into_owned);
    let limit = lists::limit(&call, &mut members);
    let id = |name: &str| call.query(name).map(|id| id.to_ascii_lowercase());
    let window = Window { limit, after: id("after_id"), before: id("before_id") };
    let state = text("state").and_then(|text| {
        let state = State::parse(&text);
        if state.is_none() {
            input::note(&mut members, "state", "This should be one of pending, delivered, failed.");
        }
        state
    });
    let filter = Filter { r#type: text("type"), action: text("action"), state };
    let found = event::list(&call.directory, &caller.organization, filter, &window).await?;
    let events = match found {
        Found::Events(events) => Some(events),
        Found::NoCursor(after, before) => {
            for (is_none, name) in [(after, "after_id"), (before, "before_id")] {
                if is_none {
                    input::note(&mut members, name, NO_SUCH_EVENT);
                }
            }
            None
        }
    };
    members.finish()?;
    let events = events.ok_or(Error::NotFound)?;
    let data = events.items.iter().map(super::view).collect();
    let list = lists::List::new(data, events.has_more, events.total, super::URL);
    Ok(respond::json(StatusCode::OK, &list))
}
