//! The commands, one file each.

use std::fmt::Display;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::thread::available_parallelism;

use clap::{Parser, Subcommand};
use tessera_mock::logging::Log;
use tokio::runtime::{Builder, Runtime};

mod check;
mod completions;
mod demo;
mod env;
mod export;
mod import;
mod init;
mod openapi;
mod record;
mod replay;
mod routes;
mod schema;
mod serve;
mod test;
mod wait;

/// How many passwords are hashed side by side, at the most.
const MAX_HASHING: usize = 4;

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

Exit status: 0 all is well; 1 it failed, and standard error says why; 2 the command line is wrong, or no vector could be run.";

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
    /// Print the OpenAPI document of the control API
    Openapi,
    /// Print what points a vendor's client here, for a shell: eval "$(mock-server env ricloud)"
    Env(env::Arguments),
    /// List every route, and the vendor's own client that has driven it
    Routes(routes::Arguments),
    /// Run contract vectors against a server: its own, or any by its address
    Test(test::Arguments),
    /// Forward requests to a real service, and keep them with its answers in a file, without their secrets
    Record(record::Arguments),
    /// Answer as it was recorded, and nothing else
    Replay(replay::Arguments),
    /// Print one organization of a file as JSON Lines, its secrets as their digests
    Export(export::Arguments),
    /// Put an organization that was exported into a file
    Import(import::Arguments),
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
        Some(Command::Openapi) => openapi::run(),
        Some(Command::Env(arguments)) => env::run(&arguments),
        Some(Command::Routes(arguments)) => routes::run(&arguments),
        Some(Command::Test(arguments)) => return test::run(&arguments),
        Some(Command::Record(arguments)) => record::run(arguments),
        Some(Command::Replay(arguments)) => replay::run(&arguments),
        Some(Command::Export(arguments)) => export::run(&arguments),
        Some(Command::Import(arguments)) => import::run(&arguments),
        Some(Command::Wait(arguments)) => wait::run(&arguments),
        Some(Command::Completions(arguments)) => completions::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.told(ExitCode::FAILURE),
    }
}

/// Why a command failed, in lines for standard error.
pub(crate) struct Failure(Vec<String>);

impl Failure {
    fn new(reason: impl Display) -> Self {
        Self(vec![format!("mock-server: {reason}")])
    }

    #[expect(clippy::needless_pass_by_value, reason = "made for map_err")]
    fn not_started(error: io::Error) -> Self {
        Self::new(format_args!("cannot start: {error}"))
    }

    /// Tells it, and ends with this status.
    fn told(self, status: ExitCode) -> ExitCode {
        for line in self.0 {
            eprintln!("{line}");
        }
        status
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

/// What a server runs on that is all that its program does.
fn runtime(log: &Log) -> Result<Runtime, Failure> {
    // SQLite lets one in at a time: a second thread would mostly wait for the first, and both be slower for it
    started(&mut Builder::new_current_thread(), log)
}

/// What a server runs on while its program does something else.
fn runtime_beside() -> Result<Runtime, Failure> {
    started(Builder::new_multi_thread().worker_threads(1), &Log::default())
}

fn started(builder: &mut Builder, log: &Log) -> Result<Runtime, Failure> {
    log.begin().map_err(Failure::new)?;
    // Each connection takes a file descriptor, and many systems give a program 256 or 1024 unless it asks for more. Where
    // there are no more, those that it has must do.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    // for passwords, which are all computing: more at once than there are cores would finish no sooner
    let hashing = available_parallelism().map_or(1, usize::from).min(MAX_HASHING);
    builder.max_blocking_threads(hashing).enable_all().build().map_err(Failure::not_started)
}

/// Done once the process is asked to stop.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Done once the process is asked to stop.
#[cfg(not(unix))]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
