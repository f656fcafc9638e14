//! `mock-server openapi`

use super::{Failure, say};

#[expect(clippy::unnecessary_wraps, reason = "as every command")]
pub(super) fn run() -> Result<(), Failure> {
    say(format_args!("{:#}", tessera_mock::openapi()));
    Ok(())
}
