//! `GET /__admin/metrics`

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::header;
use tessera_directory::readiness;

use super::error::Error;
use crate::control::{Control, ControlError};
use crate::metrics::MEDIA_TYPE;

/// Gives the metrics.
pub(super) async fn get(State(control): State<Control>) -> Result<Response, Error> {
    let backlog = readiness::backlog(control.directory()).await.map_err(ControlError::from)?;
    let text = control.metrics().write(backlog).map_err(ControlError::from)?;
    Ok(([(header::CONTENT_TYPE, MEDIA_TYPE)], text).into_response())
}
