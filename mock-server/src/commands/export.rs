//! `mock-server export`

use std::io::{self, BufWriter, Write as _};
use std::path::PathBuf;

use clap::Args;
use tessera_mock::Transfer;

use super::Failure;

#[derive(Args)]
pub(super) struct Arguments {
    /// The organization's id, a UUID
    organization: String,

    /// The file with the directory
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    if !arguments.data.exists() {
        return Err(Failure::new(format_args!("there is no file {}", arguments.data.display())));
    }
    let mut store = Transfer::open_as_it_is(&arguments.data).map_err(Failure::new)?;
    let mut into = BufWriter::new(io::stdout().lock());
    tessera_transfer::export(&mut store, &arguments.organization, &mut into).map_err(Failure::new)?;
    into.flush().map_err(Failure::new)
}
