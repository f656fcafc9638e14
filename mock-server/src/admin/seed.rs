//! `/__admin/seed`: from what ids and secrets follow.

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::input::Body;
use crate::control::Control;

/// The seed; without one, randomness is the system's.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Seed {
    seed: Option<u64>,
}

/// Tells the seed.
pub(super) async fn get(State(control): State<Control>) -> Json<Seed> {
    Json(Seed { seed: control.seed() })
}

/// Begins anew with a seed: with the same one the same calls get the same answers.
pub(super) async fn set(State(control): State<Control>, body: Body) -> Result<Json<Seed>, Error> {
    let seed: Seed = body.json()?;
    control.set_seed(seed.seed);
    Ok(Json(seed))
}

/// Goes back to the system's randomness.
pub(super) async fn remove(State(control): State<Control>) -> Json<Seed> {
    control.set_seed(None);
    Json(Seed { seed: None })
}
