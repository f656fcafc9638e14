//! `/healthz` and `/readyz`: whether the host is alive, and whether it can serve. They are no vendor's, take no credential, and
//! tell nothing of the directory; why a host is not ready is in its log alone.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use tessera_directory::{Directory, readiness};

/// What a request asks of the host itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// Whether it answers.
    Health,
    /// Whether it is configured, and its store answers and has the schema that this program was made with.
    Readiness,
}

impl Probe {
    /// The probe of a path, if it is one's.
    pub fn of(path: &str) -> Option<Self> {
        match path {
            "/healthz" => Some(Self::Health),
            "/readyz" => Some(Self::Readiness),
            _ => None,
        }
    }

    /// The answer. A host that is not configured has no directory, and says why.
    pub async fn answer(self, method: &Method, directory: Result<&Directory, String>) -> Response {
        if !matches!(*method, Method::GET | Method::HEAD) {
            return answer(StatusCode::METHOD_NOT_ALLOWED, "", &[(header::ALLOW, "GET, HEAD")]);
        }
        let checked = match (self, directory) {
            (Self::Health, _) => Ok(()),
            (Self::Readiness, Ok(directory)) => readiness::check(directory).await,
            (Self::Readiness, Err(reason)) => Err(reason),
        };
        let (status, body) = match checked {
            Ok(()) => (StatusCode::OK, r#"{"status":"ok"}"#),
            Err(reason) => {
                log::error!("not ready: {reason}");
                (StatusCode::SERVICE_UNAVAILABLE, r#"{"status":"unavailable"}"#)
            }
        };
        let body = if *method == Method::HEAD { "" } else { body };
        answer(status, body, &[(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")])
    }
}

fn answer(status: StatusCode, body: &'static str, headers: &[(HeaderName, &'static str)]) -> Response {
    let mut answer = Response::new(Body::from(body));
    *answer.status_mut() = status;
    for (name, value) in headers {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    answer
}
