//! Lists: the envelope, and the parameters that choose a part [D, C].

use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use tessera_directory::window::{Window, Windowed};

use super::input::{note, parse_id};
use crate::endpoint::Received;
use crate::members::Members;
use crate::respond;

/// How many items a list has unless more are asked for.
pub(super) const DEFAULT_LIMIT: u32 = 10;
const MAX_LIMIT: u32 = 1000;

/// A list by itself.
#[derive(Serialize)]
pub(super) struct List<T> {
    resource: &'static str,
    #[serde(flatten)]
    list: Nested<T>,
}

impl<T> List<T> {
    pub(super) fn new(data: Vec<T>, has_more: bool, total_count: i64, url: &'static str) -> Self {
        Self { resource: "list", list: Nested { data, has_more, total_count, url } }
    }
}

/// A list inside an object, which has no `resource` [S].
#[derive(Serialize)]
pub(super) struct Nested<T> {
    data: Vec<T>,
    has_more: bool,
    total_count: i64,
    url: &'static str,
}

impl<T> Nested<T> {
    pub(super) fn new<I>(window: Windowed<I>, url: &'static str, view: impl Fn(I) -> T) -> Self {
        let data = window.items.into_iter().map(view).collect();
        Self { data, has_more: window.has_more, total_count: window.total, url }
    }

    /// A list with nothing in it.
    pub(super) fn empty(url: &'static str) -> Self {
        Self { data: Vec::new(), has_more: false, total_count: 0, url }
    }
}

/// The answer of a list; `url` is its path.
pub(super) fn answer<I, T: Serialize>(window: Windowed<I>, url: &'static str, view: impl Fn(I) -> T) -> Response {
    let list = List { resource: "list", list: Nested::new(window, url, view) };
    respond::json(StatusCode::OK, &list)
}

/// Reads which part of a list is asked for; faults are noted in `members`.
pub(super) fn window(call: &Received, members: &mut Members) -> Window {
    let mut cursor = |name: &str| {
        let text = call.query(name)?;
        let id = parse_id(&text);
        if id.is_none() {
            note(members, name, "This should be the id of an object.");
        }
        id
    };
    let (after, before) = (cursor("after_id"), cursor("before_id"));
    Window { limit: limit(call, members), after, before }
}

/// Reads `limit`.
pub(super) fn limit(call: &Received, members: &mut Members) -> u32 {
    const NAME: &str = "limit";
    let Some(text) = call.query(NAME) else { return DEFAULT_LIMIT };
    let limit =
        Some(&text).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit())).and_then(|text| text.parse().ok());
    match limit {
        Some(limit) if (1..=MAX_LIMIT).contains(&limit) => limit,
        _ => {
            note(members, NAME, &format!("This should be an integer from 1 to {MAX_LIMIT}."));
            DEFAULT_LIMIT
        }
    }
}
