//! `GET /__admin/deliveries`: what webhooks were told, of every organization, and how each attempt went.

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tessera_directory::delivery;

use super::clock::written;
use super::error::Error;
use super::input::Query;
use crate::control::{Control, ControlError};

/// How many deliveries are told unless the caller wants fewer.
const LIMIT: u32 = 200;

/// Which deliveries are told.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Wanted {
    /// The newest so many.
    limit: Option<u32>,
}

/// The deliveries, the newest first.
#[derive(Serialize, JsonSchema)]
pub(super) struct Deliveries {
    deliveries: Vec<Delivery>,
}

/// An event on its way to a webhook.
#[derive(Serialize, JsonSchema)]
struct Delivery {
    id: String,
    /// The organization's number.
    organization: i64,
    /// What happened, as `config.updated`.
    event: String,
    /// Where the webhook is now; null when it is gone.
    url: Option<String>,
    state: &'static str,
    #[schemars(extend("format" = "date-time"))]
    created_at: String,
    /// When the next attempt is due.
    #[schemars(extend("format" = "date-time"))]
    next_attempt_at: Option<String>,
    attempts: Vec<Attempt>,
}

/// One attempt.
#[derive(Serialize, JsonSchema)]
struct Attempt {
    #[schemars(extend("format" = "date-time"))]
    started_at: String,
    duration_milliseconds: i64,
    status: Option<i64>,
    error: Option<&'static str>,
    detail: Option<String>,
}

impl From<delivery::Attempt> for Attempt {
    fn from(attempt: delivery::Attempt) -> Self {
        Self {
            started_at: written(attempt.started_at),
            duration_milliseconds: (attempt.ended_at - attempt.started_at).num_milliseconds(),
            status: attempt.status,
            error: attempt.error.map(delivery::Failure::as_str),
            detail: attempt.detail,
        }
    }
}

/// Lists the deliveries.
pub(super) async fn list(
    State(control): State<Control>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Deliveries>, Error> {
    let limit = wanted.limit.unwrap_or(LIMIT).min(LIMIT);
    let newest = delivery::newest(control.directory(), limit).await.map_err(ControlError::from)?;
    let told = newest.into_iter().map(|(delivery, attempts)| Delivery {
        organization: delivery.event.organization,
        event: format!("{}.{}", delivery.event.r#type, delivery.event.action),
        url: delivery.url,
        state: delivery.event.state.as_str(),
        created_at: written(delivery.event.created_at),
        next_attempt_at: delivery.next_attempt_at.map(written),
        attempts: attempts.into_iter().map(Attempt::from).collect(),
        id: delivery.event.id,
    });
    Ok(Json(Deliveries { deliveries: told.collect() }))
}
