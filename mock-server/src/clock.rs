//! The system's clock: the only place of this host that asks the time.

use jiff::Timestamp;
use tessera_directory::ports::Clock;

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}
