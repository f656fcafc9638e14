//! Time: the system's, the only place of this host that asks it, and the one that tests set.

use chrono::{TimeDelta, Utc};
use parking_lot::RwLock;
use std::sync::Arc;
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

/// A clock that goes as another does, until it is set or stopped.
pub(crate) struct TestClock {
    base: Arc<dyn Clock>,
    state: RwLock<State>,
}

#[derive(Clone, Copy)]
enum State {
    /// Ahead of the other by so much.
    Going(TimeDelta),
    /// Stopped.
    Frozen(Timestamp),
}

/// What a clock was asked that it cannot do: it would tell a time that no [`Timestamp`] holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the time would be outside of what a clock can tell: the years 1 to 9999")]
pub struct OutOfTime;

/// The last instant that is written with four digits for its year, in seconds since 1970.
const LAST: i64 = 253_402_300_799;
/// The first.
const FIRST: i64 = -62_135_596_800;

impl TestClock {
    pub(crate) fn new(base: Arc<dyn Clock>) -> Self {
        Self { base, state: RwLock::new(State::Going(TimeDelta::zero())) }
    }

    pub(crate) fn is_frozen(&self) -> bool {
        matches!(*self.state.read(), State::Frozen(_))
    }

    /// Stops, now.
    pub(crate) fn freeze(&self) {
        let now = self.now();
        *self.state.write() = State::Frozen(now);
    }

    /// Goes on from where it is.
    pub(crate) fn resume(&self) {
        let ahead = self.now() - self.base.now();
        *self.state.write() = State::Going(ahead);
    }

    /// Tells this time from now on, stopped if it is stopped.
    pub(crate) fn set(&self, time: Timestamp) -> Result<(), OutOfTime> {
        if !(FIRST..=LAST).contains(&time.timestamp()) {
            return Err(OutOfTime);
        }
        let mut state = self.state.write();
        *state = match *state {
            State::Going(_) => State::Going(time - self.base.now()),
            State::Frozen(_) => State::Frozen(time),
        };
        Ok(())
    }

    /// Goes forward by so much, or back where it is negative.
    pub(crate) fn advance(&self, by: TimeDelta) -> Result<(), OutOfTime> {
        self.set(self.now().checked_add_signed(by).ok_or(OutOfTime)?)
    }

    /// Goes as the other clock does again.
    pub(crate) fn reset(&self) {
        *self.state.write() = State::Going(TimeDelta::zero());
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        match *self.state.read() {
            State::Going(ahead) => self.base.now() + ahead,
            State::Frozen(at) => at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(seconds, 0).unwrap()
    }

    struct Fixed;

    impl Clock for Fixed {
        fn now(&self) -> Timestamp {
            at(1000)
        }
    }

    #[test]
    fn it_is_set_stopped_and_goes_on() {
        let clock = TestClock::new(Arc::new(Fixed));
        assert_eq!(clock.now(), at(1000));
        clock.set(at(5000)).unwrap();
        clock.advance(TimeDelta::seconds(-1000)).unwrap();
        assert_eq!((clock.now(), clock.is_frozen()), (at(4000), false));
        clock.freeze();
        clock.advance(TimeDelta::seconds(1)).unwrap();
        assert_eq!((clock.now(), clock.is_frozen()), (at(4001), true));
        clock.resume();
        assert_eq!((clock.now(), clock.is_frozen()), (at(4001), false));
        assert_eq!(clock.advance(TimeDelta::MAX), Err(OutOfTime));
        assert_eq!(clock.set(at(LAST + 1)), Err(OutOfTime));
        assert_eq!(clock.now(), at(4001));
        clock.reset();
        assert_eq!(clock.now(), at(1000));
    }
}
