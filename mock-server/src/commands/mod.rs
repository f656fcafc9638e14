//! The commands, one file each.

use std::fmt::Display;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::thread::available_parallelism;

use clap::{Parser, Subcommand};
use tokio::runtime::Runtime;

mod demo;
mod record;
mod replay;
mod serve;
mod test;

/// SQLite lets one in at a time, so that more threads than these would mostly wait, and cost memory.
const MAX_THREADS: usize = 4;

/// Tessera on your own machine: one directory of organizations, users, seats, tokens and keys, spoken in the admin APIs
/// of Anaconda, Astra, Octane, ricloud and AppOptima.
///
/// Without options it serves the demo, two organizations with known keys, from memory on 127.0.0.1:8080.
#[derive(Parser)]
#[command(
    version,
    args_conflicts_with_subcommands = true,
    after_help = "Stop it with Ctrl-C or SIGTERM: requests that are being answered are finished first."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    serve: serve::Arguments,
}

#[derive(Subcommand)]
enum Command {
    /// Print the demo as JSON: the root key, and each organization with its key and its admin
    Demo,
    /// Forward requests to a real service, and keep them with its answers in a file, without their secrets
    Record(record::Arguments),
    /// Answer as it was recorded, and nothing else
    Replay(replay::Arguments),
    /// Run contract vectors against a server: its own, or any by its address
    Test(test::Arguments),
}

/// Does what is asked.
pub(crate) fn run(arguments: Arguments) -> ExitCode {
    let done = match arguments.command {
        None => serve::run(arguments.serve),
        Some(Command::Demo) => demo::run(),
        Some(Command::Record(arguments)) => record::run(arguments),
        Some(Command::Replay(arguments)) => replay::run(&arguments),
        Some(Command::Test(arguments)) => return test::run(&arguments),
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

/// What a server runs on.
fn runtime() -> Result<Runtime, Failure> {
    let threads = available_parallelism().map_or(1, usize::from).min(MAX_THREADS);
    // what goes wrong inside, for whoever runs the server; a request's answer never says it
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::WARN)
        .with_writer(io::stderr)
        .init();
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        // For passwords, which are all computing: more at once would finish no sooner.
        .max_blocking_threads(threads)
        .enable_all()
        .build()
        .map_err(Failure::not_started)
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
