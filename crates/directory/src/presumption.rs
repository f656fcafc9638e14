//! Presuming who calls. A host that is far from its store remembers the keys that it has looked up, and answers a call as if
//! its key were as it was then. The store confirms that at the beginning of the call's first batch; where it is not so, nothing
//! of the batch is done, the call is dropped where it stands, and it is answered anew with its key looked up first. So a call
//! takes one batch for two, and still no key opens what it does not open in that very transaction.

use std::future::{pending, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::Poll;

use crate::Directory;
use crate::collection::ByText;
use crate::database::{Database, DatabaseError, Row, Statement};
use crate::key::Key;
use crate::organization::Organization;

/// How many keys are remembered.
const LIMIT: usize = 1024;

/// A key as it was looked up last, and all of it as one text of the store's.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) found: Box<(Key, Organization)>,
    pub(crate) print: String,
}

/// The keys that a host remembers, by that by which they were looked up.
#[derive(Debug, Default)]
pub(crate) struct Memory(Mutex<ByText<Seen>>);

impl Memory {
    pub(crate) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// What one call presumes.
#[derive(Debug, Default)]
pub(crate) struct Presumption {
    /// The statement that fails where it is not so; nothing where the call asked the store before it presumed anything, and may
    /// have changed something that must not be done again.
    check: OnceLock<Option<Statement>>,
    /// Whether a batch began with the check. What became of one whose answer was lost is not known: it is not asked again.
    is_asked: AtomicBool,
    is_confirmed: AtomicBool,
    is_refuted: AtomicBool,
}

impl Presumption {
    /// The check, if it is to be made yet.
    fn unconfirmed(&self) -> Option<&Statement> {
        self.check.get()?.as_ref().filter(|_| !self.is_confirmed.load(Ordering::Relaxed))
    }
}

/// SQL: an expression that fails unless the other one, which reads the store, is this parameter.
pub(crate) fn check(expression: &str, parameter: &str) -> String {
    format!("SELECT json(iif(({expression}) = {parameter}, 'true', '')) AS is_same")
}

/// How the store says that a check failed.
const FAILED: &str = "malformed JSON";

impl Directory {
    /// The same directory, remembering keys.
    #[must_use]
    pub fn remembering(self) -> Self {
        Self { memory: Some(Arc::default()), ..self }
    }

    /// The same directory for one attempt to answer a call, in which the caller is presumed to be as remembered; nothing where
    /// the host remembers none, or the call has a session with the store, whose bookmark is to tell of all that it asked.
    pub fn presuming(&self) -> Option<Self> {
        self.memory.as_ref().filter(|_| self.session.is_none())?;
        let trail = self.trail.as_ref().map(|trail| Arc::new(trail.anew()));
        Some(Self { presumption: Some(Arc::default()), trail, ..self.clone() })
    }

    /// What an attempt with this directory comes to; nothing where it presumed what is not so, and did nothing.
    pub async fn attempted<T>(&self, attempt: impl Future<Output = T>) -> Option<T> {
        let mut attempt = pin!(attempt);
        let is_refuted = || self.presumption.as_ref().is_some_and(|this| this.is_refuted.load(Ordering::Relaxed));
        let outcome = poll_fn(|context| match attempt.as_mut().poll(context) {
            Poll::Pending if is_refuted() => Poll::Ready(None),
            poll => poll.map(Some),
        });
        let outcome = outcome.await.filter(|_| !is_refuted())?;
        // it may have come to its end without a batch
        let unasked = self.presumption.as_ref().filter(|this| !this.is_asked.load(Ordering::Relaxed));
        match unasked.and_then(|this| this.unconfirmed()) {
            Some(check) => self.ports.database.batch(vec![check.clone()]).await.ok().map(|_| outcome),
            None => Some(outcome),
        }
    }

    /// Runs a batch, and before it the check of what the call presumes.
    pub(crate) async fn run(
        &self,
        store: &Arc<dyn Database>,
        mut statements: Vec<Statement>,
    ) -> Result<Vec<Vec<Row>>, DatabaseError> {
        let presumption = self.presumption.as_deref();
        if let Some(presumption) = presumption {
            presumption.check.get_or_init(|| None);
        }
        let Some((presumption, check)) = presumption.and_then(|this| Some((this, this.unconfirmed()?))) else {
            return store.batch(statements).await;
        };
        statements.insert(0, check.clone());
        presumption.is_asked.store(true, Ordering::Relaxed);
        match store.batch(statements).await {
            Ok(mut answers) => {
                presumption.is_confirmed.store(true, Ordering::Relaxed);
                answers.drain(..1);
                Ok(answers)
            }
            Err(DatabaseError::Failed(message)) if message.contains(FAILED) => {
                presumption.is_refuted.store(true, Ordering::Relaxed);
                pending().await
            }
            Err(error) => Err(error),
        }
    }

    /// A key that may be presumed to be as it was, in a call that has presumed nothing and not asked the store.
    pub(crate) fn remembered(&self, by: &str) -> Option<Seen> {
        self.presumption.as_ref().filter(|this| this.check.get().is_none())?;
        self.memory.as_ref()?.0.lock().unwrap_or_else(PoisonError::into_inner).get(by).cloned()
    }

    /// Presumes what a statement checks.
    pub(crate) fn presume(&self, check: Statement) {
        if let Some(presumption) = &self.presumption {
            presumption.check.get_or_init(|| Some(check));
        }
    }

    /// Whether keys are remembered.
    pub(crate) fn remembers(&self) -> bool {
        self.memory.is_some()
    }

    /// Remembers a key that is good.
    pub(crate) fn remember(&self, by: String, seen: Seen) {
        if let Some(memory) = &self.memory {
            let mut memory = memory.0.lock().unwrap_or_else(PoisonError::into_inner);
            if memory.len() >= LIMIT {
                memory.clear();
            }
            memory.insert(by, seen);
        }
    }
}
