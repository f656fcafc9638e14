//! What verifications found good of late, so that the next one asks no database: in this host's memory, and behind that in the port
//! [`Cache`](crate::ports::Cache). A row is kept as the store told it, under the digest of the secret, with the instant before which
//! the store was asked. By that instant it counts, whichever layer it is found in.

use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value as Json;

use crate::collection::ByText;
use crate::database::{Row, Value};
use crate::{Directory, key};

/// How long ago the store may have been asked, in milliseconds. What is ended on one host is over on all of them within 60 seconds:
/// five of those are for clocks that differ.
pub const MAX_AGE: i64 = 55_000;
/// How long the port is to keep a row. Workers KV takes no less.
const TIME_TO_LIVE: Duration = Duration::from_mins(1);
/// How many rows are in memory, and of how many organizations and digests it is remembered there that they were ended.
const LIMIT: usize = 1000;

/// A row that was found good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    /// An instant before the store was asked, in milliseconds.
    pub(crate) asked_at: i64,
    /// The UUID of the organization.
    pub(crate) organization: String,
    /// The row.
    pub(crate) values: Vec<Value>,
}

/// What a host remembers.
#[derive(Debug, Default)]
pub(crate) struct Recent(Mutex<Memory>);

#[derive(Debug, Default)]
struct Memory {
    /// The rows by their digests, with when each was last of use.
    rows: ByText<(u64, Kept)>,
    /// How often a row was of use.
    uses: u64,
    /// The organizations whose keys were changed here of late, and the digests that the store was found to know better of, with when
    /// that was: what was asked until then is worth nothing, wherever it comes from, for it may have been asked before the change.
    ended: ByText<i64>,
    /// The same for all of them, where there are too many.
    all_ended: Option<i64>,
}

impl Memory {
    fn counts(&self, digest: &str, kept: &Kept, now: i64) -> bool {
        let ended = self.ended.get(&kept.organization).max(self.ended.get(digest)).copied().max(self.all_ended);
        (0..MAX_AGE).contains(&(now - kept.asked_at)) && ended.is_none_or(|at| kept.asked_at > at)
    }

    fn find(&mut self, digest: &str, now: i64) -> Option<Vec<Value>> {
        let (_, kept) = self.rows.get(digest)?;
        if !self.counts(digest, kept, now) {
            self.rows.remove(digest);
            return None;
        }
        self.uses += 1;
        let (used, kept) = self.rows.get_mut(digest)?;
        *used = self.uses;
        Some(kept.values.clone())
    }

    /// Keeps a row that counts, in the place of the one that was of no use for the longest time.
    fn keep(&mut self, digest: &str, kept: &Kept, now: i64) -> bool {
        let counts = self.counts(digest, kept, now);
        if counts {
            if self.rows.len() >= LIMIT && !self.rows.contains_key(digest) {
                let oldest = self.rows.iter().min_by_key(|(_, (used, _))| *used).map(|(digest, _)| digest.clone());
                oldest.and_then(|oldest| self.rows.remove(&oldest));
            }
            self.uses += 1;
            self.rows.insert(digest.to_owned(), (self.uses, kept.clone()));
        }
        counts
    }

    /// Ends what is kept of an organization, or of a digest.
    fn end(&mut self, name: &str, now: i64) {
        self.rows.retain(|digest, (_, kept)| digest != name && kept.organization != name);
        self.ended.retain(|_, at| now - *at < MAX_AGE);
        if self.ended.len() >= LIMIT {
            self.ended.clear();
            self.all_ended = Some(now);
        }
        self.ended.insert(name.to_owned(), now);
    }
}

