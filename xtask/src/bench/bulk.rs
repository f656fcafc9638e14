//! Making many users by one call of AppOptima's, on either host, beside making them one by one.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::middle;

/// How many users a small and a large call make, and how many are made one by one.
const SMALL: usize = 1_000;
const LARGE: usize = 10_000;
const SINGLE: usize = 200;
/// How often each call is measured.
const ROUNDS: usize = 3;

const USERS: &str = "/api/v1.0/onpremise/users";

/// How long the calls took: ms.
pub(super) struct Bulk {
    /// One that makes 1,000 users.
    pub(super) small: f64,
    /// One that makes 10,000.
    pub(super) large: f64,
    /// One that makes a single user.
    pub(super) single: f64,
}

impl Bulk {
    /// How many times longer ten times as many take.
    pub(super) fn growth(&self) -> f64 {
        self.large / self.small
    }
}

/// Asks a server at this address, small and large calls in turn.
pub(super) fn measure(address: &str, key: &str) -> Result<Bulk> {
    let mut made = 0;
    let mut small = Vec::new();
    let mut large = Vec::new();
    for _ in 0..ROUNDS {
        small.push(post(address, &format!("{USERS}/bulk"), key, &users(&mut made, SMALL))?);
        large.push(post(address, &format!("{USERS}/bulk"), key, &users(&mut made, LARGE))?);
    }
    let mut singles = Vec::new();
    for _ in 0..SINGLE {
        let one = users(&mut made, 1).pop().unwrap_or_default();
        singles.push(post(address, USERS, key, &one)?);
    }
    Ok(Bulk { small: middle(small), large: middle(large), single: middle(singles) })
}

/// So many further users.
fn users(made: &mut usize, count: usize) -> Vec<Value> {
    let first = *made;
    *made += count;
    (first..*made)
        .map(|number| {
            json!({
                "id": format!("bulk.{number}"), "email": format!("bulk.{number}@acme.test"),
                "firstName": "Bulk", "lastName": "User", "passwordClearText": null, "groups": ["users"],
            })
        })
        .collect()
}

/// Sends a body and reads the whole answer: ms.
fn post(address: &str, path: &str, key: &str, body: &(impl serde::Serialize + ?Sized)) -> Result<f64> {
    let body = serde_json::to_vec(body)?;
    let begun = Instant::now();
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_mins(1)))?;
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Api-Token {key}\r\nContent-Length: {length}\r\n"
    );
    stream.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes())?;
    stream.write_all(&body)?;
    // not to the end of the connection, which wrangler's proxy leaves open for seconds
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        ensure!(stream.read_line(&mut head)? > 0, "{path} is answered by half a head: {head}");
    }
    let length =
        head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    let mut answer = vec![0; length.with_context(|| format!("{path} is answered without a length: {head}"))?];
    stream.read_exact(&mut answer)?;
    let took = begun.elapsed().as_secs_f64() * 1e3;
    let shown = answer.get(..answer.len().min(300)).unwrap_or_default();
    ensure!(head.starts_with("HTTP/1.1 200"), "{path} is answered by {head}{}", String::from_utf8_lossy(shown));
    Ok(took)
}
