//! `GET /v1/audit?organization=&since=&operation=&actor=&limit=&cursor=`

use axum::response::Response;
use http::StatusCode;

use super::entries;
use crate::dialects::native::error::Error;
use crate::dialects::native::input::Listed;
use crate::endpoint::Call;
use crate::{json, respond};

/// Lists the entries of the caller's organization, oldest first; for the root key those of any, or of all.
pub(in crate::dialects::native) async fn list(call: Call) -> Result<Response, Error> {
    let listed = entries(&call).await?;
    let data = listed.items.iter().map(|entry| json::kept(entry)).collect();
    Ok(respond::json(StatusCode::OK, &Listed { data, next_cursor: listed.next }))
}
