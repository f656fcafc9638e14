//! The command line of the native host.

use std::process::ExitCode;

use clap::Parser;

mod commands;

/// A request makes and drops some hundred small pieces of memory, for which the system's own allocator takes the longer, and
/// that of a static binary much longer.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    commands::run(commands::Arguments::parse())
}
