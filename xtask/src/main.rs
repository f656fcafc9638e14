//! Tessera's chores: `cargo xtask dev`, `cargo xtask test`, … One file a chore.

#![expect(clippy::print_stdout, reason = "a chore talks to the person who runs it")]
#![expect(clippy::disallowed_methods, reason = "a chore measures real time")]

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

mod bench;
mod browser;
mod console;
mod database;
mod deployed;
mod dev;
mod edge;
mod fuzz;
mod isolates;
mod layers;
mod logs;
mod openapi;
mod operations;
mod package;
mod process;
mod soak;
mod stamp;
mod steps;
mod test;
mod tools;
mod transfer;
mod worker;
mod workspace;

/// Tessera's chores.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Serves the Worker in workerd on this machine, with the demo in it.
    Dev(dev::Arguments),
    /// Checks everything, in order, and stops at the first failure.
    Test,
    /// Builds the Worker for release into build/, if anything has changed.
    Build,
    /// Builds the console into console/dist/.
    Console,
    /// Writes the OpenAPI documents and the Postman collections into docs/, and what the hosts serve of them.
    Openapi,
    /// Builds the npm package `@tessera/validate` into browser/pkg/, if anything has changed.
    Package,
    /// Prints one organization of a database as JSON Lines, its secrets as their digests.
    Export(transfer::Export),
    /// Puts an organization that was exported into a database.
    Import(transfer::Import),
    /// Tries on the Worker in workerd what docs/operations.md says: migrations, another pepper, exports.
    Operations,
    /// Measures the native host beside a bare axum route, or beside its peers, the Worker's size, and the npm package beside ajv
    /// and zod.
    Bench(bench::Arguments),
    /// Drives the fuzz targets by libFuzzer, which needs a C++ compiler.
    Fuzz(fuzz::Arguments),
    /// Asks the native host a million times, and fails if its memory has grown.
    Soak,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let arguments = Arguments::parse();
    process::stop_on_signals()?;
    match arguments.chore {
        Chore::Dev(arguments) => dev::run(&arguments),
        Chore::Test => test::run(),
        Chore::Build => worker::build(),
        Chore::Console => console::build(),
        Chore::Openapi => openapi::write(),
        Chore::Package => package::build(),
        Chore::Export(arguments) => transfer::run_export(&arguments),
        Chore::Import(arguments) => transfer::run_import(&arguments),
        Chore::Operations => worker::build().and_then(|()| operations::check()),
        Chore::Bench(arguments) => bench::run(&arguments),
        Chore::Fuzz(arguments) => fuzz::run(&arguments),
        Chore::Soak => soak::run(),
    }
}
