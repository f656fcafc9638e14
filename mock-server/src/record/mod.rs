//! A reverse proxy that records: what it forwarded and what came back is written as stub mappings, their secrets taken out.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::{Method, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};
use tokio::net::TcpListener;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use tokio::time::sleep;
use url::Url;

mod mapping;
mod tape;
mod upstream;

use crate::admin::problem;
use crate::listener::{self, Patience};
use crate::trust::{TrustError, trust};
use tape::Tape;
use upstream::Upstream;

/// The longest body, of a request or of an answer.
const MAX_BODY: usize = 8 * 1024 * 1024;
/// How long an answer may take to be there whole.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the file rests between two writings.
const REST: Duration = Duration::from_secs(1);

/// What is recorded, and to where.
#[derive(Clone, Debug)]
pub struct RecorderSettings {
    /// The address to listen on. Port 0 stands for any that is free.
    pub listen: SocketAddr,
    /// The base URL of the service.
    pub to: Url,
    /// The file of mappings. One that is there is replaced.
    pub out: PathBuf,
    /// The certificate authorities to trust, a PEM file; without one, the system's.
    pub authorities: Option<PathBuf>,
}

/// Why nothing is recorded.
#[derive(Debug, thiserror::Error)]
pub enum RecorderError {
    /// It is no base URL of HTTP, or has more in it.
    #[error("cannot record {0}: it must be an http or https URL without credentials, query or fragment")]
    Url(Url),
    /// There is nobody to trust.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The address is taken, or is not this machine's.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the operating system says.
        source: io::Error,
    },
    /// The file cannot be written.
    #[error("cannot write {file}: {source}", file = .file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
}

/// What has come of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// How many exchanges are kept.
    pub kept: usize,
    /// How many were forwarded and are not kept: there were too many, or their answers were compressed all the same.
    pub left_out: usize,
}

/// A recording proxy that runs. Dropped, it stops, and what came in the last second may be missing in the file.
#[derive(Debug)]
pub struct Recorder {
    address: SocketAddr,
    proxy: Arc<Proxy>,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Recorder {
    /// Starts one on the current tokio runtime, with a file in which there is nothing yet.
    pub async fn start(settings: RecorderSettings) -> Result<Self, RecorderError> {
        let RecorderSettings { listen, to, out, authorities } = settings;
        let has_more = !to.username().is_empty() || to.password().is_some();
        if !matches!(to.scheme(), "http" | "https") || has_more || to.query().is_some() || to.fragment().is_some() {
            return Err(RecorderError::Url(to));
        }
        let tls = if to.scheme() == "https" { Some(trust(authorities.as_deref())?) } else { None };
        let refused = |source| RecorderError::Listen { address: listen, source };
        let listener = TcpListener::bind(listen).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let (upstream, tape) = (Upstream::new(to, tls), Arc::new(Tape::new(out)));
        let proxy = Arc::new(Proxy { upstream, tape, changed: Notify::new() });
        proxy.tape.write().await?;

        let (stop, stopped) = oneshot::channel();
        let stopped = async move {
            // Told to, or dropped: it comes to the same.
            let _ = stopped.await;
        };
        let service = Router::new().fallback(forward).with_state(Arc::clone(&proxy));
        let writing = tokio::spawn(write_on(Arc::clone(&proxy)));
        let serving = tokio::spawn(async move {
            listener::serve(listener, None, service, Patience::default(), stopped).await;
            writing.abort();
        });
        Ok(Self { address, proxy, stop, serving })
    }

    /// The proxy's base URL, without a slash at its end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops: the requests that are being answered have some seconds to finish, and then all is written.
    pub async fn stop(self) -> Result<Recorded, RecorderError> {
        let _ = self.stop.send(());
        let _ = self.serving.await;
        self.proxy.tape.write().await?;
        Ok(self.proxy.tape.recorded())
    }
}

/// Writes the file whenever there is more to write.
async fn write_on(proxy: Arc<Proxy>) {
    loop {
        proxy.changed.notified().await;
        if let Err(error) = proxy.tape.write().await {
            tracing::warn!("{error}");
        }
        sleep(REST).await;
    }
}

#[derive(Debug)]
struct Proxy {
    upstream: Upstream,
    tape: Arc<Tape>,
    changed: Notify,
}

async fn forward(State(proxy): State<Arc<Proxy>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let sent = match Limited::new(body, MAX_BODY).collect().await {
        Ok(sent) => sent.to_bytes(),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => {
            return problem(StatusCode::PAYLOAD_TOO_LARGE, "The body is longer than 8 MiB");
        }
        Err(_) => return problem(StatusCode::BAD_REQUEST, "The body does not come to its end"),
    };
    let answer = match proxy.upstream.send(&parts, sent.clone()).await {
        Ok(answer) => answer,
        Err(reason) => {
            let detail = format!("{} gives no answer: {reason}", proxy.upstream.base());
            return problem(StatusCode::BAD_GATEWAY, &detail);
        }
    };
    proxy.tape.keep(&parts, &sent, &answer);
    proxy.changed.notify_one();
    let (mut head, body) = answer.into_parts();
    // that of HEAD tells of a body that is not there; any other follows from the body
    if parts.method != Method::HEAD {
        head.headers.remove(header::CONTENT_LENGTH);
    }
    Response::from_parts(head, Body::from(body)).into_response()
}
