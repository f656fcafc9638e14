//! `cargo xtask bench --edge`: the Worker beside one of the same work in TypeScript with Hono, and one that answers at once, each
//! in the same miniflare; and what verifying a key asks of D1 and of KV.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tessera_directory::demo;

use super::client::Client;
use super::load::{Load, Measured, Request};
use super::served::Served;
use super::{Bar, judge, middle};
use crate::edge::remove;
use crate::stamp::Stamp;
use crate::steps::Steps;
use crate::{database, process, tools, worker, workspace};

/// The least that reading a user, and creating one, may have of Hono's throughput, in per cent.
const OF_HONOS: f64 = 100.0;

/// How many keys are verified, each once cold, and then so many times warm.
const KEYS: usize = 100;
const WARM: usize = 4;

const SERVE: &str = "xtask/src/bench/edge/serve.mjs";
const COUNTED: &str = "xtask/src/bench/edge/counted.mjs";

/// What a round asks, in turn.
const ASKED: [(Program, bool); 5] = [
    (Program::Bare, false),
    (Program::Tessera, false),
    (Program::Hono, false),
    (Program::Tessera, true),
    (Program::Hono, true),
];

/// A Worker that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Program {
    /// One that answers at once, with the JSON of a user.
    Bare,
    /// Ours.
    Tessera,
    /// Ours, with what it asks of its bindings counted.
    Counted,
    /// The same work with Hono.
    Hono,
}

/// Measures, prints it as tables, and fails if a bar is missed.
pub(super) fn run(is_quick: bool) -> Result<()> {
    let (rounds, length) = if is_quick { (3, 2) } else { (7, 4) };
    let mut steps = Steps::new(6);
    let load = steps.step("the load generator, wrk", Load::new)?;
    steps.step("the Worker, for release", worker::build)?;
    let hono = steps.step("the same with Hono", hono)?;
    let bench = steps.step("a D1 for each, with the demo", || Bench::new(load, hono))?;
    let measured = steps.step("rounds: the bare answer, reading, creating", || bench.rounds(rounds, length))?;
    let titles = ["a bare answer", "reading", "reading, Hono", "creating", "creating, Hono"];
    println!("\n{:30}{}", "", titles.map(|title| format!("{title:>16}")).concat());
    let row = |name, digits: usize, of: fn(&Measured) -> f64| {
        let numbers = measured.iter().map(|series| middle(series.iter().map(of).collect()));
        let columns: Vec<String> = numbers.map(|number| format!("{number:>16.digits$}")).collect();
        println!("{name:30}{}", columns.concat());
    };
    row("requests a second", 0, |measured| measured.throughput);
    row("latency, 50th percentile, ms", 2, |measured| measured.p50_ms);
    row("latency, 99th percentile, ms", 2, |measured| measured.p99_ms);
    row("CPU a request, µs", 0, |measured| measured.cpu_us);

    println!();

    let verified = steps.step("verifications", || bench.verifications(rounds))?;
    println!("\n{:30}{:>16}{:>16}{:>16}", "one call at a time", "D1 batches", "KV reads", "CPU a call, µs");
    for Verified { name, batches, reads, cpu_us } in &verified {
        println!("{name:30}{batches:>16.2}{reads:>16.2}{cpu_us:>16.0}");
    }
    println!();

    let [_, reading, reading_hono, creating, creating_hono] = &measured;
    let share = |own: &[Measured], other: &[Measured], of: fn(&Measured) -> f64| {
        middle(own.iter().zip(other).map(|(own, other)| of(own) / of(other) * 100.0).collect())
    };
    let throughput = |own, other| share(own, other, |measured: &Measured| measured.throughput);
    let cpu = |own, other| share(own, other, |measured: &Measured| measured.cpu_us);
    println!(
        "CPU a request, of Hono's: reading {:.0} %, creating {:.0} %",
        cpu(reading, reading_hono),
        cpu(creating, creating_hono)
    );
    judge(&[
        Bar::at_least("reading, of Hono's throughput", throughput(reading, reading_hono), "%", OF_HONOS),
        Bar::at_least("creating, of Hono's throughput", throughput(creating, creating_hono), "%", OF_HONOS),
    ])
}

/// What a call came to.
struct Verified {
    name: &'static str,
    batches: f64,
    reads: f64,
    cpu_us: f64,
}

struct Bench {
    load: Load,
    hono: PathBuf,
    /// A folder with a D1 that holds the demo.
    state: PathBuf,
    key: String,
    organization: String,
    user: String,
    /// What reading the user is answered with.
    answer: String,
}

