//! `/__admin/requests`: the journal, in WireMock's form.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::Error;
use super::input;
use crate::control::Control;
use crate::journal::Exchange;
use crate::show;
use crate::stubs::{RequestPattern, Verdict};

/// Which exchanges are listed.
#[derive(Deserialize)]
pub(super) struct Wanted {
    /// The newest so many.
    limit: Option<usize>,
    /// Only those that arrived since, RFC 3339.
    since: Option<tessera_directory::Timestamp>,
    /// Only those that nothing was there for.
    #[serde(default)]
    unmatched: bool,
}

/// Lists exchanges, the newest first.
pub(super) async fn list(State(control): State<Control>, Query(wanted): Query<Wanted>) -> Json<Value> {
    let mut found = control.journal().all();
    found.retain(|exchange| {
        wanted.since.is_none_or(|since| exchange.at >= since) && !(wanted.unmatched && exchange.was_matched())
    });
    let total = found.len();
    let shown: Vec<Value> =
        found.iter().rev().take(wanted.limit.unwrap_or(total)).map(|one| show::exchange(one)).collect();
    Json(json!({
        "requests": shown,
        "meta": { "total": total },
        "requestJournalDisabled": !control.journal().is_on(),
    }))
}

fn by_id(control: &Control, id: &str) -> Result<Arc<Exchange>, Error> {
    control.journal().find(id).ok_or_else(|| {
        let limit = control.journal().limit();
        Error::NotFound(format!("The journal has no request {id}: it keeps the last {limit}"))
    })
}

/// One exchange.
pub(super) async fn get(State(control): State<Control>, Path(id): Path<String>) -> Result<Json<Value>, Error> {
    Ok(Json(show::exchange(&*by_id(&control, &id)?)))
}

/// Why one was answered as it was.
pub(super) async fn why(State(control): State<Control>, Path(id): Path<String>) -> Result<Json<Value>, Error> {
    Ok(Json(show::why(&*by_id(&control, &id)?)))
}

/// Forgets one.
pub(super) async fn remove(State(control): State<Control>, Path(id): Path<String>) -> Result<StatusCode, Error> {
    by_id(&control, &id)?;
    control.journal().forget(|exchange| exchange.id() == id);
    Ok(StatusCode::OK)
}

/// Forgets all.
pub(super) async fn remove_all(State(control): State<Control>) -> StatusCode {
    control.journal().forget(|_| true);
    StatusCode::OK
}

/// The exchanges whose requests are like a pattern, and the ids of those of which that cannot be told, because they are
/// like the rest of it and their bodies were cut.
fn like(control: &Control, pattern: &Bytes) -> Result<(Vec<Arc<Exchange>>, Vec<String>), Error> {
    let pattern = RequestPattern::parse(&input::wiremock(pattern)?)?;
    let (mut found, mut undecided) = (Vec::new(), Vec::new());
    for exchange in control.journal().all() {
        match pattern.judge(&exchange) {
            Verdict::Matches => found.push(exchange),
            Verdict::Differs => {}
            Verdict::Undecided => undecided.push(exchange.id()),
        }
    }
    Ok((found, undecided))
}

/// Counts the requests that are like a pattern.
pub(super) async fn count(State(control): State<Control>, pattern: Bytes) -> Result<Json<Value>, Error> {
    let (found, undecided) = like(&control, &pattern)?;
    Ok(Json(json!({
        "count": found.len(),
        "requestJournalDisabled": !control.journal().is_on(),
        "tessera": { "undecided": undecided },
    })))
}

/// Lists the requests that are like a pattern, the oldest first.
pub(super) async fn find(State(control): State<Control>, pattern: Bytes) -> Result<Json<Value>, Error> {
    let (found, undecided) = like(&control, &pattern)?;
    Ok(Json(json!({
        "requests": found.iter().map(|exchange| show::request(exchange)).collect::<Vec<_>>(),
        "requestJournalDisabled": !control.journal().is_on(),
        "tessera": { "undecided": undecided },
    })))
}

/// Forgets the requests that are like a pattern, and tells them.
pub(super) async fn remove_like(State(control): State<Control>, pattern: Bytes) -> Result<Json<Value>, Error> {
    let (found, undecided) = like(&control, &pattern)?;
    let gone = control.journal().forget(|exchange| found.iter().any(|found| found.number == exchange.number));
    Ok(Json(json!({
        "serveEvents": gone.iter().map(|exchange| show::exchange(exchange)).collect::<Vec<_>>(),
        "tessera": { "undecided": undecided },
    })))
}

/// Lists the requests that nothing was there for, no stub and no operation, the oldest first.
pub(super) async fn unmatched(State(control): State<Control>) -> Json<Value> {
    let found = control.journal().all().into_iter().filter(|exchange| !exchange.was_matched());
    Json(json!({
        "requests": found.map(|exchange| show::request(&exchange)).collect::<Vec<_>>(),
        "requestJournalDisabled": !control.journal().is_on(),
    }))
}
