//! The time at the edge: `Date.now()`, which in workerd stands still between two calls to the outside.

use chrono::DateTime;
use tessera_directory::Timestamp;
use tessera_directory::ports::Clock;
use worker::js_sys::Date;

/// The clock of the isolate.
pub(crate) struct EdgeClock;

impl Clock for EdgeClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::cast_possible_truncation, reason = "Date.now() is a whole number far below 2^53")]
        let milliseconds = Date::now() as i64;
        DateTime::from_timestamp_millis(milliseconds).unwrap_or(DateTime::UNIX_EPOCH)
    }
}
