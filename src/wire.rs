//! From workerd's request to axum's, and back. `worker` converts them too, but header by header, it fails on a header
//! that is not ASCII, and answers through a stream; here each direction is one crossing.

use std::borrow::Cow;

use axum::body::Body;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::uri::Scheme;
use http::{Request, Response, StatusCode, Uri};
use http_body_util::BodyExt;
use tessera_api::Client;
use worker::js_sys::Uint8Array;
use worker::web_sys;

use crate::glue;

/// The longest body that is taken over whole, in bytes.
const WHOLE: usize = 64 << 10;

/// The request for the router. Its target is a path and a query, as a native server gives it. A body that may be long is a
/// stream, so that the router's limits hold before anything is read. A request that HTTP's own rules refuse gives the status.
pub(crate) async fn request(raw: &web_sys::Request) -> Result<Request<Body>, StatusCode> {
    let mut request = Request::new(Body::empty());
    *request.method_mut() = raw.method().parse().map_err(|_| StatusCode::BAD_REQUEST)?;
    let (scheme, target) = target(&raw.url()).ok_or(StatusCode::URI_TOO_LONG)?;
    *request.uri_mut() = target;
    request.extensions_mut().insert(scheme);
    *request.headers_mut() = headers(&glue::headers(raw)).ok_or(StatusCode::BAD_REQUEST)?;
    // Cloudflare sets it, whatever the client says
    if let Some(address) = request.headers().get("cf-connecting-ip").and_then(|address| address.to_str().ok()) {
        let client = Client(address.into());
        request.extensions_mut().insert(client);
    }
    *request.body_mut() = body(raw, request.headers()).await;
    Ok(request)
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

/// The answer for workerd.
pub(crate) async fn response(response: Response<Body>) -> worker::Result<web_sys::Response> {
    let (head, body) = response.into_parts();
    let body = body.collect().await.map_err(|error| worker::Error::RustError(error.to_string()))?.to_bytes();
    let headers: Vec<(&str, Cow<'_, str>)> =
        head.headers.iter().map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes()))).collect();
    Ok(glue::respond(head.status.as_u16(), &serde_json::to_string(&headers)?, body.into())?)
}

/// By which scheme the request came, and its target.
fn target(url: &str) -> Option<(Scheme, Uri)> {
    let url = url.parse::<Uri>().ok()?.into_parts();
    Some((url.scheme?, Uri::from(url.path_and_query?)))
}

fn headers(pairs: &str) -> Option<HeaderMap> {
    let pairs: Vec<(String, String)> = serde_json::from_slice(pairs.as_bytes()).ok()?;
    let mut headers = HeaderMap::with_capacity(pairs.len());
    for (name, value) in pairs {
        // workerd takes a header's bytes for UTF-8, and so do we on the way back.
        headers.append(HeaderName::try_from(name).ok()?, HeaderValue::try_from(value.into_bytes()).ok()?);
    }
    Some(headers)
}
