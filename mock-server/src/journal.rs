//! The journal: the last requests and what became of them, secrets and all, in memory. Whoever shows an exchange does it by
//! [`crate::redact`].

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri};
use parking_lot::Mutex;
use tessera_api::watch::Reached;
use tessera_directory::Timestamp;
use tokio::sync::watch;
use url::Url;

/// How many exchanges are kept unless told otherwise.
pub(crate) const DEFAULT_LIMIT: usize = 100;
/// How much of a body is kept, in bytes.
const BODY_LIMIT: usize = 64 << 10;

/// A body as the journal keeps it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept {
    /// The beginning: 64 KiB at the most.
    pub(crate) bytes: Bytes,
    /// How long the body was, in bytes.
    pub(crate) length: usize,
}

impl Kept {
    /// A copy, for a part of a read buffer would keep all of it.
    pub(crate) fn of(body: &Bytes) -> Self {
        let bytes = body.get(..body.len().min(BODY_LIMIT)).unwrap_or_default();
        Self { bytes: if bytes.is_empty() { Bytes::new() } else { Bytes::copy_from_slice(bytes) }, length: body.len() }
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.bytes.len() == self.length
    }
}

/// What was learned of a request besides its answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes {
    /// The operation that it reached.
    pub(crate) reached: Option<Reached>,
    /// Members of the body that nobody looked at: JSON pointers.
    pub(crate) unread: Vec<String>,
    /// The rule that refused it, in the source's words.
    pub(crate) rule: Option<String>,
    /// The fault that was put in its way.
    pub(crate) fault: Option<&'static str>,
    /// The id of the stub that answered.
    pub(crate) stub: Option<String>,
    /// What became of the credential, where none was recognized.
    pub(crate) credential: Option<String>,
}

/// A request and what became of it.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    /// Its place in the order of arrival, from 1.
    pub(crate) number: u64,
    /// When it arrived, by the server's clock.
    pub(crate) at: Timestamp,
    /// How long it took, in real time.
    pub(crate) took: Duration,
    pub(crate) method: Method,
    pub(crate) target: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Kept,
    /// Absent where the connection was broken instead.
    pub(crate) answer: Option<Answer>,
    pub(crate) notes: Notes,
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Kept,
}

impl Exchange {
    /// Its id, as a UUID: WireMock's clients want one. It tells the number and nothing else, so that asking for it takes
    /// nothing from a seeded randomness.
    pub(crate) fn id(&self) -> String {
        format!("00000000-0000-4000-8000-{:012x}", self.number)
    }

    /// The request as it came, for matchers. A target that is no path, as of `OPTIONS *`, has no URL.
    pub(crate) fn received(&self) -> Option<wiremock::Request> {
        let url = Url::parse(&format!("http://localhost{}", self.target)).ok()?;
        let (method, headers) = (self.method.clone(), self.headers.clone());
        Some(wiremock::Request { url, method, headers, body: self.body.bytes.to_vec() })
    }

    /// Whether something was there to answer it: a stub or an operation.
    pub(crate) fn was_matched(&self) -> bool {
        self.notes.stub.is_some() || self.notes.reached.is_some()
    }
}

/// The last exchanges.
pub(crate) struct Journal {
    limit: usize,
    kept: Mutex<Entries>,
    /// The number of the newest, for whoever waits for one.
    newest: watch::Sender<u64>,
}

#[derive(Default)]
struct Entries {
    last: u64,
    exchanges: VecDeque<Arc<Exchange>>,
}

impl Journal {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, kept: Mutex::default(), newest: watch::Sender::new(0) }
    }

    /// How many are kept at the most.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// Whether anything is kept at all.
    pub(crate) fn is_on(&self) -> bool {
        self.limit > 0
    }

    /// Keeps one more; where there are too many the oldest goes.
    pub(crate) fn push(&self, mut exchange: Exchange) {
        let number = {
            let mut kept = self.kept.lock();
            kept.last += 1;
            exchange.number = kept.last;
            if kept.exchanges.len() >= self.limit {
                kept.exchanges.pop_front();
            }
            let number = exchange.number;
            kept.exchanges.push_back(Arc::new(exchange));
            // to tell nobody takes its time, too
            if self.newest.receiver_count() == 0 {
                return;
            }
            number
        };
        self.newest.send_if_modified(|newest| {
            let grew = number > *newest;
            *newest = number.max(*newest);
            grew
        });
    }

    /// All that are kept, oldest first.
    pub(crate) fn all(&self) -> Vec<Arc<Exchange>> {
        self.kept.lock().exchanges.iter().cloned().collect()
    }

    /// Those that arrived after this number, oldest first.
    pub(crate) fn after(&self, number: u64) -> Vec<Arc<Exchange>> {
        self.kept.lock().exchanges.iter().filter(|exchange| exchange.number > number).cloned().collect()
    }

    /// One by its id.
    pub(crate) fn find(&self, id: &str) -> Option<Arc<Exchange>> {
        self.kept.lock().exchanges.iter().find(|exchange| exchange.id() == id).cloned()
    }

    /// Forgets those that this is true of.
    pub(crate) fn forget(&self, mut which: impl FnMut(&Exchange) -> bool) -> Vec<Arc<Exchange>> {
        let mut kept = self.kept.lock();
        let (forgotten, left) = kept.exchanges.drain(..).partition(|exchange| which(exchange));
        kept.exchanges = left;
        forgotten.into()
    }

    /// Forgets all, and counts from 1 again.
    pub(crate) fn reset(&self) {
        *self.kept.lock() = Entries::default();
        self.newest.send_replace(0);
    }

    /// Tells of each that arrives after the one of this number.
    pub(crate) fn subscribe(&self) -> (watch::Receiver<u64>, u64) {
        let newest = self.newest.subscribe();
        (newest, self.kept.lock().last)
    }
}
