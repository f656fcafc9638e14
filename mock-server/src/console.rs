//! The console at `/console/` and the reference of the APIs at `/openapi/`: the files that `cargo xtask console` and `cargo
//! xtask openapi` build, and the headers that they are answered with here as at the edge.

use axum::body::Body;
use axum::response::{IntoResponse as _, Redirect, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use include_dir::{Dir, include_dir};
use tessera_api::console::{INDEX, is_page};

/// What the Worker serves from its root.
static FILES: Dir = include_dir!("$CARGO_MANIFEST_DIR/../console/dist");

/// The path of the reference's page.
const REFERENCE: &str = "/openapi/";

/// The answer to a request for one of the files; nothing where it is for none.
pub(crate) fn answer(method: &Method, path: &str) -> Option<Response> {
    let is_served = path.starts_with("/console") || path.starts_with("/openapi");
    if !is_served || !matches!(*method, Method::GET | Method::HEAD) {
        return None;
    }
    if let Some(index) = [INDEX, REFERENCE].into_iter().find(|index| path == index.trim_end_matches('/')) {
        return Some(Redirect::temporary(index).into_response());
    }
    let (path, contents) = match file(path) {
        Some(contents) => (path, contents),
        None if is_page(method, path) => (INDEX, FILES.get_file("console/index.html")?.contents()),
        None => return None,
    };
    let mut response = Response::new(Body::from(Bytes::from_static(contents)));
    *response.headers_mut() = headers(path);
    Some(response)
}

fn file(path: &str) -> Option<&'static [u8]> {
    let path = if path == REFERENCE { "/openapi/index.html" } else { path };
    Some(FILES.get_file(path.strip_prefix('/')?)?.contents())
}

/// The headers of a path, by the rules of the file in which the edge reads them too.
fn headers(path: &str) -> HeaderMap {
    let mut headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(media_type(path)))]);
    let rules = FILES.get_file("_headers").and_then(|file| file.contents_utf8()).unwrap_or_default();
    let mut holds = false;
    for line in rules.lines().filter(|line| !line.starts_with('#')) {
        if !line.starts_with(' ') {
            holds = line.strip_suffix('*').map_or(path == line, |start| path.starts_with(start));
        } else if holds
            && let Some((name, value)) = line.trim().split_once(": ")
            && let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value))
        {
            headers.insert(name, value);
        }
    }
    headers
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("wasm") => "application/wasm",
        _ => "text/html; charset=utf-8",
    }
}
