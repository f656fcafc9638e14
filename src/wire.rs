//! From workerd's request to axum's, and back. `worker` converts them too, but header by header, it fails on a header
//! that is not ASCII, and answers through a stream; here each direction is one crossing.

use axum::body::{Body, Bytes};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::uri::Scheme;
use http::{Request, Response, StatusCode, Uri};
use http_body_util::BodyExt;
use tessera_api::Client;
use worker::js_sys::{Function, Uint8Array};
use worker::web_sys;

use crate::glue;

/// The longest body that is taken over whole, in bytes.
const WHOLE: usize = 64 << 10;

/// The request for the router, of which the head is given: its method, its URL and each header as `name:value`, on lines of their own.
/// Its target is a path and a query, as a native server gives it. A body that may be long is a stream, so that the router's limits
/// hold before anything is read. A request that HTTP's own rules refuse gives the status.
pub(crate) async fn request(raw: &web_sys::Request, head: &str) -> Result<Request<Body>, StatusCode> {
    let mut lines = head.split('\n');
    let mut line = || lines.next().ok_or(StatusCode::BAD_REQUEST);
    let mut request = Request::new(Body::empty());
    *request.method_mut() = line()?.parse().map_err(|_| StatusCode::BAD_REQUEST)?;
    let (scheme, target) = target(line()?).ok_or(StatusCode::URI_TOO_LONG)?;
    *request.uri_mut() = target;
    request.extensions_mut().insert(scheme);
    for line in lines {
        let (name, value) = header(line).ok_or(StatusCode::BAD_REQUEST)?;
        request.headers_mut().append(name, value);
    }
    // Cloudflare sets it, whatever the client says
    if let Some(address) = request.headers().get("cf-connecting-ip").and_then(|address| address.to_str().ok()) {
        let client = Client(address.into());
        request.extensions_mut().insert(client);
    }
    *request.body_mut() = body(raw, request.headers()).await;
    Ok(request)
}

/// A header of a line. workerd takes a header's bytes for UTF-8, and so do we on the way back.
fn header(line: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = line.split_once(':')?;
    Some((HeaderName::try_from(name).ok()?, HeaderValue::from_bytes(value.as_bytes()).ok()?))
}

async fn body(raw: &web_sys::Request, headers: &HeaderMap) -> Body {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length <= WHOLE)
        && let Ok(whole) = glue::resolve(glue::body(raw)).await
    {
        return Body::from(Uint8Array::from(whole).to_vec());
    }
    // one that broke off does so once more
    raw.body().map_or_else(Body::empty, |stream| Body::new(worker::Body::new(stream)))
}

/// Gives the answer to workerd.
pub(crate) async fn respond(done: &Function, response: Response<Body>) {
    let (head, body) = response.into_parts();
    let (status, body) = match body.collect().await {
        Ok(body) => (head.status, body.to_bytes()),
        Err(error) => {
            log::error!("the answer broke off: {error}");
            (StatusCode::INTERNAL_SERVER_ERROR, Bytes::new())
        }
    };
    let mut lines = String::new();
    for (name, value) in &head.headers {
        let separator = if lines.is_empty() { "" } else { "\n" };
        lines.extend([separator, name.as_str(), ":", &String::from_utf8_lossy(value.as_bytes())]);
    }
    if let Err(thrown) = glue::respond(done, status.as_u16(), &lines, &body) {
        log::error!("the answer is none: {}", glue::message(&thrown));
        // without headers and a body it is one
        let _ = glue::respond(done, StatusCode::INTERNAL_SERVER_ERROR.as_u16(), "", &[]);
    }
}

/// By which scheme the request came, and its target.
fn target(url: &str) -> Option<(Scheme, Uri)> {
    let url = url.parse::<Uri>().ok()?.into_parts();
    Some((url.scheme?, Uri::from(url.path_and_query?)))
}
