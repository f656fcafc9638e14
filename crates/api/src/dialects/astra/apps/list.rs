//! `GET /accounts/{account_id}/k8s/v2/apps` [C]

use axum::response::Response;
use serde_json::Value;

use crate::dialects::astra::error::Error;
use crate::dialects::astra::landscape;
use crate::endpoint::Call;

/// Lists the apps.
pub(in crate::dialects::astra) async fn list(call: Call) -> Result<Response, Error> {
    const MEMBERS: &[&str] =
        &["type", "version", "id", "name", "clusterID", "clusterName", "state", "namespaces[*]", "metadata"];
    landscape::list(&call, MEMBERS, |view| Some(view.landscape.apps.iter().cloned().map(Value::Object).collect())).await
}
