//! What is accepted, and the answers in it [D].

use std::borrow::Cow;

use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use md5::{Digest as _, Md5};
use serde_json::Value;
use tessera_directory::document::{Shape, Table};
use tessera_directory::organization::Organization;

use super::error::Error;
use crate::endpoint::{Call, Received};

/// A kind of resource.
pub(super) struct Resource {
    /// Its `type`: `application/astra-user`.
    pub(super) media: &'static str,
    /// The versions that a body may name.
    pub(super) versions: &'static [&'static str],
    /// Where it is kept.
    pub(super) table: &'static Table,
    /// What it looks like.
    pub(super) shape: &'static Shape,
}

/// The `metadata` of a resource, by the columns of its table: what every resource has.
macro_rules! metadata {
    ($columns:ident) => {
        Object(&[
            ("creationTimestamp", Column($columns::CREATED_AT)),
            ("modificationTimestamp", Column($columns::UPDATED_AT)),
            ("createdBy", Column($columns::CREATED_BY)),
            ("labels", Column($columns::LABELS)),
        ])
    };
}
pub(super) use metadata;

const JSON: Cow<'static, str> = Cow::Borrowed("application/json");

/// The media types of `Accept`, without their parameters and those of weight nought; nothing where any will do.
fn accepted(call: &Received) -> Option<Vec<String>> {
    let accept = call.header("accept").filter(|accept| !accept.trim().is_empty())?;
    let ranges = accept.split(',').filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let media = parts.next()?.to_ascii_lowercase();
        let refused = parts.any(|part| {
            let weight = part.strip_prefix("q=").or_else(|| part.strip_prefix("Q="));
            weight.is_some_and(is_nought)
        });
        (!refused && !media.is_empty()).then_some(media)
    });
    Some(ranges.collect())
}

/// Whether a weight, `0` to `1` with at most three decimals, is nought.
fn is_nought(weight: &str) -> bool {
    weight.starts_with('0') && weight.bytes().all(|byte| matches!(byte, b'0' | b'.'))
}

fn is_json(media: &str) -> bool {
    matches!(media, "*/*" | "application/*" | "application/json")
}

/// The media type of an answer that is one resource: the first of those accepted that can be served.
pub(super) fn of_one(call: &Received, media: &'static str) -> Result<Cow<'static, str>, Error> {
    let Some(accepted) = accepted(call) else { return Ok(JSON) };
    let own = format!("{media}+json");
    for range in accepted {
        if is_json(&range) {
            return Ok(JSON);
        }
        if range.eq_ignore_ascii_case(&own) {
            return Ok(own.into());
        }
    }
    Err(Error::NotAcceptable)
}

/// Refuses a list to whoever accepts neither JSON nor any type of the vendor's.
pub(super) fn check_list(call: &Received) -> Result<(), Error> {
    let is_served =
        |range: &String| is_json(range) || (range.starts_with("application/astra-") && range.ends_with("+json"));
    match accepted(call) {
        Some(accepted) if !accepted.iter().any(is_served) => Err(Error::NotAcceptable),
        Some(_) | None => Ok(()),
    }
}

/// The tag of a resource: MD5 of its JSON, which stands for its state.
pub(super) fn tag(document: &str) -> String {
    use std::fmt::Write as _;
    Md5::digest(document).iter().fold(String::with_capacity(32), |mut tag, byte| {
        // a text takes whatever is written to it
        let _ = write!(tag, "{byte:02x}");
        tag
    })
}

/// An answer that is one resource.
pub(super) fn one(media: Cow<'static, str>, document: String) -> Response {
    with_tag(StatusCode::OK, media, &tag(&document), document)
}

fn with_tag(status: StatusCode, media: Cow<'static, str>, tag: &str, body: String) -> Response {
    let mut headers = HeaderMap::new();
    for (name, value) in [(header::CONTENT_TYPE, media), (header::ETAG, format!("\"{tag}\"").into())] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    (status, headers, body).into_response()
}

/// An answer that is a new resource of the collection at `core/v1/…`.
pub(super) fn created(
    call: &Call,
    organization: &Organization,
    collection: &str,
    media: Cow<'static, str>,
    document: String,
) -> Response {
    let tag = tag(&document);
    created_with(call, organization, collection, media, &tag, document)
}

/// The same, where the answer has more members than the resource will have, and the tag is the resource's.
pub(super) fn created_with(
    call: &Call,
    organization: &Organization,
    collection: &str,
    media: Cow<'static, str>,
    tag: &str,
    document: String,
) -> Response {
    let id = member(&document, "id").unwrap_or_default();
    let location = format!("{}/accounts/{}/core/v1/{collection}/{id}", call.origin(), organization.id);
    let mut response = with_tag(StatusCode::CREATED, media, tag, document);
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// A text member of a document.
pub(super) fn member(document: &str, name: &str) -> Option<String> {
    let document: Value = serde_json::from_slice(document.as_bytes()).ok()?;
    document.get(name)?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights() {
        for nought in ["0", "0.", "0.0", "0.000"] {
            assert!(is_nought(nought), "{nought}");
        }
        for other in ["", ".", "1", "0.001", "1.000", "zero"] {
            assert!(!is_nought(other), "{other}");
        }
    }
}
