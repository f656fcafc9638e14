//! Clients that are slow, idle, endless or talk nonsense: whatever they do, the others are served.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tessera_directory::demo;

/// Longer than anything here takes.
const LONG: Duration = Duration::from_mins(1);
/// The longest that a client who does nothing odd may wait, on a machine that is busy and in a program that is not optimized.
const QUICK: Duration = Duration::from_secs(5);

/// A server in a process of its own. Dropped, it is killed.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start() -> Self {
        Self::started_by(&mut Command::new(env!("CARGO_BIN_EXE_mock-server")))
    }

    fn started_by(command: &mut Command) -> Self {
        command.args(["--listen", "127.0.0.1:0"]).stdout(Stdio::piped());
        let mut child = command.env_remove("TESSERA_ROOT_KEY").env_remove("TESSERA_PEPPER").spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("listening on http://").unwrap().to_owned();
        Self { child, address }
    }

    fn connect(&self) -> TcpStream {
        let client = TcpStream::connect(&self.address).unwrap();
        client.set_read_timeout(Some(LONG)).unwrap();
        client.set_write_timeout(Some(LONG)).unwrap();
        client
    }

    /// Somebody who does nothing odd is served, and soon.
    #[track_caller]
    fn serves(&self) {
        for _ in 0..5 {
            let mut client = self.connect();
            client.set_read_timeout(Some(QUICK)).unwrap();
            client.write_all(request("GET", &users(), "Connection: close\r\n").as_bytes()).unwrap();
            let answer = everything(&client);
            assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("admin@acme.test"), "{answer:?}");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The path of the users of the demo's Acme.
fn users() -> String {
    format!("/v1/organizations/{}/users", of_acme("id"))
}

fn of_acme(name: &str) -> String {
    demo::json().pointer(&format!("/organizations/0/{name}")).and_then(Value::as_str).unwrap().to_owned()
}

/// The head of a request with Acme's key, and these further headers.
fn request(method: &str, path: &str, headers: &str) -> String {
    let key = of_acme("api_key");
    format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n{headers}\r\n")
}

/// All that comes until the server closes the connection, or breaks it off.
fn everything(mut client: &TcpStream) -> String {
    let mut answer = Vec::new();
    let read = client.read_to_end(&mut answer);
    assert!(read.as_ref().map_or_else(|error| error.kind() == ErrorKind::ConnectionReset, |_| true), "{read:?}");
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn a_slow_client_is_waited_for_and_keeps_nobody_waiting() {
    let server = Server::start();
    let slow: Vec<(TcpStream, String)> = (0..200)
        .map(|number| {
            let body = format!(r#"{{"email":"slow-{number}@acme.test"}}"#);
            let headers = format!("Connection: close\r\nContent-Length: {}\r\n", body.len());
            (server.connect(), request("POST", &users(), &headers) + &body)
        })
        .collect();
    let length = slow[0].1.len();
    // One half is in the midst of its head all the while, the other of its body.
    for (at, (client, request)) in slow.iter().enumerate() {
        let sent = if at % 2 == 0 { 20 } else { length - 25 };
        (&*client).write_all(&request.as_bytes()[..sent]).unwrap();
    }
    for step in 0..20 {
        for (at, (client, request)) in slow.iter().enumerate() {
            let sent = step + if at % 2 == 0 { 20 } else { length - 25 };
            (&*client).write_all(&request.as_bytes()[sent..=sent]).unwrap();
        }
        if step % 5 == 0 {
            server.serves();
        }
    }
    for (at, (mut client, request)) in slow.into_iter().enumerate() {
        let sent = 20 + if at % 2 == 0 { 20 } else { length - 25 };
        client.write_all(&request.as_bytes()[sent..]).unwrap();
        let answer = everything(&client);
        assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"), "{answer:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_thousand_idle_connections_are_kept() {
    // this test's own, and then the server's, which begins with as few as some systems give
    rlimit::increase_nofile_limit(4096).unwrap();
    let few = r#"ulimit -Sn 256 && exec "$0" "$@""#;
    let server = Server::started_by(Command::new("sh").args(["-c", few, env!("CARGO_BIN_EXE_mock-server")]));
    let mut idle: Vec<TcpStream> = (0..1000).map(|_| server.connect()).collect();
    server.serves();
    // Whoever was idle is served as well, and is idle again.
    for round in 0..2 {
        for client in idle.iter_mut().step_by(2) {
            client.write_all(request("GET", "/nowhere", "").as_bytes()).unwrap();
            let mut status = [0; 12];
            client.read_exact(&mut status).unwrap();
            assert_eq!(&status, b"HTTP/1.1 404", "in round {round}");
            let mut rest = [0; 4096];
            assert_ne!(client.read(&mut rest).unwrap(), 0);
        }
        server.serves();
    }
}

#[test]
fn a_body_that_never_ends_is_refused_and_cut_off() {
    let server = Server::start();
    let piece = "a".repeat(64 << 10);
    let chunk = format!("{:x}\r\n{piece}\r\n", piece.len());
    thread::scope(|scope| {
        let endless: Vec<_> = [
            ("Transfer-Encoding: chunked\r\n".to_owned(), &chunk),
            (format!("Content-Length: {}\r\n", u64::MAX - 2), &piece),
            ("Content-Length: 1000000000000\r\n".to_owned(), &piece),
        ]
        .into_iter()
        .map(|(framing, piece)| {
            let mut client = server.connect();
            scope.spawn(move || {
                client.write_all(request("POST", &users(), &framing).as_bytes()).unwrap();
                let reader = client.try_clone().unwrap();
                let sending = thread::spawn({
                    let piece = piece.clone();
                    move || while client.write_all(piece.as_bytes()).is_ok() {}
                });
                let answer = everything(&reader);
                sending.join().unwrap();
                answer
            })
        })
        .collect();
        while endless.iter().any(|client| !client.is_finished()) {
            server.serves();
        }
        for client in endless {
            let answer = client.join().unwrap();
            assert!(answer.starts_with("HTTP/1.1 413 Payload Too Large\r\n"), "{answer:?}");
        }
    });
    server.serves();
}

#[test]
fn a_client_that_asks_on_and_reads_nothing_keeps_nobody_waiting() {
    const ASKED: usize = 2000;
    let server = Server::start();
    let question = request("GET", "/__admin/ui/inspector.js", "");
    let last = request("GET", "/nowhere", "Connection: close\r\n");
    let questions = question.repeat(ASKED) + &last;
    let deaf: Vec<TcpStream> = (0..4).map(|_| server.connect()).collect();
    thread::scope(|scope| {
        for client in &deaf {
            let questions = &questions;
            scope.spawn(move || (&*client).write_all(questions.as_bytes()).unwrap());
        }
        for _ in 0..5 {
            server.serves();
        }
        // When they listen at last, nothing is lost.
        for client in &deaf {
            let answers = everything(client);
            assert_eq!(answers.matches("HTTP/1.1 200 OK\r\n").count(), ASKED);
            assert_eq!(answers.matches("HTTP/1.1 404 Not Found\r\n").count(), 1);
        }
    });
}

#[test]
fn garbage_behind_requests_ends_the_connection_and_no_other() {
    let server = Server::start();
    let good = request("GET", &users(), "");
    for garbage in [
        "garbage\r\n\r\n".repeat(1000).into_bytes(),
        vec![0; 1 << 20],
        (0..=u8::MAX).rev().cycle().take(1 << 20).collect(),
        b"\r\n\r\nGET\r\n\r\n".repeat(1000),
        b"GET / HTTP/9.9\r\n\r\n".repeat(1000),
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello".repeat(1000),
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nno chunk".repeat(1000),
    ] {
        let mut client = server.connect();
        let sent = [good.repeat(10).as_bytes(), &garbage].concat();
        // It may be cut off before it has sent all.
        let _ = client.write_all(&sent);
        let _ = client.shutdown(Shutdown::Write);
        let answers = everything(&client);
        let shown: String = garbage.iter().take(60).copied().map(char::from).collect();
        assert_eq!(answers.matches("HTTP/1.1 200 OK\r\n").count(), 10, "before {shown:?}");
        assert_eq!(answers.matches("HTTP/1.1 4").count(), 1, "after {shown:?}: {answers:?}");
        server.serves();
    }
}
