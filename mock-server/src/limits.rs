//! How many calls a caller may make: token buckets in memory, by the clock that tests set.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher as _, RandomState};
use std::num::NonZeroU32;
use std::str::FromStr;
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use tessera_directory::ports::{self, Bucket, Clock, Limiter, RetryAfter};

/// How many callers of one kind are known at a time. Beyond that, those whose bucket is the fullest are forgotten.
const MAX_CALLERS: usize = 65_536;

/// The most calls and seconds of a rate.
const MAX_CALLS: u32 = 1_000_000;
const MAX_SECONDS: u32 = 86_400;

/// What callers are held to; by default to nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// The calls of one credential.
    pub key: Option<Rate>,
    /// The calls from one address, or one network of 64 bits.
    pub address: Option<Rate>,
    /// After how many wrong secrets in a row an account's sign-ins from one address have to wait.
    pub sign_in_failures: Option<NonZeroU32>,
}

impl Limits {
    /// What the directory is to know of them.
    pub(crate) fn port(self, clock: Arc<dyn Clock>) -> ports::Limits {
        let buckets = |rate: Option<Rate>| rate.map(TokenBuckets::new);
        let limiter: Option<Arc<dyn Limiter>> = match (buckets(self.key), buckets(self.address)) {
            (None, None) => None,
            (keys, addresses) => Some(Arc::new(MemoryLimiter { clock, keys, addresses })),
        };
        ports::Limits { limiter, sign_in_failures: self.sign_in_failures }
    }
}

/// So many calls in so many seconds: as many at once, and then as they come in again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    calls: u32,
    seconds: u32,
}

impl Rate {
    /// At least one call in at least a second, at the most a million in a day; nothing for any other.
    pub fn new(calls: u32, seconds: u32) -> Option<Self> {
        let is_sound = (1..=MAX_CALLS).contains(&calls) && (1..=MAX_SECONDS).contains(&seconds);
        is_sound.then_some(Self { calls, seconds })
    }
}

/// Why a limit is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a rate is written CALLS/SECONDSs, as 600/60s: 1 to 1000000 calls in 1 to 86400 seconds")]
pub struct RateError;

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, RateError> {
        let (calls, seconds) = text.split_once('/').ok_or(RateError)?;
        let seconds = seconds.strip_suffix('s').ok_or(RateError)?;
        let number = |text: &str| text.parse().map_err(|_| RateError);
        Self::new(number(calls)?, number(seconds)?).ok_or(RateError)
    }
}

struct MemoryLimiter {
    clock: Arc<dyn Clock>,
    keys: Option<TokenBuckets>,
    addresses: Option<TokenBuckets>,
}

#[async_trait]
impl Limiter for MemoryLimiter {
    async fn admit(&self, bucket: Bucket, subject: &str) -> Result<(), RetryAfter> {
        let buckets = match bucket {
            Bucket::Key => &self.keys,
            Bucket::Address => &self.addresses,
        };
        match buckets {
            Some(buckets) => buckets.take(subject, self.clock.now().timestamp_micros()),
            None => Ok(()),
        }
    }

    fn forget(&self) {
        for buckets in [&self.keys, &self.addresses].into_iter().flatten() {
            *buckets.levels.lock() = Levels::default();
        }
    }
}

/// A bucket of tokens for each caller. A full one needs no memory.
struct TokenBuckets {
    /// In how many microseconds a token comes in.
    interval: i64,
    /// In how many an empty bucket is full.
    capacity: i64,
    /// Its keys are not to be foreseen, so that nobody shares a bucket on purpose.
    hasher: RandomState,
    levels: Mutex<Levels>,
}

/// When each bucket will be full again, in microseconds.
#[derive(Default)]
struct Levels {
    by_caller: BTreeMap<u64, i64>,
    by_time: BTreeSet<(i64, u64)>,
}

impl TokenBuckets {
    fn new(Rate { calls, seconds }: Rate) -> Self {
        let interval = i64::from(seconds) * 1_000_000 / i64::from(calls);
        let capacity = interval * i64::from(calls);
        Self { interval, capacity, hasher: RandomState::new(), levels: Mutex::default() }
    }

