//! `/__admin/requests`: the journal, in WireMock's form.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::Error;
use crate::control::Control;
use crate::journal::Exchange;
use crate::show;

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

fn find(control: &Control, id: &str) -> Result<Arc<Exchange>, Error> {
    control.journal().find(id).ok_or_else(|| {
        let limit = control.journal().limit();
        Error::NotFound(format!("The journal has no request {id}: it keeps the last {limit}"))
    })
}

/// One exchange.
pub(super) async fn get(State(control): State<Control>, Path(id): Path<String>) -> Result<Json<Value>, Error> {
    Ok(Json(show::exchange(&*find(&control, &id)?)))
}

/// Why one was answered as it was.
pub(super) async fn why(State(control): State<Control>, Path(id): Path<String>) -> Result<Json<Value>, Error> {
    Ok(Json(show::why(&*find(&control, &id)?)))
}

/// Forgets one.
pub(super) async fn remove(State(control): State<Control>, Path(id): Path<String>) -> Result<StatusCode, Error> {
    find(&control, &id)?;
    control.journal().forget(|exchange| exchange.id() == id);
    Ok(StatusCode::OK)
}

/// Forgets all.
pub(super) async fn remove_all(State(control): State<Control>) -> StatusCode {
    control.journal().forget(|_| true);
    StatusCode::OK
}
