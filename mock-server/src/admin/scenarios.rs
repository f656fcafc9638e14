//! `/__admin/scenarios`: in which state each is.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::error::Error;
use super::input;
use crate::control::Control;

/// Lists the scenarios.
pub(super) async fn list(State(control): State<Control>) -> Json<Value> {
    Json(json!({ "scenarios": control.stubs().scenarios() }))
}

/// Puts every one into its first state.
pub(super) async fn reset(State(control): State<Control>) -> Json<Value> {
    control.stubs().reset_scenarios();
    Json(json!({}))
}

/// Puts one into a state; without a body into its first.
pub(super) async fn set_state(
    State(control): State<Control>,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Error> {
    let state = if body.is_empty() { Value::Null } else { input::wiremock(&body)? };
    if control.stubs().set_state(&name, &state)? {
        Ok(Json(json!({})))
    } else {
        Err(Error::NotFound(format!("No stub names a scenario {name:?}")))
    }
}
