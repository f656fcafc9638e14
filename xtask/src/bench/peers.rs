//! `cargo xtask bench --peers`: the native host beside the servers that others mock with, each told to give the same JSON at
//! the path of a user. The native host looks the user up; all the others have the answer as a constant.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::load::{Load, Measured, Request};
use super::served::Served;
use super::{Asked, Bar, command, judge, middle, program};
use crate::edge::free_port;
use crate::stamp::{Stamp, files};
use crate::steps::Steps;
use crate::{process, tools, workspace};

/// How many times the throughput of WireMock's stubs the native host must have, reading and creating.
const WIREMOCK_READING: f64 = 5.0;
const WIREMOCK_CREATING: f64 = 1.0;
/// How many times the throughput of each peer on Node.js.
const NODE: f64 = 10.0;
/// How many times faster than each peer on Node.js or Java it must start.
const START: f64 = 20.0;

/// How often each start is measured.
const STARTS: usize = 7;

/// A server that is measured.
struct Peer {
    name: &'static str,
    /// How it is started, to listen on a port.
    command: Box<dyn Fn(u16) -> Command>,
    /// Where it has the user.
    user: String,
    /// Where it makes one, if it is asked to.
    users: Option<String>,
    /// How many times its throughput the native host must have, reading, if it must.
    bar: Option<f64>,
}

impl Peer {
    /// One that gives the user at this path.
    fn new(name: &'static str, user: &str, command: impl Fn(u16) -> Command + 'static) -> Self {
        Self { name, command: Box::new(command), user: user.to_owned(), users: None, bar: None }
    }

    /// Starts it: the server, and how long it took to give the user.
    fn start(&self, key: &str) -> Result<(Served, Duration)> {
        let port = free_port()?;
        Served::start_at(format!("127.0.0.1:{port}"), &mut (self.command)(port), &self.user, key)
            .with_context(|| format!("{} does not give the user", self.name))
    }
}

/// A server that is asked one thing again and again, and what was measured each time.
struct Series<'a> {
    peer: &'a Peer,
    /// How long its start takes: ms.
    start: f64,
    server: Served,
    path: &'a str,
    is_creating: bool,
    measured: Vec<Measured>,
}

impl<'a> Series<'a> {
    /// Reading from a peer, and creating where it can.
    fn of(peer: &'a Peer, start: f64, key: &str) -> Result<Vec<Self>> {
        let paths = [(Some(&peer.user), false), (peer.users.as_ref(), true)];
        let asked = paths.into_iter().filter_map(|(path, is_creating)| Some((path?, is_creating)));
        asked
            .map(|(path, is_creating)| {
                let (server, _) = peer.start(key)?;
                Ok(Self { peer, start, server, path, is_creating, measured: Vec::new() })
            })
            .collect()
    }

    fn middle(&self, of: fn(&Measured) -> f64) -> f64 {
        middle(self.measured.iter().map(of).collect())
    }

    /// How many times the throughput of another it had in the same round.
    fn times(&self, other: &Self) -> f64 {
        let rounds = self.measured.iter().zip(&other.measured);
        middle(rounds.map(|(own, other)| own.throughput / other.throughput).collect())
    }
}

