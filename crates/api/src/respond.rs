//! Making answers.

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use tessera_directory::ports::RetryAfter;

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

/// An answer that is whole in memory, as that of every error is: what a server sends, and a verdict tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Written {
    /// The status.
    pub status: u16,
    /// The headers that the API gives it, their names in lower case; what a host adds is not among them.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// The body. Where a vendor's error has an id of its own that is new each time, a verdict has `0` for its letters and digits.
    pub body: String,
}

impl Written {
    /// An answer with a JSON body.
    pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Self {
        Self::typed(status, "application/json", body)
    }

    /// An answer with a JSON body under another media type.
    pub(crate) fn typed(status: StatusCode, media_type: &'static str, body: &impl Serialize) -> Self {
        // it does not fail: the keys are texts
        let body = serde_json::to_string(body).unwrap_or_default();
        Self { status: status.as_u16(), headers: vec![("content-type", media_type.into())], body }
    }

    /// The same with another header.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same to a call that may be made again in a second.
    pub(crate) fn later(self) -> Self {
        self.after(RetryAfter(1))
    }

    /// The same to a call that may be made again after so long.
    pub(crate) fn after(self, RetryAfter(seconds): RetryAfter) -> Self {
        self.with("retry-after", seconds.to_string())
    }

    /// The same, kept in no cache.
    pub(crate) fn uncached(self) -> Self {
        self.with("cache-control", "no-store")
    }
}

impl IntoResponse for Written {
    fn into_response(self) -> Response {
        let mut response = Response::new(self.body.into());
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(HeaderName::from_static(name), value);
            }
        }
        response
    }
}
