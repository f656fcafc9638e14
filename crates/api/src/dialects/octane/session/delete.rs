//! `POST /authentication/sign_out` [D]

use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use tessera_directory::session;

use crate::dialects::octane::auth;
use crate::dialects::octane::error::Error;
use crate::endpoint::Call;
use crate::respond;

/// Ends the session of the cookie, if there is one, and takes the cookie back.
pub(in crate::dialects::octane) async fn delete(call: Call) -> Result<Response, Error> {
    if let Some(secret) = auth::cookie(&call) {
        session::close(&call.directory, &secret).await?;
    }
    let mut response = respond::empty(StatusCode::OK);
    let cleared = HeaderValue::from_static("LWSSO_COOKIE_KEY=; Path=/; Max-Age=0; HttpOnly");
    response.headers_mut().insert(header::SET_COOKIE, cleared);
    Ok(response)
}
