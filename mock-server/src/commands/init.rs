//! `mock-server init`

use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;

use clap::Args;
use tessera_mock::seed;

use super::{Failure, print, say};

#[derive(Args)]
pub(super) struct Arguments {
    /// The file to write, which must not be there yet; without one, standard output
    file: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Some(file) = &arguments.file else {
        print(seed::EXAMPLE);
        return Ok(());
    };
    let written = File::create_new(file).and_then(|mut file| file.write_all(seed::EXAMPLE.as_bytes()));
    let name = file.display();
    match written {
        Ok(()) => say(format_args!("wrote {name}: mock-server --seed {name}")),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return Err(Failure::new(format_args!("{name} is there already, and stays as it is")));
        }
        Err(error) => return Err(Failure::new(format_args!("cannot write {name}: {error}"))),
    }
    Ok(())
}
