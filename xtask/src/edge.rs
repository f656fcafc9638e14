//! The Worker in workerd on this machine, as wrangler serves it. `dev` shows it to a person; tests and measurements start
//! one of their own, beside it.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::process::Group;
use crate::{database, workspace};

/// Below what Linux (from 32,768), macOS and Windows (from 49,152) give to who asks for any port.
const PORTS: Range<u16> = 20_000..32_768;
/// How long workerd may take to answer its first request.
const PATIENCE: Duration = Duration::from_mins(1);

/// Mail that was being sent when its host ended, and mail that another host sends just now, with one after it.
const LEFT_MAIL: &str = "INSERT INTO outbox (id, organization, recipient, template, content, created_at, state, due_at, claim) \
    SELECT '00000000-0000-4000-8000-00000000a001', number, 'left@acme.test', 'welcome', '{\"organization\":\"Acme\"}', 1, \
      'sending', 1, 'gone' FROM organizations WHERE slug = 'acme' UNION ALL \
    SELECT '00000000-0000-4000-8000-00000000a002', number, 'held@globex.test', 'welcome', '{\"organization\":\"Globex\"}', 1, \
      'sending', 253402300799000, 'alive' FROM organizations WHERE slug = 'globex' UNION ALL \
    SELECT '00000000-0000-4000-8000-00000000a003', number, 'after@globex.test', 'welcome', '{\"organization\":\"Globex\"}', 1, \
      'pending', 0, NULL FROM organizations WHERE slug = 'globex';\n";
/// Mail's way out in tests: it takes mail to the address that stands there and to `ok@acme.test`, and refuses the rest.
const MAIL_BINDING: &str =
    "name = \"MAIL\"\nallowed_destination_addresses = [\"left@acme.test\", \"after@globex.test\", \"ok@acme.test\"]";

/// Limits of the size that tests reach.
const LIMITS: &str = "\n[[ratelimits]]\nname = \"KEY_LIMIT\"\nnamespace_id = \"1\"\nsimple = { limit = 20, period = 60 }\n\
    [[ratelimits]]\nname = \"ADDRESS_LIMIT\"\nnamespace_id = \"2\"\nsimple = { limit = 60, period = 60 }\n";

/// A Worker in the place of an Analytics Engine dataset, of which wrangler keeps nothing: it writes each data point to the log.
const DATASET: &str = "import { WorkerEntrypoint } from 'cloudflare:workers';\n\
    export default class extends WorkerEntrypoint {\n\
      writeDataPoint(point) { console.log(JSON.stringify({ point })); }\n\
    }\n";
const DATASET_CONFIG: &str = "name = \"dataset\"\nmain = \"dataset.js\"\ncompatibility_date = \"2026-04-01\"\n\
    [env.production]\nname = \"dataset\"\n";
const DATASET_BINDING: &str = "\n[[env.production.services]]\nbinding = \"METRICS\"\nservice = \"dataset\"\n";

/// Where that which wrangler says goes.
#[derive(Clone, Copy)]
pub(crate) enum Output {
    /// To the person.
    Shown,
    /// To a file beside the database.
    Logged,
}

/// A Worker being served; dropped, it is stopped.
pub(crate) struct Edge {
    group: Group,
    address: String,
    log: PathBuf,
}

impl Edge {
    /// Serves what `build/` holds on this port of the loopback, with the D1 in this folder, and waits until it answers.
    pub(crate) fn serve(port: u16, state: &Path, output: Output) -> Result<Self> {
        Self::start(port, state, output, &[])
    }

    fn start(port: u16, state: &Path, output: Output, options: &[&str]) -> Result<Self> {
        let log = state.join("wrangler.log");
        let mut command = wrangler();
        command
            .args(["dev", "--local", "--ip", "127.0.0.1", "--port", &port.to_string()])
            .args(["--inspector-port", "0", "--show-interactive-dev-session=false", "--persist-to"])
            .arg(state)
            // Where it would look for other Workers to bind to; it is to see none.
            .env("WRANGLER_REGISTRY_PATH", state.join("registry"));
        command.args(options);
        if let Output::Logged = output {
            let log = File::create(&log)?;
            command.stdout(log.try_clone()?).stderr(log);
        }
        let group = Group::spawn(&mut command)?;
        let mut edge = Self { group, address: format!("http://127.0.0.1:{port}"), log };
        let started = Instant::now();
        while !answers(port) {
            if edge.group.has_ended()? || started.elapsed() > PATIENCE {
                bail!("workerd did not start\n{}", fs::read_to_string(&edge.log).unwrap_or_default());
            }
            sleep(Duration::from_millis(50));
        }
        Ok(edge)
    }

