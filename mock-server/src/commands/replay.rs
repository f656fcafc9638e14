//! `mock-server replay`

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use serde_json::Value;
use tessera_mock::logging::Log;
use tessera_mock::{Server, Settings};

use super::{Failure, runtime, say, stop_signal};

#[derive(Args)]
pub(super) struct Arguments {
    /// What `mock-server record` wrote, or any file of WireMock's stub mappings
    file: PathBuf,

    /// Where to listen; port 0 takes any that is free, and the one taken is printed
    #[arg(long, value_name = "ADDR:PORT", env = "TESSERA_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,

    /// Have the vendors' endpoints behind it, with the demo, for what was not recorded
    #[arg(long)]
    with_api: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    runtime(&Log::default())?.block_on(replay(arguments))
}

async fn replay(Arguments { file, listen, with_api }: &Arguments) -> Result<(), Failure> {
    // Listened for before anything is said, so that whoever reads the address may stop the server at once.
    let signal = stop_signal().map_err(Failure::not_started)?;
    let unread = |reason: &str| Failure::new(format_args!("cannot replay {}: {reason}", file.display()));
    let text = fs::read(file).map_err(|error| unread(&error.to_string()))?;
    let document: Value = serde_json::from_slice(&text).map_err(|error| unread(&error.to_string()))?;
    let settings = Settings { listen: *listen, demo: *with_api, stubs_only: !with_api, ..Settings::default() };
    let server = Server::start(settings).await.map_err(Failure::new)?;
    server.control().import_stubs(&document).map_err(|error| unread(&error.to_string()))?;
    say(format_args!("listening on {}", server.url()));
    signal.await;
    server.stop().await;
    Ok(())
}
