//! Reading bodies.

use axum::body::Bytes;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::Error;
use crate::stubs::StubError;

/// A JSON body of this form; where it has none, what is wrong and where.
pub(super) fn json<T: DeserializeOwned>(body: &Bytes) -> Result<T, Error> {
    serde_json::from_slice(body).map_err(|error| Error::Invalid(format!("The body does not validate: {error}")))
}

/// A JSON body in WireMock's form, whose refusals are in its form too.
pub(super) fn wiremock(body: &Bytes) -> Result<Value, Error> {
    serde_json::from_slice(body).map_err(|error| {
        Error::Stub(StubError { pointer: String::new(), title: format!("Error parsing JSON: {error}") })
    })
}
