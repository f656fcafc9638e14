//! Reading requests. What cannot be read is refused as a problem, and not in axum's plain words.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::Error;
use crate::stubs::StubError;

/// The path's parameter.
pub(super) struct Path(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Path {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let read = axum::extract::Path::from_request_parts(parts, state).await;
        let axum::extract::Path(parameter) =
            read.map_err(|refused| Error::Unread(refused.status(), refused.body_text()))?;
        Ok(Self(parameter))
    }
}

/// The query's parameters.
pub(super) struct Query<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let read = axum::extract::Query::from_request_parts(parts, state).await;
        let axum::extract::Query(query) =
            read.map_err(|refused| Error::Unread(refused.status(), refused.body_text()))?;
        Ok(Self(query))
    }
}

/// The body, which the router's limit bounds.
pub(super) struct Body(Bytes);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        let read = Bytes::from_request(request, state).await;
        read.map(Self).map_err(|refused| Error::Unread(refused.status(), refused.body_text()))
    }
}

impl Body {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// JSON of this form; where it has none, what is wrong and where.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.0).map_err(|error| Error::Invalid(format!("The body does not validate: {error}")))
    }

    /// JSON in WireMock's form, whose refusals are in its form too.
    pub(super) fn wiremock(&self) -> Result<Value, Error> {
        serde_json::from_slice(&self.0).map_err(|error| {
            Error::Stub(StubError { pointer: String::new(), title: format!("Error parsing JSON: {error}") })
        })
    }
}
