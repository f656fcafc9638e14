//! The command line of the native host.

use std::process::ExitCode;

use clap::Parser;

mod commands;

fn main() -> ExitCode {
    commands::run(commands::Arguments::parse())
}
