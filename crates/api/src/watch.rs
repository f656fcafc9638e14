//! Watching a call: what a host that serves tests learns of it besides the answer, and how it puts a fault in an
//! operation's place. With the feature `watch` off, as at the edge, none of it is compiled into a handler.

use crate::fault::Effect;

/// What watches one call.
pub trait Watch: Send + Sync {
    /// The call reached an operation. Where an effect is given, that befalls it.
    fn reached(&self, dialect: &'static str, operation: &'static str) -> Option<Effect>;

    /// A member of the body was sent, and nobody looked at it: a JSON pointer.
    fn unread(&self, pointer: String);

    /// A rule refused the call, in the words of the source: the error of the dialect as it is debugged.
    fn refused(&self, rule: String);
}

#[cfg(feature = "watch")]
mod on {
    use std::cell::RefCell;
    use std::fmt::Debug;
    use std::pin::Pin;
    use std::sync::Arc;
    use std::task::{Context, Poll};

    use super::Watch;
    use crate::fault::Effect;

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

    fn current<T>(tell: impl FnOnce(&dyn Watch) -> T) -> Option<T> {
        CURRENT.with_borrow(|watch| watch.as_deref().map(tell))
    }

    pub(crate) fn reached(dialect: &'static str, operation: &'static str) -> Option<Effect> {
        current(|watch| watch.reached(dialect, operation)).flatten()
    }

    pub(crate) fn unread<'a>(path: &[String], names: impl Iterator<Item = &'a String>) {
        current(|watch| {
            for name in names {
                watch.unread(crate::members::pointer(path.iter().chain([name])));
            }
        });
    }

    pub(crate) fn refused(error: &impl Debug) {
        current(|watch| watch.refused(format!("{error:?}")));
    }
}

#[cfg(feature = "watch")]
pub use on::{Watched, watched};
#[cfg(feature = "watch")]
pub(crate) use on::{reached, refused, unread};

#[cfg(not(feature = "watch"))]
mod off {
    use crate::fault::Effect;

    pub(crate) fn reached(_: &'static str, _: &'static str) -> Option<Effect> {
        None
    }

    pub(crate) fn unread<'a>(_: &[String], _: impl Iterator<Item = &'a String>) {}

    pub(crate) fn refused<T>(_: &T) {}
}

#[cfg(not(feature = "watch"))]
pub(crate) use off::{reached, refused, unread};
