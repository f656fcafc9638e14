//! From a request to the endpoint that answers it.

use std::sync::Arc;

use axum::body::{Body, HttpBody as _};
use axum::extract::Request;
use axum::response::Response;
use http::{HeaderValue, Method, header};
use tessera_directory::Directory;

use crate::dialects;
use crate::endpoint::{self, Call, Dialect};

/// The router that every host serves. Cheap to clone.
#[derive(Clone)]
pub struct Router(Arc<Inner>);

struct Inner {
    directory: Arc<Directory>,
    dialects: Vec<Dialect>,
    paths: matchit::Router<Served>,
}

/// A path that is served.
struct Served {
    path: &'static str,
    /// Where its dialect stands, and in that the endpoints of its methods.
    dialect: usize,
    endpoints: Vec<usize>,
}

impl Router {
    /// A router for this directory.
    pub fn new(directory: Directory) -> Self {
        let dialects = dialects::all();
        let paths = paths(&dialects);
        // one count to go up and down at each request, on whichever thread, where a directory's clone has several
        Self(Arc::new(Inner { directory: Arc::new(directory), dialects, paths }))
    }

    /// Answers a request. A host that knows by which scheme it came says so in an extension of it, an [`http::uri::Scheme`]; without
    /// one it was http.
    pub async fn answer(&self, request: Request) -> Response {
        let is_head = request.method() == Method::HEAD;
        let mut answer = self.0.answer(request).await;
        let headers = answer.headers();
        if !headers.contains_key(header::CONTENT_LENGTH)
            && let Some(length) = answer.body().size_hint().exact()
        {
            answer.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        }
        if is_head {
            *answer.body_mut() = Body::empty();
        }
        answer
    }
}

impl Inner {
    async fn answer(&self, request: Request) -> Response {
        let directory = Arc::clone(&self.directory);
        let path = request.uri().path();
        if let Some((served, dialect)) = self.served(path) {
            let call = Call::read(directory, served.path, request).await;
            return endpoint::serve(dialect, served.path, &served.endpoints, call).await;
        }
        let authorization = request.headers().get(header::AUTHORIZATION);
        let Some(dialect) = dialects::that_claims(&self.dialects, path, authorization) else {
            // not reached: the native dialect claims what no other does
            return crate::respond::empty(http::StatusCode::INTERNAL_SERVER_ERROR);
        };
        let call = Call::read(directory, "", request).await;
        endpoint::serve_nothing(dialect, call).await
    }

    /// The path that this one is an instance of. What stands for nothing is no parameter.
    fn served(&self, path: &str) -> Option<(&Served, &Dialect)> {
        let found = self.paths.at(path).ok().filter(|found| found.params.iter().all(|(_, value)| !value.is_empty()))?;
        Some((found.value, self.dialects.get(found.value.dialect)?))
    }
}

/// Every path that is served.
fn paths(dialects: &[Dialect]) -> matchit::Router<Served> {
    let mut served: Vec<Served> = Vec::new();
    for (at, dialect) in dialects.iter().enumerate() {
        for (place, endpoint) in dialect.endpoints.iter().enumerate() {
            for &path in endpoint.paths {
                match served.iter_mut().find(|known| known.dialect == at && known.path == path) {
                    Some(known) => known.endpoints.push(place),
                    None => served.push(Served { path, dialect: at, endpoints: vec![place] }),
                }
            }
        }
    }
    let mut paths = matchit::Router::new();
    for one in served {
        let path = one.path;
        if let Err(error) = paths.insert(path, one) {
            // the route table is the same in every build, and the test below goes through it
            log::error!("{path} is not served: {error}");
        }
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_leads_to_itself() {
        let paths = paths(&dialects::all());
        for route in crate::routes() {
            let served = paths.at(route.path).map(|found| found.value.path);
            assert_eq!(served.ok(), Some(route.path), "of {}", route.dialect);
        }
    }
}
