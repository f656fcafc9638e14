//! `cargo xtask test`: all that must hold before a change lands.

use std::process::Command;

use anyhow::{Context, Result};

use crate::edge::Edge;
use crate::steps::Steps;
use crate::{browser, console, deployed, isolates, layers, logs, package, process, tools, worker, workspace};

/// The tools that look over the dependencies.
const CARGO_DENY: &str = "0.20.2";
const CARGO_MACHETE: &str = "0.9.2";

/// Checks everything, in order.
pub(crate) fn run() -> Result<()> {
    let mut steps = Steps::new(21);
    steps.step("format", || {
        tools::rust_component("rustfmt", "fmt")?;
        cargo(&["fmt", "--all", "--check"])
    })?;
    steps.step("layers", layers::check)?;
    steps.step("clippy", || {
        tools::rust_component("clippy", "clippy")?;
        cargo(&["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"])
    })?;
    steps.step("clippy, for the Worker", || {
        tools::wasm_target()?;
        cargo(&["clippy", "--package", "tessera", "--target", tools::WASM, "--", "--deny", "warnings"])
    })?;
    steps.step("clippy, for the npm package", || {
        cargo(&["clippy", "--package", "tessera-browser", "--target", tools::WASM, "--", "--deny", "warnings"])
    })?;
    steps.step("documentation", || {
        process::run(command(&["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "--deny warnings"))
    })?;
    steps.step("unused dependencies", || {
        let machete = tools::cargo_program("cargo-machete", CARGO_MACHETE, "cargo-machete", &[])?;
        process::run(Command::new(machete).current_dir(workspace::root()))
    })?;
    steps.step("dependencies' licences and sources", || {
        process::run(cargo_deny()?.args(["check", "licenses", "bans", "sources"]))
    })?;
    steps.step("dependencies' advisories", || {
        // Of all the checks the only one that needs more of the network than a registry.
        if process::run_quietly(cargo_deny()?.args(["fetch", "db"]).env("GIT_TERMINAL_PROMPT", "0")).is_err() {
            println!("      skipped: the advisory database cannot be fetched");
            return Ok(());
        }
        process::run(cargo_deny()?.args(["check", "advisories"]))
    })?;
    steps.step("the console is what its sources make", || {
        // what is built already may need other packages than it was built with
        tools::node()?;
        tools::npm_packages()?;
        console::check()
    })?;
    steps.step("the Worker, for release", worker::build)?;
    steps.step("a deployed Worker", deployed::check)?;
    steps.step("isolates beside each other", isolates::test)?;
    let edge = steps.step("workerd", || Edge::serve_apart("test"))?;
    let queueless = steps.step("workerd, for a Worker without a queue", || {
        // beside assets, wrangler's local endpoint for a cron's handler answers with an exception, until one that needs Node 22
        Edge::serve_without("queueless", &["[[queues.producers]]", "[[queues.consumers]]", "[assets]"])
    })?;
    let mailing = steps.step("workerd, for a Worker that sends mail", || Edge::serve_mailing("mailing"))?;
    let limited = steps.step("workerd, for a Worker that limits its callers", || Edge::serve_limited("limited"))?;
    let native_log = logs::native()?;
    steps.step("tests", || {
        let mut tests = command(&["test", "--workspace", "--no-fail-fast"]);
        tests.env("TESSERA_EDGE_URL", edge.address()).env("TESSERA_EDGE_WITHOUT_QUEUE_URL", queueless.address());
        tests.env("TESSERA_EDGE_MAILING_URL", mailing.address()).env("TESSERA_EDGE_MAILING_LOG", mailing.log());
        tests.env("TESSERA_EDGE_LIMITED_URL", limited.address());
        tests.env("TESSERA_EDGE_LOG", edge.log());
        tests.env("TESSERA_LOG", "debug").env("TESSERA_LOG_FORMAT", "json").env("TESSERA_LOG_FILE", &native_log);
        process::run(&mut tests).with_context(|| format!("the Worker's log is {}", edge.log().display()))
    })?;
    steps.step("the validation package", package::test)?;
    steps.step("pages, in a browser", || {
        browser::test(edge.address()).with_context(|| format!("the Worker's log is {}", edge.log().display()))
    })?;
    steps.step("nothing in any log that no log may hold", || {
        logs::check(&[&native_log, edge.log(), queueless.log(), mailing.log(), limited.log()])
    })?;
    println!("\nAll is well.");
    Ok(())
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(arguments).current_dir(workspace::root());
    command
}

fn cargo(arguments: &[&str]) -> Result<()> {
    process::run(&mut command(arguments))
}

fn cargo_deny() -> Result<Command> {
    let mut command = Command::new(tools::cargo_program("cargo-deny", CARGO_DENY, "cargo-deny", &[])?);
    command.current_dir(workspace::root());
    Ok(command)
}
