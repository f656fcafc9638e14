//! What OAuth has an authorization server say of itself and of its tokens.

use http::header::HOST;
use http::uri::{Authority, Scheme};

use crate::endpoint::Call;

pub(super) mod introspect;
pub(super) mod metadata;

const INTROSPECTION: &str = "/oauth2/introspect";

/// The issuer: the origin at which it is asked.
fn issuer(call: &Call) -> String {
    let scheme = call.parts.extensions.get().unwrap_or(&Scheme::HTTP);
    let host = call.parts.headers.get(HOST).and_then(|host| Authority::try_from(host.as_bytes()).ok());
    let host = host.as_ref().filter(|host| !host.as_str().contains('@')).map_or("localhost", Authority::as_str);
    format!("{scheme}://{}", host.to_ascii_lowercase())
}
