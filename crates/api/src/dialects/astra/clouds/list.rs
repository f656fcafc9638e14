//! `GET /accounts/{account_id}/topology/v1/clouds` [C]

use axum::response::Response;

use crate::dialects::astra::error::Error;
use crate::dialects::astra::landscape;
use crate::endpoint::Call;

/// Lists the clouds.
pub(in crate::dialects::astra) async fn list(call: Call) -> Result<Response, Error> {
    const MEMBERS: &[&str] = &["type", "version", "id", "name", "state", "stateUnready[*]", "cloudType", "metadata"];
    landscape::list(&call, MEMBERS, |view| Some(view.clouds())).await
}
