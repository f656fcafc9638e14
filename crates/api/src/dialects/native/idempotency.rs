//! The header `Idempotency-Key`: a call that makes something can be sent again, and makes one thing.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};
use tessera_directory::Directory;
use tessera_directory::idempotency::{self, Answer, Earlier};

use super::error::Error;
use crate::endpoint::{Call, Handled};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// On an answer that is an earlier one's.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
const MAX_LENGTH: usize = 255;

/// Has the call's change take its key, and says whether it has one.
pub(super) fn key(call: &Call) -> Result<bool, Error> {
    let Some(key) = call.header(&KEY) else { return Ok(false) };
    if !(1..=MAX_LENGTH).contains(&key.len()) || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::IdempotencyKey);
    }
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
    let answer = answered(handled.await);
    if idempotency::is_done(directory) {
        return kept(directory, answer).await;
    }
    if !idempotency::is_taken(directory) {
        return answer;
    }
    match idempotency::earlier(directory).await {
        Ok(Earlier::Answered(earlier)) => replayed(earlier),
        Ok(Earlier::Different) => Error::IdempotencyKeyReused.into_response(),
        // the handler was told that the key is taken, and says so
        Ok(Earlier::Unfinished) => answer,
        Err(error) => Error::from(error).into_response(),
    }
}

fn answered(handled: Result<Response, Error>) -> Response {
    handled.unwrap_or_else(Error::into_response)
}

/// Keeps an answer for whoever makes the call again. The change is made, whatever becomes of that.
async fn kept(directory: &Directory, answer: Response) -> Response {
    let (head, body) = answer.into_parts();
    // what is answered here is there whole
    let body: Bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let answer = Answer {
        status: head.status.as_u16(),
        headers: head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    if let Err(error) = idempotency::keep(directory, &answer).await {
        log::error!("native: an answer could not be kept under its idempotency key: {error}");
    }
    Response::from_parts(head, Body::from(body))
}

fn replayed(earlier: Answer) -> Response {
    let mut response = Response::new(Body::from(earlier.body));
    *response.status_mut() = StatusCode::from_u16(earlier.status).unwrap_or_default();
    for (name, value) in earlier.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}
