//! `/__admin/seed`: from what ids and secrets follow.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::input;
use crate::control::Control;

/// The seed; without one, randomness is the system's.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Seed {
    seed: Option<u64>,
}

/// Tells the seed.
pub(super) async fn get(State(control): State<Control>) -> Json<Seed> {
    Json(Seed { seed: control.seed() })
}

/// Begins anew with a seed: with the same one the same calls get the same answers.
pub(super) async fn set(State(control): State<Control>, body: Bytes) -> Result<Json<Seed>, Error> {
    let seed: Seed = input::json(&body)?;
    control.set_seed(seed.seed);
    Ok(Json(seed))
}

/// Goes back to the system's randomness.
pub(super) async fn remove(State(control): State<Control>) -> Json<Seed> {
    control.set_seed(None);
    Json(Seed { seed: None })
}
