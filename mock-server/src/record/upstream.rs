//! The service that is recorded: each request goes on a connection of its own.

use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, header, request};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use url::Url;

use super::{MAX_BODY, PATIENCE};
use crate::outbound::{authority, server_name};

/// Headers that concern one connection, and are not sent on.
const HOP_BY_HOP: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

type Error = Box<dyn std::error::Error + Send + Sync>;

/// A service by its base URL.
#[derive(Debug)]
pub(super) struct Upstream {
    base: Url,
    /// Where it is https.
    tls: Option<Arc<ClientConfig>>,
}

impl Upstream {
    pub(super) fn new(base: Url, tls: Option<Arc<ClientConfig>>) -> Self {
        Self { base, tls }
    }

    pub(super) fn base(&self) -> &Url {
        &self.base
    }

    /// Sends a request on, and reads its answer whole, without what concerned the connection. The error is for a reader.
    pub(super) async fn send(&self, parts: &request::Parts, body: Bytes) -> Result<Response<Bytes>, String> {
        match timeout(PATIENCE, self.answer(parts, body)).await {
            Ok(answer) => answer.map_err(|error| error.to_string()),
            Err(_) => Err(format!("it takes more than {} seconds", PATIENCE.as_secs())),
        }
    }

    async fn answer(&self, parts: &request::Parts, body: Bytes) -> Result<Response<Bytes>, Error> {
        let request = self.request(parts, body)?;
        let host = self.base.host().ok_or("the URL has no host")?;
        let port = self.base.port_or_known_default().ok_or("the URL has no port")?;
        let name = self.base.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let socket = TcpStream::connect((name, port)).await?;
        match &self.tls {
            Some(tls) => {
                let connector = TlsConnector::from(Arc::clone(tls));
                exchange(connector.connect(server_name(&host)?, socket).await?, request).await
            }
            None => exchange(socket, request).await,
        }
    }

    fn request(&self, parts: &request::Parts, body: Bytes) -> Result<Request<Full<Bytes>>, Error> {
        let target = parts.uri.path_and_query().ok_or("the request has no path")?;
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = parts.method.clone();
        *request.uri_mut() = format!("{}{target}", self.base.path().trim_end_matches('/')).parse()?;
        let mut headers = parts.headers.clone();
        drop_hop_by_hop(&mut headers);
        // it was waited for here already
        headers.remove(header::EXPECT);
        headers.remove(header::CONTENT_LENGTH);
        headers.insert(header::HOST, HeaderValue::from_str(authority(&self.base))?);
        // in what is compressed no secret is found
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        *request.headers_mut() = headers;
        Ok(request)
    }
}

async fn exchange<S>(socket: S, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, Error>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(socket)).await?;
    let mut answer = pin!(async {
        let (mut head, body) = sender.send_request(request).await?.into_parts();
        drop_hop_by_hop(&mut head.headers);
        let body = Limited::new(body, MAX_BODY).collect().await?.to_bytes();
        Ok(Response::from_parts(head, body))
    });
    // where the connection ends first, the answer is there already, or says why there is none
    tokio::select! {
        answer = &mut answer => answer,
        _ = connection => answer.await,
    }
}

fn drop_hop_by_hop(headers: &mut HeaderMap) {
    let connection = headers.get_all(header::CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let named: Vec<String> = connection.flat_map(|value| value.split(',')).map(|name| name.trim().to_owned()).collect();
    for name in HOP_BY_HOP.iter().copied().chain(named.iter().map(String::as_str)) {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;

    #[test]
    fn what_concerns_the_connection_stays_behind() {
        let upstream = Upstream::new(Url::parse("https://real.test:8443/base/").unwrap(), None);
        let request = Request::post("/users?a=b")
            .header("host", "127.0.0.1:1")
            .header("connection", "close, X-Mine")
            .header("x-mine", "1")
            .header("te", "trailers")
            .header("accept-encoding", "gzip")
            .header("authorization", "Token abc")
            .body(())
            .unwrap();
        let sent = upstream.request(&request.into_parts().0, Bytes::from_static(b"x")).unwrap();
        assert_eq!((sent.method(), sent.uri().to_string().as_str()), (&Method::POST, "/base/users?a=b"));
        let headers = sent.headers().iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
        let mut headers: Vec<_> = headers.collect();
        headers.sort_unstable();
        let wanted = [("accept-encoding", "identity"), ("authorization", "Token abc"), ("host", "real.test:8443")];
        assert_eq!(headers, wanted);
    }
}
