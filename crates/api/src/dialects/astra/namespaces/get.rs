//! `GET /accounts/{account_id}/topology/v1/namespaces/{namespace_id}` [C]

use axum::response::Response;

use super::MEDIA;
use crate::dialects::astra::error::Error;
use crate::dialects::astra::landscape::{self, View};
use crate::endpoint::Call;

/// Tells of one namespace, if the caller's role reaches it.
pub(in crate::dialects::astra) async fn get(call: Call) -> Result<Response, Error> {
    landscape::one(&call, MEDIA, "namespace_id", View::namespaces).await
}
