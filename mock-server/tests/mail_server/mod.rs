//! A mail server for tests: SMTP as RFC 5321 has it, which takes, refuses or hangs as it is told.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;

/// A mail that was handed over, or was when the server hung.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Received {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) message: String,
}

impl Received {
    /// A header's text, unfolded.
    pub(crate) fn header(&self, name: &str) -> String {
        let head = self.message.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ");
        let found = head.split("\r\n").find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned));
        found.unwrap_or_default()
    }
}

/// What the server does.
#[derive(Clone, Debug, Default)]
pub(crate) struct Manner {
    /// What it says to a recipient that begins so, in the place of 250.
    pub(crate) recipients: Vec<(&'static str, &'static str)>,
    /// What it says to whoever signs in, in the place of 235.
    pub(crate) sign_in: Option<&'static str>,
    /// How long it takes to take a mail.
    pub(crate) takes: Duration,
    /// Whether it takes a mail and never says so.
    pub(crate) hangs: bool,
    /// Whether it offers nothing beyond ASCII.
    pub(crate) ascii_only: bool,
}

#[derive(Default)]
struct Inner {
    manner: Mutex<Manner>,
    received: Mutex<Vec<Received>>,
    /// Whoever signed in: what the client sent after `AUTH PLAIN`.
    signed_in: Mutex<Vec<String>>,
    /// To whom it was asked to take mail, in order.
    asked: Mutex<Vec<String>>,
    /// The names of all commands.
    commands: Mutex<Vec<String>>,
}

/// A running server. It ends with the test's runtime.
#[derive(Clone)]
pub(crate) struct MailServer {
    pub(crate) address: SocketAddr,
    inner: Arc<Inner>,
}

impl MailServer {
    pub(crate) async fn start() -> Self {
        Self::with(None).await
    }

    /// One that speaks TLS from the beginning.
    pub(crate) async fn with(acceptor: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self { address: listener.local_addr().unwrap(), inner: Arc::default() };
        let inner = Arc::clone(&server.inner);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (inner, acceptor) = (Arc::clone(&inner), acceptor.clone());
                tokio::spawn(async move {
                    match acceptor {
                        None => inner.talk(socket).await,
                        Some(acceptor) => {
                            if let Ok(secured) = acceptor.accept(socket).await {
                                inner.talk(secured).await;
                            }
                        }
                    }
                });
            }
        });
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    pub(crate) fn behave(&self, manner: Manner) {
        *self.inner.manner.lock() = manner;
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.inner.received.lock().clone()
    }

    pub(crate) fn signed_in(&self) -> Vec<String> {
        self.inner.signed_in.lock().clone()
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.inner.asked.lock().clone()
    }

    pub(crate) fn commands(&self) -> Vec<String> {
        self.inner.commands.lock().clone()
    }
}

impl Inner {
    async fn talk<S: AsyncRead + AsyncWrite + Unpin>(&self, socket: S) {
        let mut socket = BufReader::new(socket);
        let (mut from, mut to) = (String::new(), String::new());
        let mut answer = "220 mail.test ready".to_owned();
        loop {
            if socket.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
                return;
            }
            let mut line = String::new();
            if socket.read_line(&mut line).await.unwrap_or(0) == 0 {
                return;
            }
            let line = line.trim_end();
            let manner = self.manner.lock().clone();
            let command = line.split([' ', ':']).next().unwrap().to_uppercase();
            self.commands.lock().push(command.clone());
            answer = match command.as_str() {
                "EHLO" if manner.ascii_only => "250-mail.test\r\n250 AUTH PLAIN".to_owned(),
                "EHLO" => "250-mail.test\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 AUTH PLAIN".to_owned(),
                "AUTH" => {
                    self.signed_in.lock().push(line.rsplit(' ').next().unwrap().to_owned());
                    manner.sign_in.unwrap_or("235 welcome").to_owned()
                }
                "MAIL" => {
                    from = address(line);
                    "250 ok".to_owned()
                }
                "RCPT" => {
                    to = address(line);
                    self.asked.lock().push(to.clone());
                    let said = manner.recipients.iter().find(|(prefix, _)| to.starts_with(prefix));
                    said.map_or("250 ok", |(_, said)| said).to_owned()
                }
                "DATA" => {
                    if socket.write_all(b"354 go on\r\n").await.is_err() {
                        return;
                    }
                    let mut message = String::new();
                    while !message.ends_with("\r\n.\r\n") {
                        if socket.read_line(&mut message).await.unwrap_or(0) == 0 {
                            return;
                        }
                    }
                    let message = message.trim_end_matches(".\r\n").replace("\r\n..", "\r\n.");
                    self.received.lock().push(Received { from: from.clone(), to: to.clone(), message });
                    sleep(manner.takes).await;
                    if manner.hangs {
                        std::future::pending::<()>().await;
                    }
                    "250 taken".to_owned()
                }
                "QUIT" => "221 bye".to_owned(),
                _ => "250 ok".to_owned(),
            };
        }
    }
}

/// What is between the angle brackets.
fn address(line: &str) -> String {
    line.split(['<', '>']).nth(1).unwrap_or_default().to_owned()
}
