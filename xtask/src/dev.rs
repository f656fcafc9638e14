//! `cargo xtask dev`: the Worker in workerd, with the demo, from nothing.

use anyhow::Result;
use serde_json::Value;
use tessera_directory::demo;

use crate::edge::{self, Edge, Output};
use crate::steps::Steps;
use crate::{database, tools, worker};

/// What `dev` is told.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The port to serve on.
    #[arg(long, default_value_t = 8787)]
    port: u16,
    /// Starts with an empty database, and so with nothing but the demo in it.
    #[arg(long)]
    fresh: bool,
}

/// Serves until it is interrupted.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    edge::require_free(arguments.port)?;
    let mut steps = Steps::new(5);
    steps.step("Node.js and npm's packages", || tools::node().and_then(|()| tools::npm_packages()))?;
    steps.step("the Rust target and the tools of the Worker's build", || {
        tools::wasm_target()?;
        if !worker::is_built()? {
            tools::worker_build()?;
        }
        Ok(())
    })?;
    steps.step("the Worker, for release", worker::build)?;
    let state = edge::dev_state();
    steps.step("the local D1: migrations and demo", || {
        if arguments.fresh {
            edge::remove(&state)?;
        }
        database::prepare(&state)
    })?;
    let mut edge = steps.step("workerd", || Edge::serve(arguments.port, &state, Output::Shown))?;
    greet(edge.address());
    edge.wait()
}

fn greet(address: &str) {
    let demo = demo::json();
    println!("\nTessera listens on {address} (Ctrl-C stops it), and has a console at {address}/console/.");
    println!("\nroot key {}", demo::ROOT_KEY);
    let organizations = demo.get("organizations").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for organization in organizations {
        let [slug, id, number, key] = ["slug", "id", "number", "api_key"].map(|name| field(organization, name));
        let [email, password] = ["admin_email", "admin_password"].map(|name| field(organization, name));
        println!("{slug}: id {id}, number {number}, key {key}, admin {email}, password {password}");
    }
    if let Some(organization) = organizations.first() {
        let [id, key] = ["id", "api_key"].map(|name| field(organization, name));
        println!("\ncurl {address}/v1/organizations/{id} -H 'Authorization: Bearer {key}'");
    }
    println!();
}

fn field(object: &Value, name: &str) -> String {
    match object.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}
