//! What clients get over a raw socket, whatever they send.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::http::{StatusCode, Uri};
use axum::routing::{get, post};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::{Patience, serve};
use crate::tls::Tls;

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(10);
/// Longer than a patience that a test sets.
const SHORT: Duration = Duration::from_millis(200);

struct Served {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Served {
    async fn start() -> Self {
        Self::patient(Patience::default()).await
    }

    async fn patient(patience: Patience) -> Self {
        Self::serving(patience, None).await
    }

    async fn serving(patience: Patience, tls: Option<TlsAcceptor>) -> Self {
        let router = Router::new()
            .route("/early", post(|| async { StatusCode::PAYLOAD_TOO_LARGE }))
            .route("/body", post(|body: String| async move { body }))
            .route(
                "/slow",
                get(|| async {
                    sleep(2 * SHORT).await;
                    "at last"
                }),
            )
            .fallback(|target: Uri| async move { target.to_string() });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(serve(listener, tls, router, patience, async move {
            let _ = stopped.await;
        }));
        Self { address, stop, serving }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends all of the bytes, then reads until the server closes the connection.
    async fn answer(&self, request: impl AsRef<[u8]>) -> String {
        let mut client = self.connect().await;
        client.write_all(request.as_ref()).await.unwrap();
        until_closed(&mut client).await
    }

    /// The body of the answer to a request with this target.
    async fn target(&self, target: impl AsRef<[u8]>) -> String {
        let answer = self.answer([b"GET ", target.as_ref(), b" HTTP/1.1\r\nconnection: close\r\n\r\n"].concat()).await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        if head.starts_with("HTTP/1.1 200 OK\r\n") { body.to_owned() } else { head.to_owned() }
    }
}

async fn until_closed(client: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    timeout(LONG, client.read_to_end(&mut answer)).await.unwrap().unwrap();
    String::from_utf8(answer).unwrap()
}

async fn until(client: &mut TcpStream, end: &str) -> String {
    let mut answer = String::new();
    while !answer.ends_with(end) {
        answer.push(timeout(LONG, client.read_u8()).await.unwrap().unwrap().into());
    }
    answer
}

#[tokio::test]
async fn a_target_may_hold_every_byte_but_blanks_and_controls() {
    let served = Served::start().await;
    for byte in 0..=u8::MAX {
        let answer = served.target([b'/', b'a', byte, b'b']).await;
        match byte {
            0..=b' ' | 0x7f => assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{byte:#x}: {answer}"),
            b'#' => assert_eq!(answer, "/a"),
            b'\\' => assert_eq!(answer, "/a/b"),
            b'"' | b'<' | b'>' | b'^' | b'`' | b'{' | b'}' | b'|' | 0x80.. => {
                assert_eq!(answer, format!("/a%{byte:02X}b"));
            }
            _ => assert_eq!(answer, format!("/a{}b", char::from(byte))),
        }
        let query = served.target([b'/', b'?', byte]).await;
        assert_eq!(query.starts_with("HTTP/1.1 400"), matches!(byte, 0..=b' ' | 0x7f), "{byte:#x}: {query}");
    }
    assert_eq!(
        served.target("/api/shared_spaces/1001/workspace_roles?query=\"(role={id=1007})\"").await,
        "/api/shared_spaces/1001/workspace_roles?query=%22(role=%7Bid=1007%7D)%22"
    );
}

#[tokio::test]
async fn many_requests_come_on_one_connection() {
    let served = Served::start().await;
    let requests = "POST /body HTTP/1.1\r\ncontent-length: 7\r\n\r\n{\"a\":1}\
        POST /body HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n13\r\nGET /\" HTTP/1.1\r\n\r\n\r\n0\r\n\r\n\
        GET /\"last\" HTTP/1.1\r\nconnection: close\r\n\r\n";
    let mut client = served.connect().await;
    for byte in requests.as_bytes() {
        client.write_all(&[*byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    for answers in [until_closed(&mut client).await, served.answer(requests).await] {
        let bodies: Vec<_> = answers.split("\r\n\r\n").collect();
        assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 3, "{answers}");
        assert!(bodies.iter().any(|part| part.starts_with("{\"a\":1}HTTP/1.1")), "{answers}");
        assert!(bodies.iter().any(|part| part.starts_with("GET /\" HTTP/1.1")), "{answers}");
        assert_eq!(bodies.last(), Some(&"/%22last%22"));
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_answered() {
    let served = Served::start().await;
    let long = "a".repeat(70_000);
    let header = "x: y\r\n".repeat(101);
    // more than is ever read at a time, or all of it might be there before it is too much
    let wide = "a".repeat(2_000_000);
    for (request, status) in [
        ("garbage\r\n\r\n".to_owned(), "400 Bad Request"),
        ("\u{16}\u{3}\u{1}\0\u{1}".to_owned(), "400 Bad Request"),
        ("GET\r\n\r\n".to_owned(), "400 Bad Request"),
        ("GET /\r\n\r\n".to_owned(), "400 Bad Request"),
        ("GET / HTTP/3.0\r\n\r\n".to_owned(), "400 Bad Request"),
        ("GET /a b HTTP/1.1\r\n\r\n".to_owned(), "400 Bad Request"),
        ("GET http://[bad/ HTTP/1.1\r\n\r\n".to_owned(), "400 Bad Request"),
        ("GET / HTTP/1.1\r\nno colon\r\n\r\n".to_owned(), "400 Bad Request"),
        ("POST / HTTP/1.1\r\ncontent-length: x\r\n\r\n".to_owned(), "400 Bad Request"),
        ("POST / HTTP/1.1\r\ntransfer-encoding: gzip\r\n\r\n".to_owned(), "400 Bad Request"),
        (format!("GET /{long} HTTP/1.1\r\n\r\n"), "414 URI Too Long"),
        (format!("GET /{wide} HTTP/1.1\r\n\r\n"), "431 Request Header Fields Too Large"),
        (format!("GET / HTTP/1.1\r\n{header}\r\n"), "431 Request Header Fields Too Large"),
        (format!("GET / HTTP/1.1\r\nx: {wide}\r\n\r\n"), "431 Request Header Fields Too Large"),
    ] {
        let answer = served.answer(&request).await;
        let request: String = request.chars().take(80).collect();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{request:?}: {answer:?}");
    }
}

#[tokio::test]
async fn a_client_that_sends_all_before_it_reads_is_answered() {
    let served = Served::start().await;
    let body = "a".repeat(20_000_000);
    for framing in [format!("content-length: {}", body.len()), "transfer-encoding: chunked".to_owned()] {
        let request = format!("POST /early HTTP/1.1\r\n{framing}\r\n\r\n{:x}\r\n{body}\r\n", body.len());
        let answer = served.answer(request).await;
        assert!(answer.starts_with("HTTP/1.1 413 Payload Too Large\r\n"), "{answer:?}");
    }
}

#[tokio::test]
async fn a_client_may_close_its_side_before_it_reads() {
    let served = Served::start().await;
    let mut client = served.connect().await;
    client.write_all(b"GET /slow HTTP/1.1\r\n\r\n").await.unwrap();
    client.shutdown().await.unwrap();
    assert!(until_closed(&mut client).await.ends_with("at last"));
}

#[tokio::test]
async fn a_head_that_does_not_come_is_not_waited_for() {
    let served = Served::patient(Patience { head: SHORT, ..Patience::default() }).await;
    for beginning in ["", "GET / HT", "GET / HTTP/1.1\r\nx:"] {
        assert_eq!(served.answer(beginning).await, "", "after {beginning:?}");
    }
}

#[tokio::test]
async fn a_body_that_stalls_is_not_waited_for_and_a_slow_one_is() {
    let served = Served::patient(Patience { more: SHORT, ..Patience::default() }).await;
    for beginning in ["content-length: 9\r\n\r\n1234", "transfer-encoding: chunked\r\n\r\n9\r\n1234"] {
        let answer = served.answer(format!("POST /body HTTP/1.1\r\n{beginning}")).await;
        assert!(!answer.contains("200 OK"), "{answer:?}");
    }
    let mut slow = served.connect().await;
    slow.write_all(b"POST /body HTTP/1.1\r\nconnection: close\r\ncontent-length: 9\r\n\r\n").await.unwrap();
    for digit in b"123456789" {
        sleep(SHORT / 4).await;
        slow.write_all(&[*digit]).await.unwrap();
    }
    assert!(until_closed(&mut slow).await.ends_with("123456789"));
}

#[tokio::test]
async fn a_stop_lets_answers_be_finished() {
    let served = Served::start().await;
    let (mut idle, mut busy) = (served.connect().await, served.connect().await);
    idle.write_all(b"GET /idle HTTP/1.1\r\n\r\n").await.unwrap();
    until(&mut idle, "/idle").await;
    busy.write_all(b"GET /slow HTTP/1.1\r\n\r\n").await.unwrap();
    sleep(SHORT).await;
    served.stop.send(()).unwrap();
    assert_eq!(until_closed(&mut idle).await, "");
    assert!(TcpStream::connect(served.address).await.is_err(), "nobody listens any more");
    assert!(until_closed(&mut busy).await.ends_with("at last"));
    timeout(LONG, served.serving).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_stop_does_not_wait_for_ever() {
    let served = Served::patient(Patience { stop: SHORT, ..Patience::default() }).await;
    let mut client = served.connect().await;
    client.write_all(b"POST /body HTTP/1.1\r\ncontent-length: 9\r\n\r\n").await.unwrap();
    sleep(SHORT).await;
    served.stop.send(()).unwrap();
    timeout(LONG, served.serving).await.unwrap().unwrap();
    assert_eq!(client.read(&mut [0]).await.unwrap_or_default(), 0);
}

#[tokio::test]
async fn a_handshake_that_stalls_is_given_up_and_keeps_nobody_waiting() {
    let tls = Tls::SelfSigned.ready().unwrap();
    let served = Served::serving(Patience { handshake: SHORT, ..Patience::default() }, Some(tls.acceptor)).await;
    let mut silent = served.connect().await;
    let mut plain = served.connect().await;
    plain.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    // an alert of TLS, or nothing at all, but no answer of HTTP
    let _ = timeout(LONG, plain.read_to_end(&mut answer)).await.unwrap();
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    assert_eq!(until_closed(&mut silent).await, "");

    let served = Served::serving(Patience::default(), Some(Tls::SelfSigned.ready().unwrap().acceptor)).await;
    let _stalled = served.connect().await;
    sleep(SHORT).await;
    served.stop.send(()).unwrap();
    timeout(Patience::default().stop / 2, served.serving).await.unwrap().unwrap();
}
