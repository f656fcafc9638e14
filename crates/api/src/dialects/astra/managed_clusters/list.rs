//! `GET /accounts/{account_id}/topology/v1/managedClusters` [C]

use axum::response::Response;

use crate::dialects::astra::clusters::MEMBERS;
use crate::dialects::astra::error::Error;
use crate::dialects::astra::landscape;
use crate::endpoint::Call;

/// Lists the clusters that are managed.
pub(in crate::dialects::astra) async fn list(call: Call) -> Result<Response, Error> {
    landscape::list(&call, MEMBERS, |view| Some(view.clusters("application/astra-managedCluster"))).await
}
