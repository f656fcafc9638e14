//! `GET /accounts/{account_id}/topology/v1/namespaces`, `…/topology/v1/clusters/{cluster_id}/namespaces`
//! [D, C]

use axum::response::Response;

use crate::dialects::astra::error::Error;
use crate::dialects::astra::landscape;
use crate::endpoint::Call;

/// Lists the namespaces that the caller's role reaches; under a cluster the cluster's.
pub(in crate::dialects::astra) async fn list(call: Call) -> Result<Response, Error> {
    const MEMBERS: &[&str] = &[
        "type",
        "version",
        "id",
        "links[*]",
        "name",
        "namespaceState",
        "namespaceStateDetails[*]",
        "kubernetesUID",
        "kubernetesLabels[*].name",
        "kubernetesLabels[*].value",
        "clusterID",
        "metadata",
        "systemType",
    ];
    let cluster = call.parameter("cluster_id").to_ascii_lowercase();
    let items = |view: &landscape::View| {
        if cluster.is_empty() {
            return Some(view.namespaces());
        }
        let mut clusters = view.landscape.clouds.iter().flat_map(|cloud| &cloud.clusters);
        Some(view.namespaces_of(clusters.find(|known| known.id == cluster)?))
    };
    landscape::list(&call, MEMBERS, items).await
}