impl Bench {
    fn new(load: Load, hono: PathBuf) -> Result<Self> {
        let state = workspace::temporary()?.join("bench-edge");
        remove(&state)?;
        database::prepare(&state)?;
        let demo = demo::json();
        let known = |name| demo.pointer(&format!("/organizations/0/{name}")).and_then(Value::as_str).context("no demo");
        let (key, organization) = (known("api_key")?.to_owned(), format!("/v1/organizations/{}", known("id")?));
        let mut bench = Self { load, hono, state, key, organization, user: String::new(), answer: String::new() };

        let server = bench.serve(Program::Tessera, "first")?;
        let listed: Value = serde_json::from_slice(server.get(&bench.users(), &bench.key)?.0.as_bytes())?;
        let id = listed.pointer("/data/0/id").and_then(Value::as_str).context("the demo has no user")?;
        bench.user = format!("{}/{id}", bench.users());
        bench.answer = server.get(&bench.user, &bench.key)?.0;
        let peer = bench.serve(Program::Hono, "first")?.get(&bench.user, &bench.key)?.0;
        ensure!(peer == bench.answer, "Hono's answer is another:\n{peer}\n{}", bench.answer);
        Ok(bench)
    }

    fn users(&self) -> String {
        format!("{}/users", self.organization)
    }

    /// Starts a Worker over a D1 of its own, which the name tells from others.
    fn serve(&self, program: Program, name: &str) -> Result<Served> {
        let root = workspace::root();
        let build = root.join("build");
        let module = |name: &str, file: PathBuf| json!({"name": name, "file": file});
        let own = worker::MODULES.map(|name| module(name, build.join(name)));
        let (folder, config, modules) = match program {
            Program::Bare => {
                let answer = Value::from(self.answer.as_str());
                let contents = format!(
                    "const headers = {{ 'content-type': 'application/json' }};\n\
                     export default {{ fetch: () => new Response({answer}, {{ headers }}) }};"
                );
                ("bare", None, vec![json!({"name": "bare.js", "contents": contents})])
            }
            Program::Tessera => ("tessera", Some(root.join("wrangler.toml")), own.into()),
            Program::Counted => {
                let modules = [module("counted.js", root.join(COUNTED))].into_iter().chain(own).collect();
                ("counted", Some(root.join("wrangler.toml")), modules)
            }
            Program::Hono => {
                ("hono", Some(self.hono.join("wrangler.toml")), vec![module("index.js", self.hono.join("index.js"))])
            }
        };
        let state = workspace::temporary()?.join(format!("bench-edge-{folder}-{name}"));
        remove(&state)?;
        process::run(Command::new("cp").arg("-R").arg(self.state.join("v3")).arg(&state))?;
        let told = json!({"modules": modules, "config": config, "state": state});
        Served::start(Command::new("node").arg(SERVE).arg(told.to_string()).current_dir(root))
    }

    /// What each of [`ASKED`] measured in each round, with a server of its own: V8 optimizes one function of miniflare's sooner
    /// or later, and a server stays as fast as that made it.
    fn rounds(&self, count: usize, seconds: u64) -> Result<[Vec<Measured>; 5]> {
        let users = self.users();
        let mut measured = [const { Vec::new() }; 5];
        for round in 0..count {
            for ((program, is_creating), series) in ASKED.into_iter().zip(&mut measured) {
                let server = self.serve(program, if is_creating { "creating" } else { "reading" })?;
                let ask = |part: &str| {
                    let (path, users) = if is_creating { (&users, Some(part.to_owned())) } else { (&self.user, None) };
                    let request = Request { path, key: &self.key, users };
                    let measured = self.load.run(&server, &request, Duration::from_secs(seconds));
                    measured.with_context(|| format!("{program:?}, in round {round}"))
                };
                // until its code is compiled a Worker is slower, and so it is asked for a while first
                ask("first")?;
                series.push(ask("second")?);
            }
        }
        Ok(measured)
    }

