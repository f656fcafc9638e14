//! The commands, one file each.

use std::fmt::Display;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod check;
mod completions;
mod demo;
mod env;
mod init;
mod routes;
mod schema;
mod serve;
mod wait;

/// Tessera on your own machine: one directory of organizations, users, seats, tokens and keys, spoken in the admin APIs
/// of Anaconda, Astra, Octane, ricloud and AppOptima.
///
/// Without options it serves the demo, two organizations with known keys, from memory on 127.0.0.1:8080.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true, after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    serve: serve::Arguments,
}

const AFTER_HELP: &str = "\
Begin with:
  mock-server                                  the demo, on http://127.0.0.1:8080
  mock-server init seed.yaml                   a commented file of what else to begin with
  mock-server --seed seed.yaml --watch         that, loaded again whenever it changes
  eval \"$(mock-server env ricloud)\"            points ricloud's own client here

Stop it with Ctrl-C or SIGTERM: requests that are being answered are finished first.

Exit status: 0 all is well; 1 it failed, and standard error says why; 2 the command line is wrong.";

#[derive(Subcommand)]
enum Command {
    /// Print the demo as JSON: the root key, and each organization with its key and its admin
    Demo,
    /// Write a commented seed: what a server may begin with
    Init(init::Arguments),
    /// Check a seed, and say all that is wrong with it
    Check(check::Arguments),
    /// Print the JSON Schema of seeds, for editors
    Schema,
    /// Print what points a vendor's client here, for a shell: eval "$(mock-server env ricloud)"
    Env(env::Arguments),
    /// List every route, and the vendor's own client that has driven it
    Routes(routes::Arguments),
    /// Wait until a server answers
    Wait(wait::Arguments),
    /// Print what completes this command line in a shell
    Completions(completions::Arguments),
}

/// Does what is asked.
pub(crate) fn run(arguments: Arguments) -> ExitCode {
    let done = match arguments.command {
        None => serve::run(arguments.serve),
        Some(Command::Demo) => demo::run(),
        Some(Command::Init(arguments)) => init::run(&arguments),
        Some(Command::Check(arguments)) => check::run(&arguments),
        Some(Command::Schema) => schema::run(),
        Some(Command::Env(arguments)) => env::run(&arguments),
        Some(Command::Routes(arguments)) => routes::run(&arguments),
        Some(Command::Wait(arguments)) => wait::run(&arguments),
        Some(Command::Completions(arguments)) => completions::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            for line in failure.0 {
                eprintln!("{line}");
            }
            ExitCode::FAILURE
        }
    }
}

/// Why a command failed, in lines for standard error.
pub(crate) struct Failure(Vec<String>);

impl Failure {
    fn new(reason: impl Display) -> Self {
        Self(vec![format!("mock-server: {reason}")])
    }
}

/// Says a line on standard output. If nobody listens there, that is no reason to end.
fn say(line: impl Display) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// Says a text on standard output that ends its own lines.
fn print(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}
