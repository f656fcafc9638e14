//! `GET /v1/deliveries/{delivery_id}`

use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use tessera_directory::delivery;
use tessera_directory::key::Scope;

use super::Delivery;
use crate::dialects::native::auth;
use crate::dialects::native::error::Error;
use crate::dialects::native::input::id;
use crate::endpoint::Call;
use crate::{respond, time};

#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    delivery: Delivery,
    attempts: Vec<Attempt>,
}

#[derive(Serialize)]
struct Attempt {
    started_at: String,
    duration_ms: i64,
    status: Option<i64>,
    error: Option<&'static str>,
    detail: Option<String>,
}

impl From<delivery::Attempt> for Attempt {
    fn from(attempt: delivery::Attempt) -> Self {
        Self {
            started_at: time::with_z(attempt.started_at),
            duration_ms: (attempt.ended_at - attempt.started_at).num_milliseconds(),
            status: attempt.status,
            error: attempt.error.map(delivery::Failure::as_str),
            detail: attempt.detail,
        }
    }
}

/// Tells of one delivery, and of the attempts at it, oldest first.
pub(in crate::dialects::native) async fn get(call: Call) -> Result<Response, Error> {
    let organization = auth::outbox(&call, Scope::OutboxRead).await?;
    let (delivery, attempts) = delivery::find(&call.directory, &organization, &id(&call, "delivery_id")).await?;
    let told = Told { delivery: delivery.into(), attempts: attempts.into_iter().map(Attempt::from).collect() };
    Ok(respond::json(StatusCode::OK, &told))
}
