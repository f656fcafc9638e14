//! `mock-server wait`

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use rustls::pki_types::ServerName;
use tessera_mock::trust;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;
use url::{Position, Url};

use super::Failure;

/// How long to rest between two attempts.
const INTERVAL: Duration = Duration::from_millis(50);

#[derive(Args)]
pub(super) struct Arguments {
    /// Where the server is to be
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: Url,

    /// How many seconds to wait
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    timeout: u64,

    /// The certificate authority to trust, as --tls-self-signed=FILE writes it [default: the system's]
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { url, ca, .. } = arguments;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Failure::new(format_args!("{url} is no URL of http or https")));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::new)?;
    let mut last = "no answer".to_owned();
    let answered = async {
        while let Err(reason) = answers(url, ca.as_deref()).await {
            last = reason;
            sleep(INTERVAL).await;
        }
    };
    let waited = runtime.block_on(async { timeout(Duration::from_secs(arguments.timeout), answered).await });
    waited.map_err(|_| Failure::new(format_args!("{url} did not answer in {} seconds: {last}", arguments.timeout)))
}

/// Asks for the server's health once. Any answer of HTTP is one: where others reach the server, the control API may be closed.
async fn answers(url: &Url, ca: Option<&Path>) -> Result<(), String> {
    let addresses = url.socket_addrs(|| None).map_err(|error| error.to_string())?;
    let socket = TcpStream::connect(&*addresses).await.map_err(|error| error.to_string())?;
    if url.scheme() == "http" {
        return ask(socket, url).await;
    }
    let name = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let name = ServerName::try_from(name).map_err(|error| error.to_string())?;
    let connector = TlsConnector::from(trust(ca).map_err(|error| error.to_string())?);
    ask(connector.connect(name, socket).await.map_err(|error| error.to_string())?, url).await
}

async fn ask(mut socket: impl AsyncRead + AsyncWrite + Unpin, url: &Url) -> Result<(), String> {
    let host = &url[Position::BeforeHost..Position::AfterPort];
    let request = format!("GET /__admin/health HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).await.map_err(|error| error.to_string())?;
    let mut begins = [0; 7];
    socket.read_exact(&mut begins).await.map_err(|error| error.to_string())?;
    if begins == *b"HTTP/1." { Ok(()) } else { Err("what answers does not speak HTTP".to_owned()) }
}
