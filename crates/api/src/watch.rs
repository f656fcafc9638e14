//! Watching a call: what a host learns of it besides the answer, and how one that serves tests puts a fault in an operation's
//! place. What is learned of bodies and of rules is compiled into the handlers with the feature `watch` alone, which the edge,
//! where size counts, does without.

use std::cell::RefCell;
use std::fmt::Display;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::fault::Effect;

/// The operation that a call reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached {
    /// Its dialect's name.
    pub dialect: &'static str,
    /// Its name.
    pub operation: &'static str,
    /// The path that leads to it, its parameters in braces. The path of the request itself may hold anybody's address.
    pub route: &'static str,
    /// Whether it changes the directory.
    pub is_changing: bool,
}

/// What watches one call.
pub trait Watch: Send + Sync {
    /// The call reached an operation. Where an effect is given, that befalls it.
    fn reached(&self, reached: Reached) -> Option<Effect>;

    /// The call is on record under this id.
    fn identified(&self, _request_id: &str) {}

    /// The store has answered a batch, after so long. That is for the host's own store to say, by [`current`].
    fn stored(&self, _took: Duration) {}

    /// Whether somebody wants to know how long the store takes.
    fn is_timing(&self) -> bool {
        true
    }

    /// By what the call's lines in the log are found.
    fn request_id(&self) -> Option<&str> {
        None
    }

    /// A member of the body was sent, and nobody looked at it: a JSON pointer.
    fn unread(&self, _pointer: String) {}

    /// A rule refused the call, in the words of the source: the error of the dialect as it is debugged. It may hold what the
    /// caller sent.
    fn refused(&self, _rule: String) {}
}

thread_local! {
    /// What watches the call that this thread is at work on.
    static CURRENT: RefCell<Option<Arc<dyn Watch>>> = const { RefCell::new(None) };
}

/// A call's future, during each poll of which its watch is the current one.
pub struct Watched<F> {
    watch: Option<Arc<dyn Watch>>,
    call: Pin<Box<F>>,
}

/// Has a call watched.
pub fn watched<F: Future>(watch: Arc<dyn Watch>, call: F) -> Watched<F> {
    Watched { watch: Some(watch), call: Box::pin(call) }
}

impl<F: Future> Future for Watched<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.get_mut();
        let before = CURRENT.replace(this.watch.take());
        let poll = this.call.as_mut().poll(context);
        this.watch = CURRENT.replace(before);
        poll
    }
}

/// Tells what watches the call that is at work on this thread, if it is watched.
pub fn current<T>(tell: impl FnOnce(&dyn Watch) -> T) -> Option<T> {
    CURRENT.with_borrow(|watch| watch.as_deref().map(tell))
}

/// Says in an answer's headers how often the store was asked for it, and how many milliseconds that took: W3C's `Server-Timing`.
pub fn time(headers: &mut HeaderMap, batches: u32, milliseconds: impl Display) {
    let plural = if batches == 1 { "" } else { "es" };
    let timing = HeaderValue::try_from(format!("db;desc=\"{batches} batch{plural}\";dur={milliseconds}"));
    if let Ok(timing) = timing {
        headers.insert(HeaderName::from_static("server-timing"), timing);
    }
}

pub(crate) fn reached(reached: Reached) -> Option<Effect> {
    current(|watch| watch.reached(reached)).flatten()
}

pub(crate) fn identified(request_id: &str) {
    current(|watch| watch.identified(request_id));
}

#[cfg(feature = "watch")]
pub(crate) fn unread<'a>(path: &[String], names: impl Iterator<Item = &'a String>) {
    current(|watch| {
        for name in names {
            watch.unread(crate::members::pointer(path.iter().chain([name])));
        }
    });
}

#[cfg(feature = "watch")]
pub(crate) fn refused(error: &impl std::fmt::Debug) {
    current(|watch| watch.refused(format!("{error:?}")));
}

#[cfg(not(feature = "watch"))]
pub(crate) fn unread<'a>(_: &[String], _: impl Iterator<Item = &'a String>) {}

#[cfg(not(feature = "watch"))]
pub(crate) fn refused<T>(_: &T) {}
