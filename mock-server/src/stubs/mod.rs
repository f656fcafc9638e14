//! Stubs: answers that stand before the API's own.

use axum::response::Response;
use bytes::Bytes;
use http::request::Parts;
use parking_lot::Mutex;

/// The stubs of a server.
#[derive(Default)]
pub(crate) struct Stubs(Mutex<Vec<()>>);

/// An answer by a stub.
pub(crate) struct Served {
    /// The stub's id.
    pub(crate) id: String,
    /// What it answers.
    pub(crate) response: Response,
}

impl Stubs {
    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.lock().is_empty()
    }

    /// Answers a request that a stub wants.
    pub(crate) fn answer(&self, _: &Parts, _: &Bytes) -> Option<Served> {
        let () = self.0.lock().first()?;
        Some(Served { id: String::new(), response: Response::default() })
    }

    /// Forgets all.
    pub(crate) fn reset(&self) {
        self.0.lock().clear();
    }
}
