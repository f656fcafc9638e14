//! `/__admin/faults`: what is to go wrong.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::input::Body;
use crate::control::Control;
use crate::faults::{FaultRule, Standing};

/// Rules, to be put in the place of others.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FaultRules {
    faults: Vec<FaultRule>,
}

/// The rules in force, and what came of each.
#[derive(Serialize, JsonSchema)]
pub(super) struct Standings {
    faults: Vec<Standing>,
}

fn standings(control: &Control) -> Json<Standings> {
    Json(Standings { faults: control.faults().list() })
}

/// Lists the rules.
pub(super) async fn list(State(control): State<Control>) -> Json<Standings> {
    standings(&control)
}

/// Puts rules in the place of all there were, with nothing counted yet.
pub(super) async fn replace(State(control): State<Control>, body: Body) -> Result<Json<Standings>, Error> {
    control.faults().replace(body.json::<FaultRules>()?.faults)?;
    Ok(standings(&control))
}

/// Adds one rule after those there are.
pub(super) async fn add(State(control): State<Control>, body: Body) -> Result<(StatusCode, Json<Standings>), Error> {
    control.faults().add(body.json()?)?;
    Ok((StatusCode::CREATED, standings(&control)))
}

/// Forgets all rules.
pub(super) async fn remove(State(control): State<Control>) -> StatusCode {
    control.faults().clear();
    StatusCode::NO_CONTENT
}
