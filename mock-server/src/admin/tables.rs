//! `/__admin/tables`: the directory's tables as they are stored, their secrets left out.

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::input::{Path, Query};
use crate::control::Control;
use crate::dump::{Part, TableSize};

/// How many rows are told at the most.
const MAX_ROWS: u32 = 1000;

/// The tables.
#[derive(Serialize, JsonSchema)]
pub(super) struct Tables {
    tables: Vec<TableSize>,
}

/// Which rows are told.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Wanted {
    /// The first so many.
    limit: Option<u32>,
    /// Behind so many.
    #[serde(default)]
    offset: u32,
}

/// Lists the tables.
pub(super) async fn list(State(control): State<Control>) -> Result<Json<Tables>, Error> {
    Ok(Json(Tables { tables: control.tables()? }))
}

/// Tells rows of one table, in the order in which they are stored.
pub(super) async fn get(
    State(control): State<Control>,
    Path(name): Path,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Part>, Error> {
    let limit = wanted.limit.unwrap_or(MAX_ROWS).min(MAX_ROWS);
    let rows = control.rows(&name, limit, wanted.offset)?;
    rows.map(Json).ok_or_else(|| Error::NotFound(format!("There is no table {name:?}")))
}
