//! `GET /__admin/health`

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;

use crate::control::Control;

/// How the server is.
#[derive(Serialize, JsonSchema)]
pub(super) struct Health {
    status: &'static str,
    version: &'static str,
    /// The server's time.
    #[schemars(extend("format" = "date-time"))]
    now: String,
    /// Whether it has the demo and is for development.
    development: bool,
}

/// Says that the server answers.
pub(super) async fn get(State(control): State<Control>) -> Json<Health> {
    Json(Health {
        status: "healthy",
        version: env!("CARGO_PKG_VERSION"),
        now: super::clock::written(control.now()),
        development: control.is_development(),
    })
}
