//! `GET /__admin/events`: each exchange as it comes, as server-sent events.

use std::convert::Infallible;
use std::fmt::Write as _;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures_util::stream;
use http::header;

use crate::control::Control;
use crate::show;

/// Tells each exchange that comes from now on. A journal that is reset is told as the event `reset`.
pub(super) async fn stream(State(control): State<Control>) -> Response {
    let (newest, seen) = control.journal().subscribe();
    let events = stream::unfold((control, newest, seen), |(control, mut newest, seen)| async move {
        // gone with the server
        newest.changed().await.ok()?;
        let last = *newest.borrow_and_update();
        let mut text = String::new();
        if last < seen {
            text.push_str("event: reset\ndata: {}\n\n");
        }
        let seen = seen.min(last);
        let mut told = seen;
        for exchange in control.journal().after(seen) {
            told = told.max(exchange.number);
            // one that cannot be written does not end the stream
            if let Ok(shown) = serde_json::to_string(&show::exchange(&exchange)) {
                let _ = write!(text, "event: exchange\ndata: {shown}\n\n");
            }
        }
        Some((Ok::<_, Infallible>(Bytes::from(text)), (control, newest, told)))
    });
    let headers = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store")];
    (headers, Body::from_stream(events)).into_response()
}
