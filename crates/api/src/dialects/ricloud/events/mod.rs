//! Events: what webhooks are told.

use axum::response::Response;
use serde::Serialize;
use tessera_directory::event::Event;

use super::input::date;
use crate::Enqueued;

pub(super) mod get;
pub(super) mod list;
pub(super) mod message;

const URL: &str = "/events";

/// An event, as every answer shows it and as it is sent.
#[derive(Serialize)]
struct EventView<'a> {
    id: &'a str,
    resource: &'static str,
    r#type: &'a str,
    action: &'a str,
    data: Data<'a>,
    state: &'static str,
    retries: i64,
    date_created: String,
    date_delivered: Option<String>,
}

/// A webhook config as it was, without its secret.
#[derive(Serialize)]
struct Data<'a> {
    id: i64,
    resource: &'static str,
    organisation: i64,
    url: &'a str,
    state: &'static str,
    date_created: String,
}

fn view(event: &Event) -> EventView<'_> {
    let data = Data {
        id: event.data.seq,
        resource: "webhook_config",
        organisation: event.organization,
        url: &event.data.url,
        state: event.data.state.as_str(),
        date_created: date(event.data.created_at),
    };
    EventView {
        id: &event.id,
        resource: "event",
        r#type: &event.r#type,
        action: &event.action,
        data,
        state: event.state.as_str(),
        retries: (event.attempts - 1).max(0),
        date_created: date(event.created_at),
        date_delivered: event.delivered_at.map(date),
    }
}

/// An answer that put an event for a webhook on record: the host sends it after the answer.
pub(super) fn enqueued(mut response: Response, webhook_config: i64) -> Response {
    response.extensions_mut().insert(Enqueued { webhook_config });
    response
}
