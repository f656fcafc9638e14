//! The header `Idempotency-Key`: a call that makes something can be sent again, and makes one thing.

use std::sync::Arc;

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use tessera_directory::Directory;
use tessera_directory::idempotency::{self, Answer, Earlier};

use super::error::Error;
use crate::body::Read;
use crate::endpoint::{Call, Handled, Received};
use crate::respond;

pub(super) const KEY: &str = "idempotency-key";
/// On an answer that is an earlier one's.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
const MAX_LENGTH: usize = 255;

/// Reads the header.
pub(super) fn read(call: &Received) -> Result<Option<String>, Error> {
    let key = call.header(KEY);
    let is_good = |key: &str| (1..=MAX_LENGTH).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    if key.as_deref().is_some_and(|key| !is_good(key)) { Err(Error::IdempotencyKey) } else { Ok(key) }
}

/// Has the call's change take its key, and says whether it has one.
pub(super) fn key(call: &Call) -> Result<bool, Error> {
    let Some(key) = read(call)? else { return Ok(false) };
    // a body that cannot be read is refused, and nothing changes
    if let Ok(body) = call.body() {
        idempotency::claim(&call.directory, &key, &format!("{} {}", call.parts.method, call.parts.uri.path()), body);
    }
    Ok(true)
}

/// The answer of a call; that of an earlier one, where it took the same key.
pub(super) async fn once(directory: Arc<Directory>, key: Result<bool, Error>, handled: Handled<Error>) -> Response {
    match key {
        Ok(false) => answered(handled.await),
        Ok(true) => keyed(&directory, handled).await,
        Err(error) => error.into_response(),
    }
}

async fn keyed(directory: &Directory, handled: Handled<Error>) -> Response {
    let (head, body) = answered(handled.await).into_parts();
    let body = Read::of(body).await.bytes().cloned().unwrap_or_default();
    let answer = idempotency::is_done(directory).then(|| Answer {
        status: head.status.as_u16(),
        is_secret: head.headers.contains_key(header::CACHE_CONTROL),
        body: String::from_utf8_lossy(&body).into_owned(),
    });
    if answer.is_some() || idempotency::is_taken(directory) {
        match idempotency::settle(directory, answer.as_ref()).await {
            Ok(Earlier::Answered(earlier)) if answer.is_none() => return replayed(earlier),
            Ok(Earlier::Different) => return Error::IdempotencyKeyReused.into_response(),
            // it is this call's own, or the handler was told that the key is taken, and says so
            Ok(Earlier::Answered(_) | Earlier::Unfinished) => {}
            // the change is made, whatever becomes of its answer
            Err(error) => log::error!("native: the answer of an idempotency key: {error}"),
        }
    } else if is_refused_for_itself(head.status) {
        // it is another call, whatever else is wrong with it
        match idempotency::is_anothers(directory).await {
            Ok(true) => return Error::IdempotencyKeyReused.into_response(),
            Ok(false) => {}
            Err(error) => log::error!("native: an idempotency key: {error}"),
        }
    }
    Response::from_parts(head, Body::from(body))
}

/// Whether a call was refused for what it says, and not for who calls, or when.
fn is_refused_for_itself(status: StatusCode) -> bool {
    const OTHER: [StatusCode; 3] = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN, StatusCode::TOO_MANY_REQUESTS];
    status.is_client_error() && !OTHER.contains(&status)
}

fn answered(handled: Result<Response, Error>) -> Response {
    handled.unwrap_or_else(Error::into_response)
}

/// An answer that is given again, as `respond::json` and `respond::secret` gave it.
fn replayed(earlier: Answer) -> Response {
    let mut response = Response::new(Body::from(earlier.body));
    *response.status_mut() = StatusCode::from_u16(earlier.status).unwrap_or_default();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if earlier.is_secret {
        response = respond::uncached(response);
    }
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}
