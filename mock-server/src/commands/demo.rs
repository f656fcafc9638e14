//! `mock-server demo`

use tessera_directory::demo;

use super::{Failure, say};

#[expect(clippy::unnecessary_wraps, reason = "as every command")]
pub(super) fn run() -> Result<(), Failure> {
    say(format_args!("{:#}", demo::json()));
    Ok(())
}
