//! `GET /accounts/{account_id}/topology/v1/clusters/{cluster_id}` [C]

use axum::response::Response;

use super::MEDIA;
use crate::dialects::astra::error::Error;
use crate::dialects::astra::landscape;
use crate::endpoint::Call;

/// Tells of one cluster.
pub(in crate::dialects::astra) async fn get(call: Call) -> Result<Response, Error> {
    landscape::one(&call, MEDIA, "cluster_id", |view| view.clusters(MEDIA)).await
}