/// Measures, prints it as a table, and fails if a bar is missed.
pub(super) fn run(is_quick: bool) -> Result<()> {
    let (rounds, length) = if is_quick { (3, 1) } else { (5, 4) };
    let mut steps = Steps::new(5);
    let load = steps.step("the load generator, wrk", Load::new)?;
    let programs = || Ok([program("mock-server")?, program("wiremock-peer")?]);
    let [host, wiremock] = steps.step("the native host and wiremock-rs, for release", programs)?;
    let folder = steps.step("the peers that npm has", installed)?;
    let asked = Asked::of(&host)?;
    let peers = peers(host, wiremock, &folder, &asked)?;
    let starts = steps.step("starts", || starts(&peers, &asked.key))?;
    let series = steps.step("rounds", || {
        let series = peers.iter().zip(starts).map(|(peer, start)| Series::of(peer, start, &asked.key));
        let mut series = series.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect::<Vec<_>>();
        for _ in 0..rounds {
            for one in &mut series {
                // as a run of tests finds it: started just now, and warm; what it measured first counts for nothing
                (one.server, _) = one.peer.start(&asked.key)?;
                let ask = |users: &str| {
                    let users = one.is_creating.then(|| users.to_owned());
                    let request = Request { path: one.path, key: &asked.key, users };
                    load.run(&one.server, &request, Duration::from_secs(length))
                };
                ask("first")?;
                let measured = ask("then")?;
                one.measured.push(measured);
            }
        }
        Ok(series)
    })?;

    let titles = ["requests/s", "p50, ms", "p99, ms", "CPU, µs", "start, ms", "memory, MB"];
    println!("\n{:24}{}", "", titles.map(|title| format!("{title:>12}")).concat());
    for one in &series {
        let [throughput, cpu] = [one.middle(|measured| measured.throughput), one.middle(|measured| measured.cpu_us)];
        let [p50, p99] = [one.middle(|measured| measured.p50_ms), one.middle(|measured| measured.p99_ms)];
        let (name, start, memory) = (one.peer.name, one.start, one.server.resident_mb()?);
        let name = format!("{name}, {}", if one.is_creating { "creating" } else { "reading" });
        println!("{name:24}{throughput:>12.0}{p50:>12.2}{p99:>12.2}{cpu:>12.1}{start:>12.1}{memory:>12.1}");
    }
    println!();
    judge(&bars(&series))
}