impl Recent {
    fn lock(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn forget(&self) {
        *self.lock() = Memory::default();
    }
}

/// The row that is kept for a secret of this digest, if one counts.
pub(crate) async fn find(directory: &Directory, digest: &str) -> Option<Row> {
    let found = directory.recent.lock().find(digest, now(directory));
    if let Some(values) = found {
        return Some(Row::new(values));
    }
    let kept = Kept::parse(&directory.ports.cache.get(&name_of(digest)).await?)?;
    // time has passed since
    let counts = directory.recent.lock().keep(digest, &kept, now(directory));
    counts.then(|| Row::new(kept.values))
}

/// Keeps a row.
pub(crate) fn keep(directory: &Directory, digest: &str, kept: &Kept) {
    let counts = directory.recent.lock().keep(digest, kept, now(directory));
    if counts {
        directory.ports.cache.put(name_of(digest), kept.text(), TIME_TO_LIVE);
    }
}

/// Lets what is kept of an organization, or of a digest, count no more on this host from now on. Other hosts hear of it where the port
/// lets them, which forgets the rows of these digests.
pub(crate) fn end(directory: &Directory, name: &str, digests: Vec<String>) {
    directory.recent.lock().end(name, now(directory));
    for digest in digests {
        directory.ports.cache.delete(name_of(&digest));
    }
}

fn now(directory: &Directory) -> i64 {
    directory.now().timestamp_millis()
}

/// The name of a row in the port: another release, whose rows have other columns, does not read it.
fn name_of(digest: &str) -> String {
    static COLUMNS: LazyLock<u32> = LazyLock::new(|| tessera_validate::secret::crc32(key::kept_columns().as_bytes()));
    format!("key:{:08x}:{digest}", *COLUMNS)
}

impl Kept {
    fn text(&self) -> String {
        let values = self.values.iter().map(|value| match value {
            Value::Null => Json::Null,
            Value::Integer(number) => (*number).into(),
            Value::Text(text) => text.as_str().into(),
        });
        let values: Vec<Json> = values.collect();
        Json::Array(vec![self.asked_at.into(), self.organization.as_str().into(), values.into()]).to_string()
    }

    fn parse(text: &str) -> Option<Self> {
        let parts: Vec<Json> = serde_json::from_slice(text.as_bytes()).ok()?;
        let [asked_at, organization, values] = <[Json; 3]>::try_from(parts).ok()?;
        let values = values.as_array()?.iter().map(|value| match value {
            Json::Null => Some(Value::Null),
            Json::Number(number) => number.as_i64().map(Value::Integer),
            Json::String(text) => Some(text.as_str().into()),
            Json::Bool(_) | Json::Array(_) | Json::Object(_) => None,
        });
        Some(Self {
            asked_at: asked_at.as_i64()?,
            organization: organization.as_str()?.to_owned(),
            values: values.collect::<Option<_>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(asked_at: i64, organization: &str) -> Kept {
        let values = vec![Value::Null, Value::Integer(7), Value::Text("\u{e9}\"".into())];
        Kept { asked_at, organization: organization.into(), values }
    }

    #[test]
    fn what_is_written_is_read() {
        let kept = kept(1, "acme");
        assert_eq!(Kept::parse(&kept.text()), Some(kept));
        for other in ["", "[]", "null", "[1,\"acme\"]", "[1,\"acme\",[true]]", "[1,\"acme\",[],0]", "[1.5,\"acme\",[]]"]
        {
            assert_eq!(Kept::parse(other), None, "{other}");
        }
    }

    #[test]
    fn a_row_counts_for_its_time_and_not_from_the_future() {
        let mut memory = Memory::default();
        assert!(memory.keep("a", &kept(1000, "acme"), 1000));
        assert!(memory.find("a", 1000 + MAX_AGE - 1).is_some());
        assert!(memory.find("a", 1000 + MAX_AGE).is_none());
        assert!(memory.rows.is_empty(), "what does not count takes no room");
        assert!(!memory.keep("a", &kept(1000, "acme"), 999));
    }

    #[test]
    fn what_was_asked_until_a_change_counts_no_more_wherever_it_comes_from() {
        let mut memory = Memory::default();
        memory.keep("a", &kept(1000, "acme"), 1000);
        memory.keep("b", &kept(1000, "globex"), 1000);
        memory.end("acme", 2000);
        assert!(memory.find("a", 2000).is_none());
        assert!(memory.find("b", 2000).is_some());
        assert!(!memory.keep("a", &kept(1999, "acme"), 2001), "it was asked before the change, and came back after it");
        assert!(!memory.keep("a", &kept(2000, "acme"), 2001), "which of the two was first is not known");
        assert!(memory.keep("a", &kept(2001, "acme"), 2001));
    }

    #[test]
    fn the_memory_is_bounded_and_keeps_what_is_of_use() {
        let mut memory = Memory::default();
        for at in 0..LIMIT {
            memory.keep(&at.to_string(), &kept(0, "acme"), 0);
        }
        assert!(memory.find("0", 0).is_some());
        memory.keep("new", &kept(0, "acme"), 0);
        assert_eq!(memory.rows.len(), LIMIT);
        assert!(memory.find("0", 0).is_some() && memory.find("new", 0).is_some());
        assert!(memory.find("1", 0).is_none(), "it was of no use for the longest time");
        for at in 0..=LIMIT {
            memory.end(&at.to_string(), 1);
        }
        assert!(memory.ended.len() <= LIMIT);
        assert!(!memory.keep("z", &kept(1, "0"), 2), "what was ended is not forgotten");
        assert!(memory.keep("z", &kept(2, "0"), 2));
    }
}
