//! `POST /authentication/sign_in` [D]

use axum::response::Response;
use http::uri::Scheme;
use http::{HeaderValue, StatusCode, header};
use serde_json::Value;
use tessera_directory::credential::{self, Pair};
use tessera_directory::session;

use crate::dialects::octane::auth::COOKIE;
use crate::dialects::octane::error::Error;
use crate::dialects::octane::require_json;
use crate::endpoint::{Call, Refusal};
use crate::respond;
use crate::verdict::Code;

/// Opens a session, whatever cookies are sent along, and tells it in a cookie.
pub(in crate::dialects::octane) async fn create(call: Call) -> Result<Response, Error> {
    require_json(&call)?;
    let (pair, name, secret) = read(call.body()?)?;
    let found = credential::by_pair(&call.directory, pair, (&name, &secret), &call.network(), None).await?;
    let (principal, opener) = found.ok_or(Refusal::Unauthenticated)?;
    let session = session::open(&call.directory, &principal, &opener).await?.ok_or(Refusal::Unauthenticated)?;
    // over http a client would keep a secure cookie to itself [C]
    let secure = if call.parts.extensions.get() == Some(&Scheme::HTTPS) { "; Secure" } else { "" };
    let cookie = format!("{COOKIE}={session}; Path=/; HttpOnly{secure}");
    let mut response = respond::empty(StatusCode::OK);
    let cookie = HeaderValue::from_str(&cookie).map_err(|_| Refusal::Internal)?;
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

/// The pair that is presented: the first of two [R].
pub(in crate::dialects::octane) fn read(body: &[u8]) -> Result<(Pair, String, String), Error> {
    let Ok(Value::Object(members)) = serde_json::from_slice(body) else {
        return Err(Error::General(Code::Malformed, "The body must be a JSON object"));
    };
    let (pair, name, secret) = members
        .keys()
        .find_map(|name| match name.as_str() {
            "user" | "password" => Some((Pair::UserOrClient, "user", "password")),
            "client_id" | "client_secret" => Some((Pair::Client, "client_id", "client_secret")),
            _ => None,
        })
        .ok_or(Refusal::Unauthenticated)?;
    let text = |name: &str| match members.get(name) {
        Some(Value::String(text)) => Ok(text.clone()),
        _ => Err(Refusal::Unauthenticated),
    };
    Ok((pair, text(name)?, text(secret)?))
}
