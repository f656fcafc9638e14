//! `cargo xtask bench`: what the native host costs, beside a bare axum route, how large the Worker is, and the npm package
//! beside ajv and zod.
//!
//! Nothing here is ever a test: on a machine that is busy with something else it measures that. What is judged of speed is
//! a ratio of neighbours within one run, and of all rounds the one in the middle.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tessera_directory::demo;

use crate::edge::Edge;
use crate::steps::Steps;
use crate::{package, process, stamp, worker, workspace};

use bulk::Bulk;
use load::{Load, Measured, Request};
use served::Served;
use validation::Validation;

mod bulk;
pub(crate) mod client;
mod edge;
mod load;
mod peers;
pub(crate) mod served;
mod validation;

/// The least that reading a user, and creating one, may have of the bare route's throughput, in per cent.
const READING: f64 = 50.0;
const CREATING: f64 = 25.0;
/// The longest from the start to the first answer, in ms.
const START: f64 = 15.0;
/// The most memory after [`READS`] requests, and the most that may have come to it since the first [`WARM`], by which a
/// server has all that it keeps: its connections' buffers and its prepared statements. In MB.
const RESIDENT: f64 = 25.0;
const GROWTH: f64 = 1.0;
const READS: f64 = 200_000.0;
const WARM: f64 = 20_000.0;
/// The largest Worker, its WebAssembly and its JavaScript gzipped, in kB.
const WORKER: f64 = 600.0;

/// The largest npm package, its WebAssembly and the JavaScript that a browser loads gzipped, in kB; and the most of zod's
/// time that it may take for 10,000 users, in per cent.
const PACKAGE: f64 = 120.0;
const OF_ZODS: f64 = 100.0;

/// How many times longer than a call that makes 1,000 users one that makes 10,000 may take.
const BULK: f64 = 12.0;

/// How often the start is measured.
const STARTS: usize = 15;

/// What `bench` is told.
#[derive(clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct Arguments {
    /// Fewer and shorter rounds: for a glance, not for the record.
    #[arg(long)]
    quick: bool,
    /// Beside the servers that others mock with, and nothing else: WireMock, Prism, Mockoon, json-server and wiremock-rs.
    #[arg(long)]
    peers: bool,
    /// The Worker beside one of the same work with Hono, and nothing else; and what verifying a key takes there.
    #[arg(long)]
    edge: bool,
    /// The npm package alone, beside ajv and zod.
    #[arg(long)]
    validation: bool,
}

/// Measures, prints it as a table, and fails if a bar is missed.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    if arguments.peers {
        return peers::run(arguments.quick);
    }
    if arguments.edge {
        return edge::run(arguments.quick);
    }
    let (rounds, length) = if arguments.quick { (3, 1) } else { (7, 4) };
    let mut steps = Steps::new(if arguments.validation { 1 } else { 8 });
    let validation = steps.step("the validation package, beside ajv and zod", || validation::measure(3 * rounds))?;
    if arguments.validation {
        println!();
        validation.print();
        return judge(&bars_of(&validation)?);
    }
    let load = steps.step("the load generator, wrk", Load::new)?;
    let programs = || Ok([program("mock-server")?, program("bare-peer")?]);
    let [host, peer] = steps.step("the native host and the bare route, for release", programs)?;
    steps.step("the Worker, for release", worker::build)?;
    let asked = Asked::of(&host)?;
    let bench = Bench { load, host, peer, length: Duration::from_secs(length), asked };
    let start = steps.step("starts", || bench.start())?;
    let rounds = steps.step("rounds: the bare route, reading, creating", || bench.rounds(rounds))?;
    let memory = steps.step("memory: 200,000 reads", || bench.memory())?;
    let [native, edge] = steps.step("bulk: 1,000 and 10,000 users a call, on both hosts", || bench.bulk())?;
    let worker = gzipped(&workspace::root().join("build"))?;

    println!("\n{:34}{:>14}{:>16}{:>17}", "", "a bare route", "reading a user", "creating a user");
    let row = |name, digits, of: fn(&Measured) -> f64| {
        let [bare, reading, creating] = rounds.middle(of);
        println!("{name:34}{bare:>14.digits$}{reading:>16.digits$}{creating:>17.digits$}");
    };
    row("requests a second", 0, |measured| measured.throughput);
    row("latency, 50th percentile, ms", 2, |measured| measured.p50_ms);
    row("latency, 99th percentile, ms", 2, |measured| measured.p99_ms);
    row("the server's CPU a request, µs", 1, |measured| measured.cpu_us);
    println!();

    println!("{:42}{:>10}{:>10}", "", "native", "workerd");
    let row = |name, of: fn(&Bulk) -> f64| println!("{name:42}{:>10.2}{:>10.2}", of(&native), of(&edge));
    row("1,000 users in one call, ms", |bulk| bulk.small);
    row("10,000 users in one call, ms", |bulk| bulk.large);
    row("10,000 users, ms for each", |bulk| bulk.large / 10_000.0);
    row("one user in one call, ms", |bulk| bulk.single);
    println!();

    validation.print();

    let [reading, creating] = rounds.shares();
    let [at_first, warm, at_last] = memory;
    let growth = at_last - warm;
    let mut bars = vec![
        Bar::at_least("reading, of the bare route's throughput", reading, "%", READING),
        Bar::at_least("creating, of the bare route's throughput", creating, "%", CREATING),
        Bar::at_most("from the start to the first answer", start, "ms", START),
        Bar::at_most("memory at first", at_first, "MB", RESIDENT),
        Bar::at_most("memory after 200,000 reads", at_last, "MB", RESIDENT),
        Bar::at_most("of which since the first 20,000", growth, "MB", GROWTH),
        Bar::at_most("10,000 users, times 1,000: native", native.growth(), "x", BULK),
        Bar::at_most("10,000 users, times 1,000: workerd", edge.growth(), "x", BULK),
        Bar::at_most("the Worker, gzipped", worker, "kB", WORKER),
    ];
    bars.extend(bars_of(&validation)?);
    judge(&bars)
}

