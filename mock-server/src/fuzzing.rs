//! What the fuzz targets of `tests/fuzz` ask of the HTTP front, and nothing else should.

use std::convert::Infallible;

use axum::extract::Request;
use axum::response::Response;
use hyper_util::server::graceful::GracefulShutdown;
use tessera_api::Client;
use tokio::io::DuplexStream;
use tower::Service;

use crate::connection::Reset;
use crate::listener::{self, Patience};
use crate::request_line::RequestLines;

/// What becomes of the bytes of a connection that come in these pieces.
pub fn mend<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut lines = RequestLines::new();
    pieces.into_iter().flat_map(|piece| lines.mend(piece).unwrap_or_else(|| piece.to_vec())).collect()
}

/// Serves a connection to its end, as a server does.
pub async fn serve<S>(stream: DuplexStream, service: S)
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let patience = Patience::default();
    let from = (http::uri::Scheme::HTTP, Client("127.0.0.1".into()));
    let connection = listener::connection(&listener::protocol(patience), &service, stream, patience, from);
    // one that ends badly is its client's concern
    let _ = GracefulShutdown::new().watch(connection).await;
}

impl Reset for DuplexStream {
    fn reset(&self) {}
}
