//! Errors of the control API: RFC 9457, and WireMock's own of what is written in WireMock's form.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, Uri, header};
use schemars::JsonSchema;
use serde::Serialize;

use super::wiremock::StubErrors;
use crate::clock::OutOfTime;
use crate::control::ControlError;
use crate::faults::RuleError;
use crate::stubs::StubError;

/// An error of the control API, as RFC 9457 has one.
#[derive(Serialize, JsonSchema)]
pub(super) struct Problem {
    /// The status in words.
    title: &'static str,
    status: u16,
    /// What is wrong, in a sentence for whoever asked.
    detail: String,
}

/// An error with a sentence for whoever asked.
pub(crate) fn problem(status: StatusCode, detail: impl Into<String>) -> Response {
    let title = status.canonical_reason().unwrap_or_default();
    let problem = Problem { title, status: status.as_u16(), detail: detail.into() };
    let media_type = HeaderValue::from_static("application/problem+json");
    (status, [(header::CONTENT_TYPE, media_type)], Json(problem)).into_response()
}

/// Why a call of the control API is refused.
#[derive(Debug)]
pub(super) enum Error {
    /// What is asked for is not there.
    NotFound(String),
    /// The path, the query or the body cannot be read.
    Unread(StatusCode, String),
    /// The body does not validate.
    Invalid(String),
    /// What is written in WireMock's form does not validate.
    Stub(StubError),
    /// By the control.
    Control(ControlError),
}

impl From<ControlError> for Error {
    fn from(error: ControlError) -> Self {
        Self::Control(error)
    }
}

impl From<RuleError> for Error {
    fn from(error: RuleError) -> Self {
        Self::Invalid(error.to_string())
    }
}

impl From<StubError> for Error {
    fn from(error: StubError) -> Self {
        Self::Stub(error)
    }
}

impl From<OutOfTime> for Error {
    fn from(error: OutOfTime) -> Self {
        Self::Invalid(error.to_string())
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        match self {
            Self::NotFound(detail) => problem(StatusCode::NOT_FOUND, detail),
            Self::Unread(status, detail) => problem(status, detail),
            Self::Invalid(detail) => problem(StatusCode::UNPROCESSABLE_ENTITY, detail),
            Self::Stub(error) => (StatusCode::UNPROCESSABLE_ENTITY, Json(StubErrors::from(error))).into_response(),
            Self::Control(error @ ControlError::NoSnapshot(_)) => problem(StatusCode::NOT_FOUND, error.to_string()),
            Self::Control(error @ ControlError::Dump(_)) => {
                problem(StatusCode::UNPROCESSABLE_ENTITY, error.to_string())
            }
            Self::Control(ControlError::Seed(error)) => problem(StatusCode::UNPROCESSABLE_ENTITY, error.to_string()),
            Self::Control(error @ ControlError::TooManySnapshots) => problem(StatusCode::CONFLICT, error.to_string()),
            Self::Control(
                error @ (ControlError::Store(_)
                | ControlError::Directory(_)
                | ControlError::Start(_)
                | ControlError::Metrics(_)),
            ) => problem(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
        }
    }
}

pub(super) async fn no_route(target: Uri) -> Response {
    problem(StatusCode::NOT_FOUND, format!("The control API has no {}", target.path()))
}

pub(super) async fn no_method() -> Response {
    problem(StatusCode::METHOD_NOT_ALLOWED, "This path has no such method")
}
