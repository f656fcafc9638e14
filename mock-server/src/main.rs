//! The command line of the native host.

use std::fmt::Display;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread::available_parallelism;

use clap::builder::NonEmptyStringValueParser;
use clap::{Parser, Subcommand};
use tessera_directory::demo;
use tessera_mock::{Server, Settings, StartError};

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
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,

    /// Where to listen; port 0 takes any that is free, and the one taken is printed
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,

    /// A SQLite file to keep everything in, made if missing; without it all is in memory
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,

    /// Start empty, without the demo's organizations
    #[arg(long)]
    no_demo: bool,

    /// The key that opens everything [default: the demo's]
    #[arg(
        long,
        value_name = "KEY",
        env = "TESSERA_ROOT_KEY",
        hide_env_values = true,
        value_parser = NonEmptyStringValueParser::new()
    )]
    root_key: Option<String>,

    /// The secret under which stored secrets are hashed; only the demo's goes with the demo [default: the demo's]
    #[arg(
        long,
        value_name = "SECRET",
        env = "TESSERA_PEPPER",
        hide_env_values = true,
        value_parser = NonEmptyStringValueParser::new()
    )]
    pepper: Option<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Print the demo as JSON: the root key, and each organization with its key and its admin
    Demo,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(Command::Demo) = arguments.command {
        say(format_args!("{:#}", demo::json()));
        return ExitCode::SUCCESS;
    }
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mock-server: {error}");
            ExitCode::FAILURE
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error("cannot start: {0}")]
    System(#[from] io::Error),
}

fn run(arguments: Arguments) -> Result<(), RunError> {
    let threads = available_parallelism().map_or(1, usize::from).min(MAX_THREADS);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        // For passwords, which are all computing: more at once would finish no sooner.
        .max_blocking_threads(threads)
        .enable_all()
        .build()?;
    // what goes wrong inside, for whoever runs the server; a request's answer never says it
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::WARN)
        .with_writer(io::stderr)
        .init();
    runtime.block_on(serve(settings(arguments)))
}

fn settings(arguments: Arguments) -> Settings {
    let defaults = Settings::default();
    Settings {
        listen: arguments.listen,
        data: arguments.data,
        demo: !arguments.no_demo,
        root_key: arguments.root_key.unwrap_or(defaults.root_key.clone()),
        pepper: arguments.pepper.unwrap_or(defaults.pepper.clone()),
        ..defaults
    }
}

async fn serve(settings: Settings) -> Result<(), RunError> {
    // Listened for before anything is said, so that whoever reads the address may stop the server at once.
    let signal = stop_signal()?;
    let (demo, exposed) = (settings.demo, settings.is_exposed());
    let server = Server::start(settings).await?;
    if exposed {
        eprintln!(
            "mock-server: warning: others may reach this server, and its root key or pepper is the demo's, which everybody knows"
        );
    }
    say(format_args!("listening on {}", server.url()));
    if demo {
        say("the demo's keys: mock-server demo");
    }
    signal.await;
    server.stop().await;
    Ok(())
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

/// Says a line on standard output. If nobody listens there, that is no reason to end.
fn say(line: impl Display) {
    let _ = writeln!(io::stdout(), "{line}");
}
