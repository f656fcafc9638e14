//! `mock-server completions`

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::{Failure, print};

#[derive(Args)]
pub(super) struct Arguments {
    /// The shell
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut super::Arguments::command(), "mock-server", &mut script);
    print(&String::from_utf8(script).map_err(Failure::new)?);
    Ok(())
}