    fn take(&self, subject: &str, now: i64) -> Result<(), RetryAfter> {
        let caller = self.hasher.hash_one(subject);
        let mut levels = self.levels.lock();
        let known = levels.by_caller.get(&caller).copied();
        // a clock that was set back finds buckets emptier than they can be
        let full_at = known.filter(|at| (now..=now + self.capacity).contains(at)).unwrap_or(now);
        let wait = full_at + self.interval - self.capacity - now;
        if wait > 0 {
            return Err(RetryAfter::milliseconds((wait + 999) / 1000));
        }
        if let Some(known) = known {
            levels.by_time.remove(&(known, caller));
        }
        levels.by_caller.insert(caller, full_at + self.interval);
        levels.by_time.insert((full_at + self.interval, caller));
        // two for each that may have come, so that the full ones are gone in time
        for _ in 0..2 {
            let is_forgotten = |first: &&(i64, u64)| first.0 <= now || levels.by_time.len() > MAX_CALLERS;
            let Some(first) = levels.by_time.first().filter(is_forgotten).copied() else { break };
            levels.by_time.remove(&first);
            levels.by_caller.remove(&first.1);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    fn buckets(rate: &str) -> TokenBuckets {
        TokenBuckets::new(rate.parse().unwrap())
    }

    #[test]
    fn a_rate_is_calls_in_seconds() {
        assert_eq!("600/60s".parse(), Ok(Rate { calls: 600, seconds: 60 }));
        for wrong in ["", "600", "600/60", "0/60s", "600/0s", "-1/1s", "1000001/60s", "1/86401s", "600/m", " 1/1s"] {
            assert_eq!(wrong.parse::<Rate>(), Err(RateError), "{wrong}");
        }
    }

    #[test]
    fn so_many_at_once_and_then_as_they_come_in() {
        for (rate, calls, seconds) in [("3/60s", 3, 20), ("7/60s", 7, 9), ("1/1s", 1, 1), ("1000000/1s", 1_000_000, 1)]
        {
            let buckets = buckets(rate);
            let now = 1_780_272_000 * SECOND;
            for _ in 0..calls {
                assert_eq!(buckets.take("a", now), Ok(()), "{rate}");
            }
            assert_eq!(buckets.take("a", now), Err(RetryAfter(seconds)), "{rate}");
            assert_eq!(buckets.take("b", now), Ok(()), "{rate}: another's flood is not one's own");
            assert_eq!(buckets.take("a", now + i64::from(seconds) * SECOND), Ok(()), "{rate}");
        }
    }

    #[test]
    fn whoever_waits_as_told_is_admitted_and_not_before() {
        let buckets = buckets("3/60s");
        let mut now = 0;
        (0..3).for_each(|_| buckets.take("a", now).unwrap());
        now += 1;
        let Err(RetryAfter(seconds)) = buckets.take("a", now) else { panic!("a fourth was admitted") };
        assert_eq!(seconds, 20);
        assert!(buckets.take("a", 20 * SECOND - 1).is_err());
        assert!(buckets.take("a", now + i64::from(seconds) * SECOND).is_ok());
    }

    #[test]
    fn a_clock_that_was_set_back_keeps_nobody_out() {
        let buckets = buckets("1/60s");
        buckets.take("a", 1_000_000 * SECOND).unwrap();
        assert_eq!(buckets.take("a", 0), Ok(()));
        assert_eq!(buckets.take("a", 0), Err(RetryAfter(60)));
        let levels = buckets.levels.lock();
        assert_eq!((levels.by_caller.len(), levels.by_time.len()), (1, 1));
    }

    #[test]
    fn a_million_addresses_take_no_more_memory_and_free_nobody() {
        let buckets = buckets("60/60s");
        (0..60).for_each(|_| buckets.take("who floods", 0).unwrap());
        for address in 0..1_000_000 {
            buckets.take(&format!("10.{address}"), 0).unwrap();
        }
        let counted = |levels: &Levels| (levels.by_caller.len(), levels.by_time.len());
        assert_eq!(counted(&buckets.levels.lock()), (MAX_CALLERS, MAX_CALLERS));
        assert_eq!(buckets.take("who floods", 0), Err(RetryAfter(1)), "the emptiest is the last to be forgotten");
        // two go with each call once they are full
        for call in 0..MAX_CALLERS {
            buckets.take("one", (60 + i64::try_from(call).unwrap()) * SECOND).unwrap();
        }
        assert_eq!(counted(&buckets.levels.lock()), (1, 1));
    }
}
