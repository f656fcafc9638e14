//! `/__admin/settings`: what holds for every stub.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde_json::{Value, json};

use super::error::Error;
use super::input;
use crate::control::Control;

/// Tells the delay of answers that have none of their own.
pub(super) async fn get(State(control): State<Control>) -> Json<Value> {
    Json(json!({ "settings": { "fixedDelay": control.stubs().delay() } }))
}

/// Changes it.
pub(super) async fn update(State(control): State<Control>, body: Bytes) -> Result<Json<Value>, Error> {
    control.stubs().set(&input::wiremock(&body)?)?;
    Ok(Json(json!({})))
}
