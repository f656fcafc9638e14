//! `GET /.well-known/oauth-authorization-server` (RFC 8414)

use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use tessera_directory::key::Scope;

use super::INTROSPECTION;
use crate::dialects::native::error::Error;
use crate::endpoint::Call;
use crate::respond;

/// Where Anaconda's dialect grants access tokens.
const TOKEN: &str = "/api/auth/oauth2/token";

#[derive(Serialize)]
struct Metadata {
    token_endpoint: String,
    token_endpoint_auth_methods_supported: [&'static str; 2],
    grant_types_supported: [&'static str; 2],
    /// Required, even where no endpoint has any.
    response_types_supported: [&'static str; 0],
    scopes_supported: &'static [&'static str],
    introspection_endpoint: String,
    introspection_endpoint_auth_methods_supported: [&'static str; 2],
    issuer: String,
}

/// Tells clients what there is of OAuth, and where. It takes no credential.
pub(in crate::dialects::native) async fn get(call: Call) -> Result<Response, Error> {
    let issuer = call.origin();
    let metadata = Metadata {
        token_endpoint: format!("{issuer}{TOKEN}"),
        token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
        grant_types_supported: ["client_credentials", "password"],
        response_types_supported: [],
        scopes_supported: Scope::WORDS,
        introspection_endpoint: format!("{issuer}{INTROSPECTION}"),
        introspection_endpoint_auth_methods_supported: ["Bearer", "client_secret_basic"],
        issuer,
    };
    Ok(respond::json(StatusCode::OK, &metadata))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_tells_of_is_there() {
        for path in [TOKEN, INTROSPECTION] {
            assert!(crate::routes().iter().any(|route| route.path == path && route.method == "POST"), "{path}");
        }
    }
}
