//! `/__admin/requests`: the journal, in WireMock's form.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::input::{Body, Path, Query};
use super::wiremock::Meta;
use crate::control::Control;
use crate::journal::Exchange;
use crate::show::{self, LoggedRequest, ServeEvent, Why};
use crate::stubs::{RequestPattern, Verdict};

/// Which exchanges are listed.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Wanted {
    /// The newest so many.
    limit: Option<usize>,
    /// Only those that arrived since, RFC 3339.
    since: Option<tessera_directory::Timestamp>,
    /// Only those that nothing was there for.
    #[serde(default)]
    unmatched: bool,
}

/// Exchanges, the newest first.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Exchanges {
    requests: Vec<ServeEvent>,
    meta: Meta,
    request_journal_disabled: bool,
}

/// Requests, the oldest first.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Requests {
    requests: Vec<LoggedRequest>,
    request_journal_disabled: bool,
}

/// The requests that are like a pattern, the oldest first.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Found {
    requests: Vec<LoggedRequest>,
    request_journal_disabled: bool,
    tessera: Undecided,
}

/// How many requests are like a pattern.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Counted {
    count: usize,
    request_journal_disabled: bool,
    tessera: Undecided,
}

/// What was forgotten.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Forgotten {
    serve_events: Vec<ServeEvent>,
    tessera: Undecided,
}

/// What a pattern cannot be held against.
#[derive(Serialize, JsonSchema)]
struct Undecided {
    /// The ids of the requests that are like the rest of it and whose bodies were cut.
    undecided: Vec<String>,
}

/// Lists exchanges, the newest first.
pub(super) async fn list(State(control): State<Control>, Query(wanted): Query<Wanted>) -> Json<Exchanges> {
    let mut found = control.journal().all();
    found.retain(|exchange| {
        wanted.since.is_none_or(|since| exchange.at >= since) && !(wanted.unmatched && exchange.was_matched())
    });
    let total = found.len();
    let shown = found.iter().rev().take(wanted.limit.unwrap_or(total));
    Json(Exchanges {
        requests: shown.map(|one| show::exchange(one)).collect(),
        meta: Meta { total },
        request_journal_disabled: !control.journal().is_on(),
    })
}

fn by_id(control: &Control, id: &str) -> Result<Arc<Exchange>, Error> {
    control.journal().find(id).ok_or_else(|| {
        let limit = control.journal().limit();
        Error::NotFound(format!("The journal has no request {id}: it keeps the last {limit}"))
    })
}

/// One exchange.
pub(super) async fn get(State(control): State<Control>, Path(id): Path) -> Result<Json<ServeEvent>, Error> {
    Ok(Json(show::exchange(&*by_id(&control, &id)?)))
}

/// Why one was answered as it was.
pub(super) async fn why(State(control): State<Control>, Path(id): Path) -> Result<Json<Why>, Error> {
    Ok(Json(show::why(&*by_id(&control, &id)?)))
}

/// Forgets one.
pub(super) async fn remove(State(control): State<Control>, Path(id): Path) -> Result<StatusCode, Error> {
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
fn like(control: &Control, pattern: &Body) -> Result<(Vec<Arc<Exchange>>, Vec<String>), Error> {
    let pattern = RequestPattern::parse(&pattern.wiremock()?)?;
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
pub(super) async fn count(State(control): State<Control>, pattern: Body) -> Result<Json<Counted>, Error> {
    let (found, undecided) = like(&control, &pattern)?;
    Ok(Json(Counted {
        count: found.len(),
        request_journal_disabled: !control.journal().is_on(),
        tessera: Undecided { undecided },
    }))
}

/// Lists the requests that are like a pattern, the oldest first.
pub(super) async fn find(State(control): State<Control>, pattern: Body) -> Result<Json<Found>, Error> {
    let (found, undecided) = like(&control, &pattern)?;
    Ok(Json(Found {
        requests: found.iter().map(|exchange| show::request(exchange)).collect(),
        request_journal_disabled: !control.journal().is_on(),
        tessera: Undecided { undecided },
    }))
}

/// Forgets the requests that are like a pattern, and tells them.
pub(super) async fn remove_like(State(control): State<Control>, pattern: Body) -> Result<Json<Forgotten>, Error> {
    let (found, undecided) = like(&control, &pattern)?;
    let gone = control.journal().forget(|exchange| found.iter().any(|found| found.number == exchange.number));
    Ok(Json(Forgotten {
        serve_events: gone.iter().map(|exchange| show::exchange(exchange)).collect(),
        tessera: Undecided { undecided },
    }))
}

/// Lists the requests that nothing was there for, no stub and no operation, the oldest first.
pub(super) async fn unmatched(State(control): State<Control>) -> Json<Requests> {
    let found = control.journal().all().into_iter().filter(|exchange| !exchange.was_matched());
    Json(Requests {
        requests: found.map(|exchange| show::request(&exchange)).collect(),
        request_journal_disabled: !control.journal().is_on(),
    })
}
