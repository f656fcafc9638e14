//! What is told of each request: a line of the log, and a data point where there is a dataset for them.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::body::Body;
use http::{Request, Response};
use tessera_api::RequestId;
use tessera_api::fault::Effect;
use tessera_api::watch::{self, Reached, Watch};
use tessera_directory::Directory;
use worker::Env;
use worker::js_sys::Date;

use crate::glue;

/// What watches one call.
pub(crate) struct Watcher {
    id: Arc<str>,
    method: String,
    begun: f64,
    reached: OnceLock<Reached>,
    batches: AtomicU32,
    /// How long the store took, in milliseconds: a finer clock there is not.
    database: AtomicU32,
}

impl Watcher {
    /// Begins, and gives the request the id by which it is logged and put on record.
    pub(crate) fn begin(request: &mut Request<Body>, directory: &Directory) -> Arc<Self> {
        let RequestId(id) = RequestId::given(request.headers()).unwrap_or_else(|| RequestId(directory.new_id().into()));
        request.extensions_mut().insert(RequestId(Arc::clone(&id)));
        Arc::new(Self {
            id,
            method: request.method().as_str().to_owned(),
            begun: Date::now(),
            reached: OnceLock::new(),
            batches: AtomicU32::new(0),
            database: AtomicU32::new(0),
        })
    }

    /// Tells of the call, keeping nobody waiting.
    pub(crate) fn tell(&self, env: &Env, answer: &Response<Body>) {
        let reached = self.reached.get();
        let [dialect, operation, route] =
            reached.map_or([""; 3], |reached| [reached.dialect, reached.operation, reached.route]);
        glue::tell(
            env.as_ref(),
            &[&*self.id, dialect, operation, route, &self.method].join("\n"),
            answer.status().as_u16(),
            Date::now() - self.begun,
            self.batches.load(Ordering::Relaxed),
            self.database.load(Ordering::Relaxed),
        );
    }

    /// Says in the answer how the store was used.
    pub(crate) fn time(&self, answer: &mut Response<Body>) {
        let database = self.database.load(Ordering::Relaxed);
        watch::time(answer.headers_mut(), self.batches.load(Ordering::Relaxed), database);
    }
}

impl Watch for Watcher {
    fn reached(&self, reached: Reached) -> Option<Effect> {
        // a call reaches one
        let _ = self.reached.set(reached);
        None
    }

    fn stored(&self, took: Duration) {
        self.batches.fetch_add(1, Ordering::Relaxed);
        self.database.fetch_add(u32::try_from(took.as_millis()).unwrap_or_default(), Ordering::Relaxed);
    }

    fn request_id(&self) -> Option<&str> {
        Some(&self.id)
    }
}