/// The bars of the npm package.
fn bars_of(validation: &Validation) -> Result<Vec<Bar>> {
    let size = ["validate_bg.wasm", "web.js"].map(|file| gzipped(&package::folder().join("all").join(file)));
    let [wasm, glue] = size;
    let of_zods = |place, share| Bar::at_most(format!("10,000 users, of zod's time: {place}"), share, "%", OF_ZODS);
    let mut bars = vec![
        Bar::at_most("the validation package, gzipped", wasm? + glue?, "kB", PACKAGE),
        of_zods("Node.js", validation.node.of_zods()),
    ];
    bars.extend(validation.chromium.as_ref().map(|times| of_zods("Chromium", times.of_zods())));
    Ok(bars)
}

/// What is measured, and what it must be.
struct Bar {
    name: String,
    measured: f64,
    unit: &'static str,
    holds: bool,
    limit: String,
}

impl Bar {
    fn at_least(name: impl Into<String>, measured: f64, unit: &'static str, least: f64) -> Self {
        Self { name: name.into(), measured, unit, holds: measured >= least, limit: format!(">= {least}") }
    }

    fn at_most(name: impl Into<String>, measured: f64, unit: &'static str, most: f64) -> Self {
        Self { name: name.into(), measured, unit, holds: measured <= most, limit: format!("<= {most}") }
    }
}

/// Prints each bar, and fails if one is missed.
fn judge(bars: &[Bar]) -> Result<()> {
    for Bar { name, measured, unit, holds, limit } in bars {
        println!("{name:42}{measured:>10.1} {unit:5}{limit:>8}   {}", if *holds { "pass" } else { "FAIL" });
    }
    let missed = bars.iter().filter(|bar| !bar.holds).count();
    ensure!(missed == 0, "{missed} of the bars missed");
    Ok(())
}

/// A program of the workspace, built for release, and by itself, so that it is given no features that only another wants.
pub(crate) fn program(package: &str) -> Result<PathBuf> {
    let arguments = ["build", "--quiet", "--release", "--package", package];
    process::run(Command::new("cargo").args(arguments).current_dir(workspace::root()))?;
    Ok(workspace::target().join("release").join(package))
}

/// What all measurements share.
struct Bench {
    load: Load,
    host: PathBuf,
    peer: PathBuf,
    length: Duration,
    asked: Asked,
}

/// What is asked for.
struct Asked {
    key: String,
    /// The path of the users of an organization of the demo.
    users: String,
    /// The path of one of them, and what is answered there.
    user: String,
    answer: String,
}

impl Asked {
    /// Has a native host tell it.
    fn of(host: &Path) -> Result<Self> {
        let demo = demo::json();
        let known = |name| demo.pointer(&format!("/organizations/0/{name}")).and_then(Value::as_str).context("no demo");
        let (key, users) = (known("api_key")?.to_owned(), format!("/v1/organizations/{}/users", known("id")?));
        let server = Served::start(&mut command(host, 0))?;
        let listed: Value = serde_json::from_slice(server.get(&users, &key)?.0.as_bytes())?;
        let id = listed.pointer("/data/0/id").and_then(Value::as_str).context("the demo has no user")?;
        let user = format!("{users}/{id}");
        let (answer, _) = server.get(&user, &key)?;
        Ok(Self { key, users, user, answer })
    }

