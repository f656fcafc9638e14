//! The way out: one POST a connection, over TLS where the URL says so. The name is resolved here, and the address that
//! is connected to is the very one that was looked at, so that no name leads elsewhere the second time it is asked.

use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, header};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::{InvalidDnsNameError, ServerName};
use tessera_directory::ports::{Message, Outbound, OutboundError, is_private};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use url::{Host, Position, Url};

use crate::trust::trust;

/// The network.
pub(crate) struct Network {
    is_development: bool,
    /// Read when it is first needed: reading the system's certificates takes a while, and few servers send anything.
    tls: OnceLock<Result<Arc<ClientConfig>, String>>,
}

impl Network {
    pub(crate) fn new(is_development: bool) -> Self {
        Self { is_development, tls: OnceLock::new() }
    }

    async fn send(&self, message: Message) -> Result<u16, OutboundError> {
        let url = Url::parse(&message.url).map_err(failed)?;
        let host = url.host().ok_or_else(|| failed("the URL has no host"))?;
        let port = url.port_or_known_default().ok_or_else(|| failed("the URL has no port"))?;
        let socket = self.connect(&host, port).await?;
        match url.scheme() {
            "https" => {
                let config = self
                    .tls
                    .get_or_init(|| trust(None).map_err(|error| error.to_string()))
                    .clone()
                    .map_err(OutboundError::Failed)?;
                let name = server_name(&host).map_err(failed)?;
                let secured = TlsConnector::from(config).connect(name, socket).await.map_err(failed)?;
                exchange(secured, &url, message).await
            }
            "http" if self.is_development => exchange(socket, &url, message).await,
            _ => Err(failed("the URL is not https")),
        }
    }

    async fn connect(&self, host: &Host<&str>, port: u16) -> Result<TcpStream, OutboundError> {
        let addresses: Vec<SocketAddr> = match host {
            Host::Domain(name) => lookup_host((*name, port)).await.map_err(failed)?.collect(),
            Host::Ipv4(address) => vec![(*address, port).into()],
            Host::Ipv6(address) => vec![(*address, port).into()],
        };
        let mut last = failed("the name has no address");
        for address in addresses {
            if !self.is_development && is_private(address.ip()) {
                last = OutboundError::Private;
                continue;
            }
            match TcpStream::connect(address).await {
                Ok(socket) => return Ok(socket),
                Err(error) => last = failed(error),
            }
        }
        Err(last)
    }
}

/// The name that the certificate of a host must have.
pub(crate) fn server_name(host: &Host<&str>) -> Result<ServerName<'static>, InvalidDnsNameError> {
    match host {
        Host::Domain(name) => ServerName::try_from((*name).to_owned()),
        Host::Ipv4(address) => Ok(ServerName::from(IpAddr::V4(*address))),
        Host::Ipv6(address) => Ok(ServerName::from(IpAddr::V6(*address))),
    }
}

/// What `Host` says of a URL.
pub(crate) fn authority(url: &Url) -> &str {
    &url[Position::BeforeHost..Position::AfterPort]
}

/// Speaks HTTP/1.1: sends the message, and reads the head of the answer.
async fn exchange<S>(socket: S, url: &Url, message: Message) -> Result<u16, OutboundError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(socket)).await.map_err(failed)?;
    let target = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let mut request = Request::post(target).header(header::HOST, authority(url)).header(header::USER_AGENT, "Tessera");
    for (name, value) in message.headers {
        request = request.header(name, value);
    }
    let request = request.body(Full::new(Bytes::from(message.body))).map_err(failed)?;
    let mut answer = pin!(sender.send_request(request));
    // the connection is dropped with the answer's head, whose body nobody wants; where it ends first, the answer is there
    // already, or says why there is none
    let answer = tokio::select! {
        answer = &mut answer => answer,
        _ = connection => answer.await,
    };
    answer.map(|answer| answer.status().as_u16()).map_err(failed)
}

#[expect(clippy::needless_pass_by_value, reason = "made for map_err")]
fn failed(error: impl ToString) -> OutboundError {
    OutboundError::Failed(error.to_string())
}

#[async_trait]
impl Outbound for Network {
    fn is_development(&self) -> bool {
        self.is_development
    }

    async fn post(&self, message: Message, patience: Duration) -> Result<u16, OutboundError> {
        timeout(patience, self.send(message)).await.unwrap_or(Err(OutboundError::TimedOut))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_is_sent_home() {
        let network = Network::new(false);
        for url in ["https://127.0.0.1:1/", "https://localhost:1/", "https://[::1]:1/", "https://0x7f.1:1/"] {
            let message = Message { url: url.to_owned(), headers: Vec::new(), body: String::new() };
            assert_eq!(network.post(message, Duration::from_secs(5)).await, Err(OutboundError::Private), "{url}");
        }
    }
}
