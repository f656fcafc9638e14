//! The control API, `/__admin`: what tests need of the server and no vendor has. Where WireMock has the same, its paths and
//! bodies are WireMock's.

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use http::{StatusCode, header};
use subtle::ConstantTimeEq as _;

use crate::control::Control;

mod clock;
mod content;
mod deliveries;
mod error;
mod events;
mod faults;
mod health;
mod input;
mod mailbox;
mod mappings;
mod metrics;
mod near_misses;
mod openapi;
mod operation;
mod requests;
mod reset;
mod routes;
mod scenarios;
mod seed;
mod settings;
mod snapshots;
mod tables;
mod ui;
mod wiremock;

pub(crate) use error::problem;
pub use openapi::document;

/// Under which path it is.
const PREFIX: &str = "/__admin";

/// Whether a path is one of its own.
pub(crate) fn is_under(path: &str) -> bool {
    path.strip_prefix(PREFIX).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Every endpoint.
pub(crate) fn router(control: Control) -> Router {
    let mut admin = Router::new();
    for operation in routes::operations() {
        admin = admin.route(operation.path, operation.handler);
    }
    let admin = admin.method_not_allowed_fallback(error::no_method).fallback(error::no_route).with_state(control);
    Router::new().nest(PREFIX, admin)
}

/// Who may use it: everybody where only this machine reaches the server, else who has the token.
#[derive(Clone)]
pub(crate) enum Guard {
    /// The server listens on this machine alone.
    Local,
    /// Others may reach the server, and there is a token.
    Token(String),
    /// Others may reach the server, and there is none.
    Closed,
}

impl Guard {
    /// Why a request is refused, if it is.
    pub(crate) fn refusal(&self, request: &Request) -> Option<Response> {
        // a page of some other site that is open in a browser on this machine is not whom this is for
        if let Some(origin) = request.headers().get(header::ORIGIN) {
            let host = request.headers().get(header::HOST).map_or(&b""[..], |host| host.as_bytes());
            let from =
                origin.as_bytes().splitn(2, |byte| *byte == b'/').nth(1).and_then(|rest| rest.strip_prefix(b"/"));
            if from != Some(host) {
                return Some(error::problem(
                    StatusCode::FORBIDDEN,
                    "Pages of other origins may not use the control API",
                ));
            }
        }
        match self {
            Self::Local if is_local(request) => None,
            Self::Local => {
                let detail = "The control API is for this machine: ask for it by 127.0.0.1, [::1] or localhost";
                Some(error::problem(StatusCode::FORBIDDEN, detail))
            }
            // the page tells nothing of anybody, and asks for the token that it then brings
            Self::Token(_) if is_page(request.uri().path()) => None,
            Self::Token(token) => (!bool::from(presented(request).ct_eq(token.as_bytes()))).then(|| {
                let detail = "Send the control API's token as `Authorization: Bearer …`";
                let mut refusal = error::problem(StatusCode::UNAUTHORIZED, detail);
                let bearer = http::HeaderValue::from_static("Bearer");
                refusal.headers_mut().insert(header::WWW_AUTHENTICATE, bearer);
                refusal
            }),
            Self::Closed => {
                let detail = "The server listens on more than this machine: start it with --admin-token to open this";
                Some(error::problem(StatusCode::FORBIDDEN, detail))
            }
        }
    }
}

/// Whether a path is the inspector's own.
fn is_page(path: &str) -> bool {
    path.strip_prefix("/__admin/ui").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The token that a request brings.
fn presented(request: &Request) -> &[u8] {
    let header = request.headers().get(header::AUTHORIZATION).map_or(&b""[..], |value| value.as_bytes());
    header.strip_prefix(b"Bearer ").unwrap_or_default()
}

/// Whether the host that is asked for is this machine by a name that nobody else's domain can have.
fn is_local(request: &Request) -> bool {
    let Some(host) = request.headers().get(header::HOST) else { return true };
    let Ok(host) = host.to_str() else { return false };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    name.eq_ignore_ascii_case("localhost")
        || name.to_ascii_lowercase().ends_with(".localhost")
        || address.is_ok_and(|address| address.to_canonical().is_loopback())
}
