//! A server in a process of its own, and what the kernel says of it.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::process::Group;

/// The kernel counts time in these, on every Linux: µs.
const TICK: f64 = 10_000.0;

/// A server that listens; dropped, it is stopped.
pub(crate) struct Served {
    group: Group,
    address: String,
}

impl Served {
    /// Starts a server and reads from its first line, `listening on http://…`, where it listens.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let mut group = Group::spawn(command.stdout(Stdio::piped()))?;
        let mut line = String::new();
        BufReader::new(group.stdout().context("no standard output")?).read_line(&mut line)?;
        let address = line.trim().split_once("http://").with_context(|| format!("the server said {line:?}"))?.1;
        Ok(Self { address: address.to_owned(), group })
    }

    /// Where it listens: `127.0.0.1:8080`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Asks once, on a connection of its own. Gives the body, and the instant at which the answer's first line was there.
    pub(crate) fn get(&self, path: &str, key: &str) -> Result<(String, Instant)> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n");
        stream.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes())?;
        let mut start = [0; 12];
        stream.read_exact(&mut start)?;
        let answered = Instant::now();
        let mut rest = String::new();
        stream.read_to_string(&mut rest)?;
        ensure!(&start == b"HTTP/1.1 200", "{path} is answered by {}{rest}", String::from_utf8_lossy(&start));
        let (_, body) = rest.split_once("\r\n\r\n").context("an answer without an end to its head")?;
        Ok((body.to_owned(), answered))
    }

    /// The CPU time that it has used, in its own code and in the kernel: µs.
    pub(crate) fn cpu_us(&self) -> Result<f64> {
        let stat = self.proc("stat")?;
        // The program's name, the second field, may hold anything; the times are the 14th and the 15th.
        let (_, fields) = stat.rsplit_once(") ").context("/proc has another form here")?;
        let times: Option<Vec<f64>> = fields.split(' ').skip(11).take(2).map(|field| field.parse().ok()).collect();
        Ok(times.context("/proc has another form here")?.iter().sum::<f64>() * TICK)
    }

    /// Its resident memory: MB, of 1000 kB.
    pub(crate) fn resident_mb(&self) -> Result<f64> {
        let status = self.proc("status")?;
        let kibibytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"));
        let kibibytes: f64 = kibibytes.context("/proc has another form here")?.parse()?;
        Ok(kibibytes * 1024.0 / 1e6)
    }

    fn proc(&self, file: &str) -> Result<String> {
        let path = format!("/proc/{}/{file}", self.group.id());
        fs::read_to_string(&path).with_context(|| format!("cannot read {path}, which Linux alone has"))
    }
}
