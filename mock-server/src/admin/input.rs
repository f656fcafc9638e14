//! Reading bodies.

use axum::body::Bytes;
use serde::de::DeserializeOwned;

use super::error::Error;

/// A JSON body of this form; where it has none, what is wrong and where.
pub(super) fn json<T: DeserializeOwned>(body: &Bytes) -> Result<T, Error> {
    serde_json::from_slice(body).map_err(|error| Error::Invalid(format!("The body does not validate: {error}")))
}
