//! `mock-server import`

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use clap::Args;
use tessera_mock::Transfer;

use super::{Failure, say};

#[derive(Args)]
pub(super) struct Arguments {
    /// What was exported
    file: PathBuf,

    /// The file with the directory, made where there is none
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let cannot = |error| Failure::new(format_args!("cannot read {}: {error}", arguments.file.display()));
    let from = BufReader::new(File::open(&arguments.file).map_err(cannot)?);
    let mut store = Transfer::open(&arguments.data).map_err(Failure::new)?;
    let count = tessera_transfer::import(&mut store, from).map_err(Failure::new)?;
    say(format_args!("{count} rows are in {}", arguments.data.display()));
    Ok(())
}
