//! `/__admin/settings`: what holds for every stub.

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;

use super::error::Error;
use super::input::Body;
use super::wiremock::Done;
use crate::control::Control;

/// The settings in force.
#[derive(Serialize, JsonSchema)]
pub(super) struct InForce {
    settings: Settings,
}

/// What holds for every stub that does not say otherwise.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Settings {
    /// In milliseconds.
    fixed_delay: Option<u32>,
}

/// Tells the delay of answers that have none of their own.
pub(super) async fn get(State(control): State<Control>) -> Json<InForce> {
    Json(InForce { settings: Settings { fixed_delay: control.stubs().delay() } })
}

/// Changes it.
pub(super) async fn update(State(control): State<Control>, body: Body) -> Result<Json<Done>, Error> {
    control.stubs().set(&body.wiremock()?)?;
    Ok(Json(Done {}))
}