    /// Serves on a free port, with a D1 of its own that starts with the demo. The name tells it from other such Workers.
    pub(crate) fn serve_apart(name: &str) -> Result<Self> {
        Self::serve_without(name, &[])
    }

    /// As [`Self::serve_apart`], without these tables of the configuration.
    pub(crate) fn serve_without(name: &str, tables: &[&str]) -> Result<Self> {
        let state = workspace::temporary()?.join(format!("edge-{name}"));
        remove(&state)?;
        database::prepare(&state)?;
        let config = own_config(&state, tables)?;
        Self::start(free_port()?, &state, Output::Logged, &["--config", &config.to_string_lossy()])
    }

    /// As [`Self::serve_apart`], sending mail, to some addresses alone. In its outbox is mail that another left there.
    pub(crate) fn serve_mailing(name: &str) -> Result<Self> {
        let state = workspace::temporary()?.join(format!("edge-{name}"));
        remove(&state)?;
        database::prepare(&state)?;
        database::execute(&state, "left-mail", LEFT_MAIL)?;
        // beside assets a cron's handler cannot be called
        let config = own_config(&state, &["[assets]"])?;
        let restricted = fs::read_to_string(&config)?.replacen("name = \"MAIL\"", MAIL_BINDING, 1);
        fs::write(&config, restricted)?;
        let config = config.to_string_lossy();
        let options = ["--config", &config, "--var", "MAIL_FROM:no-reply@tessera.test"];
        Self::start(free_port()?, &state, Output::Logged, &options)
    }

    /// Serves on a free port with the D1 in this folder and these variables, so that its cron can be called.
    pub(crate) fn serve_with(state: &Path, variables: &[(&str, &str)]) -> Result<Self> {
        // beside assets a cron's handler cannot be called
        let config = own_config(state, &["[assets]"])?;
        let config = config.to_string_lossy();
        let variables: Vec<String> = variables.iter().map(|(name, value)| format!("{name}:{value}")).collect();
        let mut options = vec!["--config", &config];
        for variable in &variables {
            options.extend(["--var", variable]);
        }
        Self::start(free_port()?, state, Output::Logged, &options)
    }

    /// As [`Self::serve_apart`], holding callers to small limits.
    pub(crate) fn serve_limited(name: &str) -> Result<Self> {
        let state = workspace::temporary()?.join(format!("edge-{name}"));
        remove(&state)?;
        database::prepare(&state)?;
        let config = own_config(&state, &[])?;
        fs::write(&config, fs::read_to_string(&config)? + LIMITS)?;
        let config = config.to_string_lossy();
        let options = ["--config", &config, "--var", "SIGN_IN_FAILURES:3"];
        Self::start(free_port()?, &state, Output::Logged, &options)
    }

    /// Serves as a deployed Worker that has these variables, secrets among them. Its data points are in the log.
    pub(crate) fn serve_deployed(variables: &[(&str, &str)]) -> Result<Self> {
        let state = workspace::temporary()?.join("edge-deployed");
        remove(&state)?;
        fs::create_dir_all(&state)?;
        let config = own_config(&state, &[])?;
        fs::write(&config, fs::read_to_string(&config)? + DATASET_BINDING)?;
        let dataset = state.join("dataset.toml");
        fs::write(&dataset, DATASET_CONFIG)?;
        fs::write(state.join("dataset.js"), DATASET)?;
        let [config, dataset] = [config, dataset].map(|file| file.to_string_lossy().into_owned());
        let variables: Vec<String> = variables.iter().map(|(name, value)| format!("{name}:{value}")).collect();
        let mut options = vec!["--config", &config, "--config", &dataset, "--env", "production"];
        for variable in &variables {
            options.extend(["--var", variable]);
        }
        Self::start(free_port()?, &state, Output::Logged, &options)
    }

