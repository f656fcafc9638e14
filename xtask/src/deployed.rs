//! A deployed Worker: without secrets of its own it refuses to serve, and its log says why; with them it serves, and puts no
//! fault in a call's way, whatever its headers ask for.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tessera_directory::demo;

use crate::edge::Edge;

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
        let answer = ask(edge.address())?;
        if !answer.starts_with("HTTP/1.1 503") {
            bail!("it serves, where it should say that {reason}:\n{answer}");
        }
        // the log comes a moment after the answer
        let said = || fs::read_to_string(edge.log()).is_ok_and(|log| log.contains(reason));
        if !(0..50).any(|_| {
            said() || {
                sleep(Duration::from_millis(100));
                false
            }
        }) {
            bail!("{} does not say that {reason}", edge.log().display());
        }
        if secrets.iter().any(|(_, secret)| answer.contains(secret)) {
            bail!("the answer tells a secret:\n{answer}");
        }
    }
    let edge = Edge::serve_deployed(&[("TESSERA_ROOT_KEY", "own"), ("TESSERA_PEPPER", "own")])?;
    let answer = ask(edge.address())?;
    if !answer.starts_with("HTTP/1.1 401") {
        bail!("it should know nobody, and nothing of faults:\n{answer}");
    }
    Ok(())
}

/// Asks as nobody, and for a fault.
fn ask(address: &str) -> Result<String> {
    let authority = address.strip_prefix("http://").context("an address without http")?;
    let mut stream = TcpStream::connect(authority)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let headers = format!("Host: {authority}\r\nTessera-Fault: rate_limited\r\nConnection: close");
    write!(stream, "GET /v1/organizations HTTP/1.1\r\n{headers}\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
