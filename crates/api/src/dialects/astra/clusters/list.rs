//! `GET /accounts/{account_id}/topology/v1/clusters`, `…/topology/v1/clouds/{cloud_id}/clusters` [C]

use axum::response::Response;

use super::{MEDIA, MEMBERS};
use crate::dialects::astra::error::Error;
use crate::dialects::astra::landscape;
use crate::endpoint::Call;

/// Lists the clusters; under a cloud the cloud's.
pub(in crate::dialects::astra) async fn list(call: Call) -> Result<Response, Error> {
    let cloud = call.parameter("cloud_id").to_ascii_lowercase();
    let items = |view: &landscape::View| {
        if cloud.is_empty() {
            return Some(view.clusters(MEDIA));
        }
        let cloud = view.landscape.clouds.iter().find(|known| known.id == cloud)?;
        Some(view.clusters_of(cloud, MEDIA))
    };
    landscape::list(&call, MEMBERS, items).await
}