    /// The file with what wrangler said, if it is logged.
    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    /// Where it listens: `http://127.0.0.1:8787`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Serves until it ends, which by itself it does not.
    pub(crate) fn wait(&mut self) -> Result<()> {
        let status = self.group.wait()?;
        bail!("wrangler ended ({status})")
    }
}

/// A configuration for a Worker under test, in the folder of its state, without these of its tables.
fn own_config(state: &Path, tables: &[&str]) -> Result<PathBuf> {
    let config = state.join("wrangler.toml");
    // a Worker under test is not to restart because a file was touched
    let tables = [&["[build]"], tables].concat();
    fs::write(&config, without(&tables, &fs::read_to_string(workspace::root().join("wrangler.toml"))?))?;
    Ok(config)
}

/// The configuration from anywhere, without these tables.
fn without(tables: &[&str], config: &str) -> String {
    let mut kept = String::new();
    let mut is_left_out = false;
    for line in config.lines() {
        if line.starts_with('[') {
            is_left_out = tables.contains(&line);
        }
        if !is_left_out {
            kept += line;
            kept.push('\n');
        }
    }
    let root = workspace::root().display();
    kept.replace("main = \"", &format!("main = \"{root}/"))
        .replace("\ndirectory = \"", &format!("\ndirectory = \"{root}/"))
        .replace("migrations_dir = \"", &format!("migrations_dir = \"{root}/"))
}

/// Wrangler, which asks nothing, and tells and fetches nothing over the network.
pub(crate) fn wrangler() -> Command {
    let mut command = Command::new(workspace::npm_program("wrangler"));
    command
        .current_dir(workspace::root())
        .env("CI", "1")
        .env("CLOUDFLARE_CF_FETCH_ENABLED", "false")
        .env("WRANGLER_HIDE_BANNER", "true")
        .env("WRANGLER_SEND_ERROR_REPORTS", "false")
        .env("WRANGLER_SEND_METRICS", "false")
        .env_remove("CLOUDFLARE_ENV");
    command
}

/// The folder of the D1 that `dev` serves.
pub(crate) fn dev_state() -> PathBuf {
    workspace::root().join(".wrangler/state")
}

/// Removes a folder, if it is there.
pub(crate) fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(())
}

/// Fails if something listens on the port.
pub(crate) fn require_free(port: u16) -> Result<()> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(_) => Ok(()),
        Err(_) => bail!("port {port} is taken: stop what listens there, or choose another with --port"),
    }
}

/// A port that nobody listens on. No system gives it to a program that asks for any port, as wrangler does for itself while it
/// starts: its own would answer in the Worker's place.
pub(crate) fn free_port() -> Result<u16> {
    static TRIED: AtomicU32 = AtomicU32::new(0);
    let ports = u32::from(PORTS.end - PORTS.start);
    // two programs at once begin at different ports
    let first = process::id().wrapping_mul(97);
    for _ in 0..ports {
        let nth = first.wrapping_add(TRIED.fetch_add(1, Ordering::Relaxed)) % ports;
        let port = PORTS.start + u16::try_from(nth)?;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("every port of {PORTS:?} is taken")
}

/// Whether HTTP is answered, with whatever status.
fn answers(port: u16) -> bool {
    let ask = || {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(b"HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut start = [0; 5];
        stream.read_exact(&mut start)?;
        Ok::<_, std::io::Error>(start)
    };
    ask().is_ok_and(|start| &start == b"HTTP/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_port_is_not_one_that_systems_give() {
        let [one, another] = [free_port(), free_port()].map(Result::unwrap_or_default);
        assert_ne!(one, another);
        assert!(PORTS.contains(&one) && PORTS.contains(&another), "{one} and {another}");
    }

    #[test]
    fn the_tests_configuration_builds_nothing() {
        let config = "main = \"build/index.js\"\n[build]\ncommand = \"cargo\"\n\n[vars]\nA = \"b\"\n";
        let root = workspace::root().display();
        assert_eq!(without(&["[build]"], config), format!("main = \"{root}/build/index.js\"\n[vars]\nA = \"b\"\n"));
    }
}