    /// The answer, read.
    fn json(&self) -> Result<Value> {
        Ok(serde_json::from_slice(self.answer.as_bytes())?)
    }
}

impl Bench {
    /// How long a start takes until a user was read over TCP: ms.
    fn start(&self) -> Result<f64> {
        let once = |_| {
            let begun = Instant::now();
            let (_, answered) = Served::start(&mut command(&self.host, 0))?.get(&self.asked.user, &self.asked.key)?;
            Ok((answered - begun).as_secs_f64() * 1e3)
        };
        Ok(middle((0..STARTS).map(once).collect::<Result<_>>()?))
    }

    /// The bare route, reading and creating in turn. What is created stays, in a server that is asked nothing else.
    fn rounds(&self, count: usize) -> Result<Rounds> {
        let bare = Served::start(Command::new(&self.peer).arg(&self.asked.answer))?;
        let [reading, creating] =
            [Served::start(&mut command(&self.host, 0))?, Served::start(&mut command(&self.host, 0))?];
        let round = |number| {
            Ok([
                self.load.run(&bare, &self.request("/", None), self.length)?,
                self.load.run(&reading, &self.request(&self.asked.user, None), self.length)?,
                self.load.run(&creating, &self.request(&self.asked.users, Some(format!("{number}"))), self.length)?,
            ])
        };
        Ok(Rounds((0..count).map(round).collect::<Result<_>>()?))
    }

    /// The resident memory of a server that nobody has asked yet, that is warm, and that was read from for long: MB.
    fn memory(&self) -> Result<[f64; 3]> {
        let server = Served::start(&mut command(&self.host, 0))?;
        let mut read = 0.0;
        let mut after = |reads| {
            while read < reads {
                read += self.load.run(&server, &self.request(&self.asked.user, None), Duration::from_secs(1))?.requests;
            }
            server.resident_mb()
        };
        Ok([after(0.0)?, after(WARM)?, after(READS)?])
    }

    /// Users made many at once: natively, and in workerd.
    fn bulk(&self) -> Result<[Bulk; 2]> {
        let native = Served::start(&mut command(&self.host, 0))?;
        let edge = Edge::serve_apart("bench")?;
        let at_edge = edge.address().trim_start_matches("http://");
        Ok([bulk::measure(native.address(), &self.asked.key)?, bulk::measure(at_edge, &self.asked.key)?])
    }

    fn request<'a>(&'a self, path: &'a str, users: Option<String>) -> Request<'a> {
        Request { path, key: &self.asked.key, users }
    }
}

/// The native host with the demo in memory, and with no key but the demo's. Port 0 stands for any that is free.
pub(crate) fn command(host: &Path, port: u16) -> Command {
    let mut command = Command::new(host);
    command
        .arg("--listen")
        .arg(format!("127.0.0.1:{port}"))
        .env_remove("TESSERA_ROOT_KEY")
        .env_remove("TESSERA_PEPPER");
    command
}

/// What the rounds measured: of the bare route, of reading, of creating.
struct Rounds(Vec<[Measured; 3]>);

impl Rounds {
    fn middle(&self, of: fn(&Measured) -> f64) -> [f64; 3] {
        [0, 1, 2].map(|at| middle(self.0.iter().filter_map(|round| round.get(at)).map(of).collect()))
    }

    /// The throughputs of reading and of creating in per cent of the bare route's in the same round.
    fn shares(&self) -> [f64; 2] {
        let share = |of: fn(&[Measured; 3]) -> &Measured| {
            let shares = self.0.iter().map(|round| of(round).throughput / round[0].throughput * 100.0);
            middle(shares.collect())
        };
        [share(|[_, reading, _]| reading), share(|[_, _, creating]| creating)]
    }
}

/// The value in the middle.
fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// What a folder's WebAssembly and JavaScript come to, each file gzipped: kB, of 1000 bytes.
fn gzipped(folder: &Path) -> Result<f64> {
    let mut bytes = 0;
    for file in stamp::files(folder)? {
        if file.extension().is_some_and(|extension| ["wasm", "js", "mjs"].iter().any(|known| extension == *known)) {
            let output =
                Command::new("gzip").args(["-9", "--stdout"]).arg(&file).output().context("gzip is missing")?;
            bytes += output.stdout.len();
        }
    }
    Ok(f64::from(u32::try_from(bytes)?) / 1e3)
}