    /// What verifying a key takes, beside reading a user and a bare answer, one call after the other on one connection.
    fn verifications(&self, rounds: usize) -> Result<Vec<Verified>> {
        let server = self.serve(Program::Counted, "verifying")?;
        let bare = self.serve(Program::Bare, "verifying")?;
        let malformed = r#"{"key":"tsr_key_000000000000000000000000000000000000"}"#;
        let mut series: Vec<(&'static str, Vec<Verified>)> = Vec::new();
        for round in 0..=rounds {
            // a connection that is not used for long is closed
            let [mut bare_caller, mut caller] = [Caller::new(&bare, &self.key)?, Caller::new(&server, &self.key)?];
            let answered = bare_caller.measure("a bare answer", "/", &vec![String::new(); WARM * KEYS])?;
            let keys = self.new_keys(&mut caller, round)?;
            let warm: Vec<String> = keys.iter().cycle().take(WARM * KEYS).cloned().collect();
            let malformed = vec![malformed.to_owned(); warm.len()];
            let reading = vec![String::new(); warm.len()];
            let verify = "/v1/keys/verify";
            let measured = [
                answered,
                caller.measure("reading a user", &self.user, &reading)?,
                caller.measure("verifying, malformed", verify, &malformed)?,
                caller.measure("verifying, cold", verify, &keys)?,
                caller.measure("verifying, warm", verify, &warm)?,
            ];
            // the first round warms
            if round > 0 {
                for (at, measured) in measured.into_iter().enumerate() {
                    match series.get_mut(at) {
                        Some((_, rounds)) => rounds.push(measured),
                        None => series.push((measured.name, vec![measured])),
                    }
                }
            }
        }
        let middle_of = |rounds: &[Verified], of: fn(&Verified) -> f64| middle(rounds.iter().map(of).collect());
        Ok(series
            .into_iter()
            .map(|(name, rounds)| Verified {
                name,
                batches: middle_of(&rounds, |measured| measured.batches),
                reads: middle_of(&rounds, |measured| measured.reads),
                cpu_us: middle_of(&rounds, |measured| measured.cpu_us),
            })
            .collect())
    }

    /// Makes keys, and gives for each the body that asks about it.
    fn new_keys(&self, caller: &mut Caller<'_>, round: usize) -> Result<Vec<String>> {
        (0..KEYS)
            .map(|number| {
                let body = json!({"name": format!("bench {round} {number}"), "scopes": ["users:read"]}).to_string();
                let made = caller.ask(&format!("{}/keys", self.organization), &body)?;
                let made: Value = serde_json::from_slice(made.as_bytes())?;
                let secret = made.get("secret").and_then(Value::as_str).context("a new key has no secret")?;
                Ok(json!({"key": secret}).to_string())
            })
            .collect()
    }
}

/// A connection to a Worker.
struct Caller<'a> {
    server: &'a Served,
    client: Client,
    headers: String,
}

impl<'a> Caller<'a> {
    fn new(server: &'a Served, key: &str) -> Result<Self> {
        let headers = format!("Authorization: Bearer {key}\r\nContent-Type: application/json\r\n");
        Ok(Self { server, client: Client::connect(server.address())?, headers })
    }

    /// Sends a body, or without one reads.
    fn ask(&mut self, path: &str, body: &str) -> Result<String> {
        let method = if body.is_empty() { "GET" } else { "POST" };
        let answer = self.client.ask(method, path, &self.headers, body)?;
        ensure!(answer.status / 100 == 2, "{path} is answered by {}: {}", answer.status, answer.body);
        Ok(answer.body)
    }

    /// Sends each of these, and tells what each took.
    fn measure(&mut self, name: &'static str, path: &str, bodies: &[String]) -> Result<Verified> {
        let before = (self.counted()?, self.server.cpu_us()?);
        for body in bodies {
            self.ask(path, body)?;
        }
        let after = (self.counted()?, self.server.cpu_us()?);
        let count = f64::from(u32::try_from(bodies.len())?);
        let counted = |what| {
            let number = |counted: &Value| counted.get(what).and_then(Value::as_f64).unwrap_or_default();
            (number(&after.0) - number(&before.0)) / count
        };
        Ok(Verified {
            name,
            batches: counted("batches"),
            reads: counted("reads"),
            cpu_us: (after.1 - before.1) / count,
        })
    }

    /// What the Worker has asked of its bindings so far.
    fn counted(&mut self) -> Result<Value> {
        Ok(serde_json::from_slice(self.ask("/counted", "")?.as_bytes())?)
    }
}

/// Installs Hono and bundles what is written with it, as wrangler would: the folder with the bundle and its configuration.
fn hono() -> Result<PathBuf> {
    let (from, folder) = (workspace::root().join("xtask/peers/hono"), workspace::target().join("peers/hono"));
    tools::node()?;
    tools::npm_packages()?;
    let stamp = Stamp::new(
        folder.join(".tessera-stamp"),
        &["package-lock.json", "wrangler.toml", "src"].map(|name| from.join(name)),
    )?;
    if stamp.holds() {
        return Ok(folder);
    }
    remove(&folder)?;
    fs::create_dir_all(folder.join("src"))?;
    for file in ["package.json", "package-lock.json", "wrangler.toml"] {
        fs::copy(from.join(file), folder.join(file))?;
    }
    copy(&from.join("src"), &folder.join("src"))?;
    let options =
        ["ci", "--omit=dev", "--no-progress", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"];
    process::run_quietly(Command::new("npm").args(options).current_dir(&folder))?;
    let mut bundle = Command::new(workspace::npm_program("esbuild"));
    bundle.args(["src/index.ts", "--bundle", "--format=esm", "--target=es2022", "--minify", "--outfile=index.js"]);
    process::run_quietly(bundle.arg("--log-level=warning").current_dir(&folder))?;
    stamp.set()?;
    Ok(folder)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    for file in crate::stamp::files(from)? {
        fs::copy(&file, to.join(file.file_name().context("a file without a name")?))?;
    }
    Ok(())
}
