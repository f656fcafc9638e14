//! `POST /__admin/reset`

use axum::extract::State;
use http::StatusCode;

use super::error::Error;
use crate::control::Control;

/// Brings everything back to how the server began; snapshots stay.
pub(super) async fn reset(State(control): State<Control>) -> Result<StatusCode, Error> {
    control.reset().await?;
    Ok(StatusCode::OK)
}
