//! `GET /__admin/ui`: the inspector, a page over the control API. It comes from inside the program, and asks nobody else.

use axum::response::{IntoResponse as _, Redirect, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};

use super::error::problem;
use super::input::Path;

/// What the page may do: nothing but use what comes from here.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types 'none'";

fn file(media_type: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (HeaderName::from_static("referrer-policy"), HeaderValue::from_static("no-referrer")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, text).into_response()
}

/// The page.
pub(super) async fn page() -> Response {
    file("text/html; charset=utf-8", include_str!("ui/index.html"))
}

/// What the page is made of.
pub(super) async fn part(Path(name): Path) -> Response {
    match name.as_str() {
        "inspector.css" => file("text/css; charset=utf-8", include_str!("ui/inspector.css")),
        "views.js" => file("text/javascript; charset=utf-8", include_str!("ui/views.js")),
        "inspector.js" => file("text/javascript; charset=utf-8", include_str!("ui/inspector.js")),
        "" => Redirect::permanent("/__admin/ui").into_response(),
        _ => problem(StatusCode::NOT_FOUND, "The inspector has no such file"),
    }
}
