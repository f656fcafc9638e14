//! `mock-server`: serves until it is asked to stop.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use tessera_mock::{Server, Settings};

use super::{Failure, runtime, say, stop_signal};

#[derive(Args)]
// the command line's own has the name already
#[group(skip)]
pub(super) struct Arguments {
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

pub(super) fn run(arguments: Arguments) -> Result<(), Failure> {
    runtime()?.block_on(serve(settings(arguments)))
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

async fn serve(settings: Settings) -> Result<(), Failure> {
    // Listened for before anything is said, so that whoever reads the address may stop the server at once.
    let signal = stop_signal().map_err(Failure::not_started)?;
    let (demo, exposed) = (settings.demo, settings.is_exposed());
    let server = Server::start(settings).await.map_err(Failure::new)?;
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
