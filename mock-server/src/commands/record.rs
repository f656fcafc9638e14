//! `mock-server record`

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use tessera_mock::logging::Log;
use tessera_mock::{Recorded, Recorder, RecorderSettings};
use url::Url;

use super::{Failure, runtime, say, stop_signal};

#[derive(Args)]
pub(super) struct Arguments {
    /// The service to forward to
    #[arg(long, value_name = "URL")]
    to: Url,

    /// The file to keep it in, as WireMock's stub mappings; one that is there is replaced
    #[arg(long, value_name = "FILE")]
    out: PathBuf,

    /// Where to listen; port 0 takes any that is free, and the one taken is printed
    #[arg(long, value_name = "ADDR:PORT", env = "TESSERA_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,

    /// The certificate authorities to trust, a PEM file [default: the system's]
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

pub(super) fn run(arguments: Arguments) -> Result<(), Failure> {
    runtime(&Log::default())?.block_on(record(arguments))
}

async fn record(Arguments { to, out, listen, ca }: Arguments) -> Result<(), Failure> {
    // Listened for before anything is said, so that whoever reads the address may stop it at once.
    let signal = stop_signal().map_err(Failure::not_started)?;
    let (base, file) = (to.clone(), out.clone());
    let settings = RecorderSettings { listen, to, out, authorities: ca };
    let recorder = Recorder::start(settings).await.map_err(Failure::new)?;
    say(format_args!("listening on {}", recorder.url()));
    say(format_args!("recording {base} in {}", file.display()));
    signal.await;
    let Recorded { kept, left_out } = recorder.stop().await.map_err(Failure::new)?;
    say(format_args!("recorded {kept} requests in {}", file.display()));
    if left_out > 0 {
        eprintln!(
            "mock-server: warning: {left_out} more are left out: there were too many, or their answers are compressed"
        );
    }
    Ok(())
}
