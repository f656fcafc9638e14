//! `/__admin/scenarios`: in which state each is.

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::error::Error;
use super::input::{Body, Path};
use super::wiremock::Done;
use crate::control::Control;
use crate::stubs::Scenario;

/// The scenarios.
#[derive(Serialize, JsonSchema)]
pub(super) struct Scenarios {
    scenarios: Vec<Scenario>,
}

/// Lists the scenarios.
pub(super) async fn list(State(control): State<Control>) -> Json<Scenarios> {
    Json(Scenarios { scenarios: control.stubs().scenarios() })
}

/// Puts every one into its first state.
pub(super) async fn reset(State(control): State<Control>) -> Json<Done> {
    control.stubs().reset_scenarios();
    Json(Done {})
}

/// Puts one into a state; without a body into its first.
pub(super) async fn set_state(
    State(control): State<Control>,
    Path(name): Path,
    body: Body,
) -> Result<Json<Done>, Error> {
    let state = if body.is_empty() { Value::Null } else { body.wiremock()? };
    if control.stubs().set_state(&name, &state)? {
        Ok(Json(Done {}))
    } else {
        Err(Error::NotFound(format!("No stub names a scenario {name:?}")))
    }
}
