//! `mock-server check`

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use tessera_mock::seed::{Seed, SeedError};

use super::{Failure, say};

#[derive(Args)]
pub(super) struct Arguments {
    /// The seed
    file: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let text = text(&arguments.file)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::new)?;
    let seed = runtime.block_on(Seed::read_and_try(&text)).map_err(|error| Failure(error.in_file(&arguments.file)))?;
    let (organizations, users) = (
        seed.organizations.len(),
        seed.organizations.iter().map(|organization| organization.users.len()).sum::<usize>(),
    );
    say(format_args!("{} is right: {organizations} organizations, {users} users", arguments.file.display()));
    Ok(())
}

/// Reads a seed's file.
pub(super) fn read(file: &Path) -> Result<Seed, Failure> {
    Seed::read(&text(file)?).map_err(|error| Failure(error.in_file(file)))
}

/// What is wrong with a seed of a file, where only a server found it.
pub(super) fn failure(file: &Path, error: SeedError) -> Failure {
    match text(file) {
        Ok(text) => Failure(error.located(&text).in_file(file)),
        Err(failure) => failure,
    }
}

fn text(file: &Path) -> Result<String, Failure> {
    fs::read_to_string(file).map_err(|error| Failure::new(format_args!("cannot read {}: {error}", file.display())))
}
