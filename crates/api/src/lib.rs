//! Tessera's HTTP API: one router, and a dialect for each vendor.

use axum::Router;
use tessera_directory::Directory;

/// The router that every host serves. Built once; cheap to clone.
pub fn router(directory: Directory) -> Router {
    Router::new().with_state(directory).fallback(|| async { (http::StatusCode::NOT_FOUND, "Not found") })
}