/// The native host, which comes first, beside each that it must surpass.
fn bars(series: &[Series<'_>]) -> Vec<Bar> {
    let mut bars = Vec::new();
    let mut hosts = series.iter().take(2);
    let (Some(reading), Some(creating)) = (hosts.next(), hosts.next()) else { return bars };
    for peer in series.iter().skip(2) {
        let Some(bar) = peer.peer.bar else { continue };
        let name = peer.peer.name;
        if peer.is_creating {
            bars.push(Bar::at_least(format!("creating, times {name}"), creating.times(peer), "x", WIREMOCK_CREATING));
        } else {
            bars.push(Bar::at_least(format!("reading, times {name}"), reading.times(peer), "x", bar));
            bars.push(Bar::at_least(
                format!("start, times faster than {name}"),
                peer.start / reading.start,
                "x",
                START,
            ));
        }
    }
    bars
}

/// How long each peer's start takes until it has given the user: ms.
fn starts(peers: &[Peer], key: &str) -> Result<Vec<f64>> {
    let mut starts = vec![Vec::new(); peers.len()];
    for _ in 0..STARTS {
        for (peer, starts) in peers.iter().zip(&mut starts) {
            starts.push(peer.start(key)?.1.as_secs_f64() * 1e3);
        }
    }
    Ok(starts.into_iter().map(middle).collect())
}

/// Installs the peers that npm has, if anything has changed: the folder with all that is theirs.
fn installed() -> Result<PathBuf> {
    tools::node()?;
    let (from, folder) = (workspace::root().join("xtask/peers"), workspace::target().join("peers"));
    fs::create_dir_all(&folder)?;
    for file in ["package.json", "package-lock.json"] {
        fs::copy(from.join(file), folder.join(file))?;
    }
    let stamp = Stamp::new(folder.join("node_modules/.tessera-stamp"), &[from.join("package-lock.json")])?;
    if !stamp.holds() {
        let options = ["ci", "--no-progress", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"];
        process::run_quietly(Command::new("npm").args(options).current_dir(&folder))?;
        stamp.set()?;
    }
    Ok(folder)
}

/// All that are measured, the native host first.
fn peers(host: PathBuf, wiremock_rs: PathBuf, folder: &Path, asked: &Asked) -> Result<Vec<Peer>> {
    let host = Peer::new("mock-server", &asked.user, move |port| command(&host, port));
    let given = [asked.user.clone(), asked.answer.clone()];
    let wiremock_rs = Peer::new("wiremock-rs", &asked.user, move |port| {
        let mut command = Command::new(&wiremock_rs);
        command.arg(format!("127.0.0.1:{port}")).args(&given);
        command
    });
    let host = Peer { users: Some(asked.users.clone()), ..host };
    let mut peers = vec![host, wiremock_rs];
    if process::output(Command::new("java").arg("-version")).is_ok() {
        peers.push(wiremock(folder, asked)?);
    } else {
        println!("      WireMock is skipped: there is no Java here");
    }
    peers.extend([prism(folder, asked)?, mockoon(folder, asked)?, json_server(folder, asked)?]);
    Ok(peers)
}

/// WireMock, of whose journal only as much is kept as of the native host's.
fn wiremock(folder: &Path, asked: &Asked) -> Result<Peer> {
    let jars = files(&folder.join("node_modules/wiremock/build"))?;
    let jar = jars.into_iter().find(|file| file.extension().is_some_and(|extension| extension == "jar"));
    let jar = jar.context("the package wiremock has no jar")?;
    let stub = |method, path: &str, status| {
        json!({
            "request": {"method": method, "urlPath": path},
            "response": {"status": status, "body": asked.answer, "headers": {"Content-Type": "application/json"}},
        })
    };
    let mappings = json!({"mappings": [stub("GET", &asked.user, 200), stub("POST", &asked.users, 201)]});
    let root = folder.join("wiremock");
    fs::create_dir_all(root.join("mappings"))?;
    fs::write(root.join("mappings/users.json"), mappings.to_string())?;
    let peer = Peer::new("WireMock", &asked.user, move |port| {
        let mut command = Command::new("java");
        command.arg("-jar").arg(&jar).args(["--bind-address", "127.0.0.1", "--port", &port.to_string()]);
        command.args(["--disable-banner", "--max-request-journal-entries", "100", "--root-dir"]).arg(&root);
        command
    });
    Ok(Peer { users: Some(asked.users.clone()), bar: Some(WIREMOCK_READING), ..peer })
}

fn prism(folder: &Path, asked: &Asked) -> Result<Peer> {
    let media = json!({"application/json": {"example": asked.json()?}});
    let operation = json!({"get": {"responses": {"200": {"description": "the user", "content": media}}}});
    let document =
        json!({"openapi": "3.0.3", "info": {"title": "users", "version": "1"}, "paths": {&asked.user: operation}});
    fs::write(folder.join("prism.json"), document.to_string())?;
    let arguments = ["mock", "prism.json", "--host"];
    Ok(on_node("Prism", folder, "@stoplight/prism-cli/dist/index.js", &arguments, &asked.user))
}

fn mockoon(folder: &Path, asked: &Asked) -> Result<Peer> {
    let id = |number| format!("00000000-0000-4000-8000-{number:012}");
    let response = json!({
        "uuid": id(3), "default": true, "statusCode": 200, "body": asked.answer, "disableTemplating": true,
        "headers": [{"key": "Content-Type", "value": "application/json"}],
    });
    let path = asked.user.trim_start_matches('/');
    let route = json!({"uuid": id(2), "type": "http", "method": "get", "endpoint": path, "responses": [response]});
    let environment = json!({"uuid": id(1), "lastMigration": 33, "name": "users", "routes": [route]});
    fs::write(folder.join("mockoon.json"), environment.to_string())?;
    let arguments = ["start", "--disable-log-to-file", "--data", "mockoon.json", "--hostname"];
    Ok(on_node("Mockoon", folder, "@mockoon/cli/bin/run.js", &arguments, &asked.user))
}

/// json-server, which has paths of its own.
fn json_server(folder: &Path, asked: &Asked) -> Result<Peer> {
    let user = asked.json()?;
    let path = format!("/users/{}", user.get("id").and_then(Value::as_str).context("the user has no id")?);
    fs::write(folder.join("json-server.json"), json!({"users": [user]}).to_string())?;
    let arguments = ["json-server.json", "--host"];
    Ok(on_node("json-server", folder, "json-server/lib/cli/bin.js", &arguments, &path))
}

/// A program of npm's, started with these arguments, whose last is followed by the address, and with nobody to tell of it.
fn on_node(name: &'static str, folder: &Path, program: &str, arguments: &[&str], user: &str) -> Peer {
    let (folder, program) = (folder.to_owned(), folder.join("node_modules").join(program));
    let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
    let peer = Peer::new(name, user, move |port| {
        let mut command = Command::new("node");
        command.arg(&program).args(&arguments).args(["127.0.0.1", "--port", &port.to_string()]).current_dir(&folder);
        // what it keeps of its own is kept there, too
        command.env("HOME", &folder).env("SCARF_ANALYTICS", "false").env("DO_NOT_TRACK", "1");
        command
    });
    Peer { bar: Some(NODE), ..peer }
}
