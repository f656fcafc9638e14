//! The system's clock: the only place of this host that asks the time.

use chrono::Utc;
use tessera_directory::Timestamp;
use tessera_directory::ports::Clock;

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Utc::now()
    }
}
