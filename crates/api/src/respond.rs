//! Making answers.

use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

/// An answer with a JSON body.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    typed(status, HeaderValue::from_static("application/json"), body)
}

/// An answer with a JSON body that tells a secret, and so is kept in no cache.
pub(crate) fn secret(status: StatusCode, body: &impl Serialize) -> Response {
    uncached(json(status, body))
}

/// The same answer, to be kept in no cache.
pub(crate) fn uncached(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// An answer with a JSON body under another media type.
pub(crate) fn typed(status: StatusCode, media_type: HeaderValue, body: &impl Serialize) -> Response {
    written(status, media_type, serde_json::to_vec(body))
}

/// Apart from [`typed`], so that only what differs by the body's type is compiled once for each.
fn written(status: StatusCode, media_type: HeaderValue, body: serde_json::Result<Vec<u8>>) -> Response {
    match body {
        Ok(bytes) => (status, [(header::CONTENT_TYPE, media_type)], bytes).into_response(),
        Err(error) => {
            log::error!("an answer could not be written: {error}");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// An answer with no body.
pub(crate) fn empty(status: StatusCode) -> Response {
    status.into_response()
}

/// An answer to a call that may be made again in a second.
pub(crate) fn later(mut response: Response) -> Response {
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}
