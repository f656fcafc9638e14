//! A server in a process of its own, and what the kernel says of it.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::process::Group;

/// The kernel counts time in these, on every Linux: µs.
const TICK: f64 = 10_000.0;

/// How long a server may take to answer its first request.
const PATIENCE: Duration = Duration::from_mins(1);

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

    /// Starts a server that listens at this address, and asks it every half a millisecond until it gives what is at the
    /// path. Gives it with the time that it took.
    pub(crate) fn start_at(address: String, command: &mut Command, path: &str, key: &str) -> Result<(Self, Duration)> {
        let begun = Instant::now();
        let group = Group::spawn(command.stdout(Stdio::null()).stderr(Stdio::null()))?;
        let mut server = Self { group, address };
        loop {
            match server.get(path, key) {
                Ok((_, answered)) => return Ok((server, answered - begun)),
                Err(error) if server.group.has_ended()? || begun.elapsed() > PATIENCE => return Err(error),
                Err(_) => sleep(Duration::from_micros(500)),
            }
        }
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

    /// The CPU time that it has used, in its own code and in the kernel, with what it started: µs.
    pub(crate) fn cpu_us(&self) -> Result<f64> {
        Ok(self.processes()?.iter().map(|process| process.ticks).sum::<f64>() * TICK)
    }

    /// Its resident memory, with what it started: MB, of 1000 kB.
    pub(crate) fn resident_mb(&self) -> Result<f64> {
        let mut kibibytes = 0.0;
        for process in self.processes()? {
            let status = fs::read_to_string(process.folder.join("status"))?;
            let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"));
            kibibytes += resident.context("/proc has another form here")?.parse::<f64>()?;
        }
        Ok(kibibytes * 1024.0 / 1e6)
    }

    /// The processes of its group.
    fn processes(&self) -> Result<Vec<Process>> {
        let group = self.group.id().to_string();
        let mut processes = Vec::new();
        for entry in fs::read_dir("/proc").context("there is no /proc, which Linux alone has")? {
            let folder = entry?.path();
            // what is no process has none, and a process may end meanwhile
            let Ok(stat) = fs::read_to_string(folder.join("stat")) else { continue };
            // The program's name, the second field, may hold anything; its group is the 5th, the times the 14th and the 15th.
            let (_, fields) = stat.rsplit_once(") ").context("/proc has another form here")?;
            if fields.split(' ').nth(2) == Some(&group) {
                let times: Option<Vec<f64>> =
                    fields.split(' ').skip(11).take(2).map(|field| field.parse().ok()).collect();
                let ticks = times.context("/proc has another form here")?.iter().sum();
                processes.push(Process { folder, ticks });
            }
        }
        ensure!(!processes.is_empty(), "the server has ended");
        Ok(processes)
    }
}

/// A process, as the kernel tells of it.
struct Process {
    /// Its folder in `/proc`.
    folder: PathBuf,
    /// The time that it has used.
    ticks: f64,
}
