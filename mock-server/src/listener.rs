//! The accept loop: every connection speaks HTTP/1.1 to the router, until the server is told to stop.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::uri::Scheme;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown};
use hyper_util::service::TowerToHyperService;
use tessera_api::Client;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tower::Service;
use tower::util::MapRequest;

use crate::connection::{Connection, Reset};
use crate::target;
use crate::wire::Fate;

/// How long a server waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// For the head of a client's next request, and so how long an idle connection is kept.
    pub(crate) head: Duration,
    /// For more of a request that a client has begun to send.
    pub(crate) more: Duration,
    /// For a client's part in the handshake of TLS.
    pub(crate) handshake: Duration,
    /// For requests that are being answered, once the server stops.
    pub(crate) stop: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            head: Duration::from_mins(1),
            more: Duration::from_mins(1),
            handshake: Duration::from_secs(10),
            stop: Duration::from_secs(5),
        }
    }
}

/// A rest after a connection could not be accepted: most often too many are open, and then trying again at once is vain.
const PAUSE: Duration = Duration::from_millis(20);

/// Serves until `stop`, on request over TLS; then accepts no more, and returns when what was begun is answered or its time
/// is over.
pub(crate) async fn serve<S>(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    service: S,
    patience: Patience,
    stop: impl Future<Output = ()>,
) where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let http = protocol(patience);
    let graceful = GracefulShutdown::new();
    let (mut connections, mut handshakes) = (JoinSet::new(), JoinSet::new());
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            (socket, client) = accept(&listener) => match &tls {
                None => {
                    let from = (Scheme::HTTP, client);
                    connections.spawn(graceful.watch(connection(&http, &service, socket, patience, from)));
                }
                Some(tls) => {
                    let shaking = timeout(patience.handshake, tls.accept(socket));
                    handshakes.spawn(async { (shaking.await, client) });
                }
            },
            Some(shaken) = handshakes.join_next() => {
                // one that failed, as it does for who speaks plain HTTP or does not trust the certificate, is over
                if let Ok((Ok(Ok(socket)), client)) = shaken {
                    let from = (Scheme::HTTPS, client);
                    connections.spawn(graceful.watch(connection(&http, &service, socket, patience, from)));
                }
            }
            // Only to forget it: a connection that ended badly is its client's concern.
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    drop(handshakes);
    // Those that are late end with the set.
    let _ = timeout(patience.stop, graceful.shutdown()).await;
}

/// HTTP as it is spoken here.
pub(crate) fn protocol(patience: Patience) -> http1::Builder {
    let mut http = http1::Builder::new();
    // A client may close its sending side as soon as it has sent its request, as `nc -N` does.
    http.timer(TokioTimer::new()).header_read_timeout(patience.head).half_close(true);
    http
}

/// A client's connection, as it is served.
pub(crate) fn connection<S, I>(
    http: &http1::Builder,
    service: &S,
    socket: I,
    patience: Patience,
    (scheme, client): (Scheme, Client),
) -> impl GracefulConnection<Error = hyper::Error> + Send + use<S, I>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    I: AsyncRead + AsyncWrite + Reset + Unpin + Send + 'static,
{
    let fate = Arc::new(Fate::default());
    let socket = TokioIo::new(Connection::new(socket, patience.more, Arc::clone(&fate)));
    let service = MapRequest::new(service.clone(), move |request: http::Request<Incoming>| {
        let mut request = target::normalize(request.map(Body::new));
        request.extensions_mut().insert(Arc::clone(&fate));
        request.extensions_mut().insert(client.clone());
        // without one it is http
        if scheme == Scheme::HTTPS {
            request.extensions_mut().insert(scheme.clone());
        }
        request
    });
    http.serve_connection(socket, TowerToHyperService::new(service))
}

async fn accept(listener: &TcpListener) -> (TcpStream, Client) {
    loop {
        match listener.accept().await {
            Ok((socket, address)) => {
                // Answers are written whole, so that waiting for more to send only delays them. That it failed is
                // no reason to refuse the client.
                let _ = socket.set_nodelay(true);
                return (socket, Client(address.ip().to_canonical().to_string().into()));
            }
            Err(_) => sleep(PAUSE).await,
        }
    }
}

#[cfg(test)]
mod tests;
