//! The load: wrk, told in Lua what to send and what to report.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::bench::served::Served;
use crate::{process, workspace};

/// One thread asks as much as two cores can answer beside it.
const THREADS: &str = "1";
const CONNECTIONS: &str = "16";

/// From when on a request counts as failed. workerd may let one connection wait for some seconds while it answers others, with
/// whatever Worker; wrk's own patience, two seconds, is too little for that.
const PATIENCE: &str = "20s";

/// What wrk runs. Its arguments: what tells one round's users from another's, or nothing to only read.
const SCRIPT: &str = r#"
local count = 0
function init(arguments)
  round = arguments[1]
end
function request()
  if not round then
    return wrk.format()
  end
  count = count + 1
  local name = "user-" .. round .. "-" .. count
  return wrk.format("POST", nil, nil,
    '{"email":"' .. name .. '@acme.test","first_name":"Ada","last_name":"Lovelace"}')
end
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("measured %d %d %d %d %d\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
"#;

/// What one round measured.
pub(crate) struct Measured {
    pub(crate) requests: f64,
    pub(crate) throughput: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) cpu_us: f64,
}

/// What is asked.
pub(crate) struct Request<'a> {
    pub(crate) path: &'a str,
    pub(crate) key: &'a str,
    /// A user is made at each request, its name beginning with this; else nothing is sent but the headers.
    pub(crate) users: Option<String>,
}

/// The load generator.
pub(crate) struct Load {
    script: PathBuf,
}

impl Load {
    pub(crate) fn new() -> Result<Self> {
        // It says its version and calls that a failure.
        Command::new("wrk")
            .arg("--version")
            .output()
            .context("wrk is missing: `apt-get install wrk`, `brew install wrk`, or https://github.com/wg/wrk")?;
        let script = workspace::temporary()?.join("bench.lua");
        fs::write(&script, SCRIPT)?;
        Ok(Self { script })
    }

    /// Asks a server the same for so long, from all connections at once.
    pub(crate) fn run(&self, server: &Served, request: &Request<'_>, length: Duration) -> Result<Measured> {
        let mut command = Command::new("wrk");
        command
            .args(["--threads", THREADS, "--connections", CONNECTIONS, "--timeout", PATIENCE])
            .arg(format!("--duration={}s", length.as_secs()))
            .args(["--header", "Content-Type: application/json", "--header"])
            .arg(format!("Authorization: Bearer {}", request.key))
            .arg("--script")
            .arg(&self.script)
            .arg(format!("http://{}{}", server.address(), request.path))
            .arg("--")
            .args(&request.users);
        let before = server.cpu_us()?;
        let said = process::output(&mut command)?;
        let cpu = server.cpu_us()? - before;
        let numbers = said.lines().find_map(|line| line.strip_prefix("measured ")).unwrap_or_default();
        let numbers: Vec<f64> = numbers.split(' ').map_while(|number| number.parse().ok()).collect();
        let [requests, duration_us, p50_us, p99_us, errors] =
            *numbers.as_slice().first_chunk().with_context(|| format!("wrk said\n{said}"))?;
        ensure!(errors == 0.0 && requests > 0.0, "of {requests} requests {errors} failed\n{said}");
        Ok(Measured {
            requests,
            throughput: requests / duration_us * 1e6,
            p50_ms: p50_us / 1e3,
            p99_ms: p99_us / 1e3,
            cpu_us: cpu / requests,
        })
    }
}
