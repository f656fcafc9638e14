//! `/__admin/near-misses`, `/__admin/requests/unmatched/near-misses`: what came near, and what about it differed.

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;

use super::error::Error;
use super::input::Body;
use crate::control::Control;
use crate::stubs::{NearMiss, RequestPattern, described, near_pattern};

/// What came nearest, the nearest first.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct NearMisses {
    near_misses: Vec<NearMiss>,
}

fn near(near_misses: Vec<NearMiss>) -> Json<NearMisses> {
    Json(NearMisses { near_misses })
}

/// The stubs nearest to each request that nothing was there for, the newest request first.
pub(super) async fn unmatched(State(control): State<Control>) -> Json<NearMisses> {
    let unmatched = control.journal().all().into_iter().rev().filter(|exchange| !exchange.was_matched());
    near(unmatched.flat_map(|exchange| control.stubs().near(&exchange)).collect())
}

/// The stubs nearest to a request.
pub(super) async fn request(State(control): State<Control>, body: Body) -> Result<Json<NearMisses>, Error> {
    let told = body.wiremock()?;
    Ok(near(control.stubs().near_request(&described(&told)?, &told, false)))
}

/// The requests nearest to a pattern.
pub(super) async fn request_pattern(State(control): State<Control>, body: Body) -> Result<Json<NearMisses>, Error> {
    let pattern = RequestPattern::parse(&body.wiremock()?)?;
    Ok(near(near_pattern(&pattern, &control.journal().all())))
}
