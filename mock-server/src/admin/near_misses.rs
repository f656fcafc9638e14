//! `/__admin/near-misses`, `/__admin/requests/unmatched/near-misses`: what came near, and what about it differed.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde_json::{Value, json};

use super::error::Error;
use super::input;
use crate::control::Control;
use crate::stubs::{RequestPattern, described, near_pattern};

fn near(near: &[Value]) -> Json<Value> {
    Json(json!({ "nearMisses": near }))
}

/// The stubs nearest to each request that nothing was there for, the newest request first.
pub(super) async fn unmatched(State(control): State<Control>) -> Json<Value> {
    let unmatched = control.journal().all().into_iter().rev().filter(|exchange| !exchange.was_matched());
    near(&unmatched.flat_map(|exchange| control.stubs().near(&exchange)).collect::<Vec<_>>())
}

/// The stubs nearest to a request.
pub(super) async fn request(State(control): State<Control>, body: Bytes) -> Result<Json<Value>, Error> {
    let told = input::wiremock(&body)?;
    Ok(near(&control.stubs().near_request(&described(&told)?, &told, false)))
}

/// The requests nearest to a pattern.
pub(super) async fn request_pattern(State(control): State<Control>, body: Bytes) -> Result<Json<Value>, Error> {
    let pattern = RequestPattern::parse(&input::wiremock(&body)?)?;
    Ok(near(&near_pattern(&pattern, &control.journal().all())))
}
