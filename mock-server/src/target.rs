//! A request's target as a URL reads it.

use axum::extract::Request;
use http::Uri;
use url::Url;

/// Takes `.` and `..` out of the path, also where they are written `%2e`, as the Workers runtime does before a Worker is
/// asked. Nearly every target has neither and stays as it is.
pub(crate) fn normalize<B>(mut request: Request<B>) -> Request<B> {
    let path = request.uri().path();
    let may_have_dots = path.contains("/.") || path.contains("%2e") || path.contains("%2E");
    if may_have_dots && let Some(normal) = normal(request.uri()) {
        *request.uri_mut() = normal;
    }
    request
}

/// A target as a URL has it, dots and what is to be encoded done away with.
pub(crate) fn normal(target: &Uri) -> Option<Uri> {
    let url = Url::parse(&format!("http://localhost{}", target.path_and_query()?)).ok()?;
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()).parse().ok(),
        None => url.path().parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_followed() {
        for (target, normal) in [
            ("/a/./b", "/a/b"),
            ("/a/../b?q=/../c", "/b?q=/../c"),
            ("/a/%2e%2E/b", "/b"),
            ("/../../a", "/a"),
            ("/a/..", "/"),
            ("/.well-known/x", "/.well-known/x"),
            ("/a/%2Eb", "/a/%2Eb"),
            ("/a?q=%2e", "/a?q=%2e"),
        ] {
            let request = Request::builder().uri(target).body(()).unwrap();
            assert_eq!(normalize(request).uri().to_string(), normal, "{target}");
        }
    }
}
