//! `GET /v1/audit/export?organization=&since=&operation=&actor=&limit=&cursor=`

use axum::response::{IntoResponse as _, Response};
use form_urlencoded::Serializer;
use http::{HeaderValue, header};
use tessera_directory::audit::{self, Search};

use super::{Entry, read};
use crate::dialects::native::auth;
use crate::dialects::native::error::Error;
use crate::endpoint::{Call, Received, Refusal};

/// Gives what the list gives as JSON Lines, an entry a line. Where there are more, `Link` says where.
pub(in crate::dialects::native) async fn export(call: Call) -> Result<Response, Error> {
    let organization = auth::audit(&call).await?;
    let (search, page) = read(&call)?;
    let listed = audit::list(&call.directory, &Search { organization, ..search }, page).await?;
    let mut lines = Vec::new();
    for entry in listed.items {
        serde_json::to_writer(&mut lines, &Entry::from(entry)).map_err(|_| Refusal::Internal)?;
        lines.push(b'\n');
    }
    let media_type = HeaderValue::from_static("application/x-ndjson");
    let mut response = ([(header::CONTENT_TYPE, media_type)], lines).into_response();
    if let Some(link) = listed.next.and_then(|cursor| HeaderValue::try_from(next(&call, &cursor)).ok()) {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

/// Where the entries behind these are, as RFC 8288 has it.
fn next(call: &Received, cursor: &str) -> String {
    let mut query = Serializer::new(String::new());
    query.extend_pairs(call.queries().filter(|(name, _)| name != "cursor"));
    format!("<{}?{}>; rel=\"next\"", call.parts.uri.path(), query.append_pair("cursor", cursor).finish())
}
