//! `mock-server schema`

use tessera_mock::seed;

use super::{Failure, say};

#[expect(clippy::unnecessary_wraps, reason = "as every command")]
pub(super) fn run() -> Result<(), Failure> {
    say(format_args!("{:#}", seed::schema()));
    Ok(())
}
