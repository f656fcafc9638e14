//! `GET /__admin/export` and `POST /__admin/import`: the directory's content as a file, its secrets left out.

use axum::Json;
use axum::extract::State;
use http::StatusCode;

use super::error::Error;
use super::input::Body;
use crate::control::Control;
use crate::dump::Dump;

/// Gives the content.
pub(super) async fn export(State(control): State<Control>) -> Result<Json<Dump>, Error> {
    Ok(Json(control.export()?))
}

/// Puts a content in the place of the one there is. Whoever is in both keeps the secrets of before; the keys and tokens that
/// come with it anew open nothing until they are given a secret.
pub(super) async fn import(State(control): State<Control>, body: Body) -> Result<StatusCode, Error> {
    control.import(&body.json()?)?;
    Ok(StatusCode::NO_CONTENT)
}
