//! `GET /v1/audit/export?organization=&since=&operation=&actor=&limit=&cursor=`

use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, header};

use super::entries;
use crate::dialects::native::error::Error;
use crate::endpoint::Call;

/// Gives what the list gives as JSON Lines, an entry a line. Where there are more, `Link` says where.
pub(in crate::dialects::native) async fn export(call: Call) -> Result<Response, Error> {
    let listed = entries(&call).await?;
    let mut lines = String::new();
    for entry in &listed.items {
        lines.push_str(entry);
        lines.push('\n');
    }
    let media_type = HeaderValue::from_static("application/x-ndjson");
    let mut response = lines.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, media_type);
    if let Some(link) = listed.next.and_then(|cursor| HeaderValue::try_from(next(&call, &cursor)).ok()) {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

/// Where the entries behind these are, as RFC 8288 has it.
fn next(call: &Call, cursor: &str) -> String {
    let mut next = format!("<{}?", call.parts.uri.path());
    let pairs = call.raw_query().split('&');
    for pair in pairs.filter(|pair| !pair.is_empty() && !pair.starts_with("cursor=")) {
        next.push_str(pair);
        next.push('&');
    }
    next.push_str("cursor=");
    next.push_str(cursor);
    next.push_str(">; rel=\"next\"");
    next
}
