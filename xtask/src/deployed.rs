//! A deployed Worker: without secrets of its own it refuses to serve, and its log says why; with them it serves, tells of each
//! request, and puts no fault in a call's way, whatever its headers ask for.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tessera_directory::demo;

use crate::edge::Edge;
use crate::logs;

/// The secrets that a Worker may have, and what its log then says.
const CASES: &[(&[(&str, &str)], &str)] = &[
    (&[], "the secret TESSERA_ROOT_KEY is missing"),
    (&[("TESSERA_ROOT_KEY", demo::ROOT_KEY), ("TESSERA_PEPPER", "own")], "the secret TESSERA_ROOT_KEY is the demo's"),
    (&[("TESSERA_ROOT_KEY", "own"), ("TESSERA_PEPPER", demo::PEPPER)], "the secret TESSERA_PEPPER is the demo's"),
];

/// Serves each case in workerd and asks it.
pub(crate) fn check() -> Result<()> {
    for (secrets, reason) in CASES {
        let edge = Edge::serve_deployed(secrets)?;
        let answer = ask(&edge, "/v1/organizations", "503")?;
        says(&edge, &format!("not configured: {reason}"))?;
        ask(&edge, "/healthz", "200")?;
        ask(&edge, "/readyz", "503")?;
        says(&edge, &format!("not ready: {reason}"))?;
        if secrets.iter().any(|(_, secret)| answer.contains(secret)) {
            bail!("the answer tells a secret:\n{answer}");
        }
    }
    let own = [("TESSERA_ROOT_KEY", "own"), ("TESSERA_PEPPER", "own"), ("SERVER_TIMING", "true")];
    let edge = Edge::serve_deployed(&own)?;
    // it knows nobody, and nothing of faults
    let answer = ask(&edge, "/v1/organizations", "401")?;
    if !answer.to_ascii_lowercase().contains("server-timing: db;desc=\"0 batches\";dur=0") {
        bail!("it does not say how the store was used:\n{answer}");
    }
    says(
        &edge,
        r#""message":"request","request_id":"deployed-1","dialect":"native","operation":"list_organizations""#,
    )?;
    says(&edge, r#"{"point":{"indexes":["native.list_organizations"],"blobs":["native","list_organizations","401"]"#)?;
    // nobody has applied the migrations
    ask(&edge, "/healthz", "200")?;
    ask(&edge, "/readyz", "503")?;
    says(&edge, "not ready: the store: ")?;
    logs::check(&[edge.log()])
}

/// Fails unless its log says this, which comes a moment after an answer.
fn says(edge: &Edge, what: &str) -> Result<()> {
    for _ in 0..50 {
        if fs::read_to_string(edge.log()).is_ok_and(|log| log.contains(what)) {
            return Ok(());
        }
        sleep(Duration::from_millis(100));
    }
    bail!("{} does not say {what:?}", edge.log().display())
}

/// Asks as nobody, and for a fault; fails unless it is answered with this status.
fn ask(edge: &Edge, path: &str, status: &str) -> Result<String> {
    let address = edge.address();
    let authority = address.strip_prefix("http://").context("an address without http")?;
    let mut stream = TcpStream::connect(authority)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let headers =
        format!("Host: {authority}\r\nX-Request-Id: deployed-1\r\nTessera-Fault: rate_limited\r\nConnection: close");
    write!(stream, "GET {path} HTTP/1.1\r\n{headers}\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    if !answer.starts_with(&format!("HTTP/1.1 {status}")) {
        bail!("{path} should be answered with {status}:\n{answer}");
    }
    Ok(answer)
}
