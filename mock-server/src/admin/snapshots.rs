//! `/__admin/snapshots`: the directory's content as it was, under a name, in memory.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use super::clock::written;
use super::error::Error;
use super::input::Path;
use crate::control::Control;

/// A snapshot.
#[derive(Serialize, JsonSchema)]
pub(super) struct Snapshot {
    name: String,
    /// By the server's clock.
    #[schemars(extend("format" = "date-time"))]
    taken_at: String,
}

/// The snapshots.
#[derive(Serialize, JsonSchema)]
pub(super) struct Snapshots {
    snapshots: Vec<Snapshot>,
}

/// Lists them by name.
pub(super) async fn list(State(control): State<Control>) -> Json<Snapshots> {
    let snapshots = control.snapshots().into_iter();
    Json(Snapshots { snapshots: snapshots.map(|(name, at)| Snapshot { name, taken_at: written(at) }).collect() })
}

/// Takes one, in the place of one of the same name.
pub(super) async fn save(State(control): State<Control>, Path(name): Path) -> Result<StatusCode, Error> {
    control.save(&name)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Brings one back. The clock, the journal, the faults and the stubs stay as they are.
pub(super) async fn restore(State(control): State<Control>, Path(name): Path) -> Result<StatusCode, Error> {
    control.restore(&name)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Forgets one.
pub(super) async fn remove(State(control): State<Control>, Path(name): Path) -> Result<StatusCode, Error> {
    control.forget(&name)?;
    Ok(StatusCode::NO_CONTENT)
}
