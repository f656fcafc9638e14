//! What stands before the API: the control API under `/__admin`, the console, stubs, faults, and the journal of it all.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use http_body_util::BodyExt as _;
use parking_lot::Mutex;
use tessera_api::body::Read;
use tessera_api::fault::Effect;
use tessera_api::watch::{Watch, watched};
use tokio::time::sleep;
use tower::{Service, ServiceExt as _};

use crate::admin::{self, Guard};
use crate::console;
use crate::control::Control;
use crate::journal::{Answer, Exchange, Kept, Notes, Reached};
use crate::stubs::Served;
use crate::who;
use crate::wire::{Fate, WireFault};

/// The service of every connection.
#[derive(Clone)]
pub(crate) struct Front(Arc<Inner>);

struct Inner {
    control: Control,
    api: Router,
    admin: Router,
    guard: Guard,
    has_console: bool,
}

impl Front {
    pub(crate) fn new(control: Control, api: Router, guard: Guard, has_console: bool) -> Self {
        Self(Arc::new(Inner { admin: admin::router(control.clone()), control, api, guard, has_console }))
    }

    async fn answer(self, request: Request) -> Response {
        let Inner { control, api, admin, guard, has_console } = &*self.0;
        if admin::is_under(request.uri().path()) {
            return match guard.refusal(&request) {
                None => admin.clone().oneshot(request).await.into_response(),
                Some(refusal) => refusal,
            };
        }
        if *has_console && let Some(file) = console::answer(request.method(), request.uri().path()) {
            return file;
        }
        let is_watching = control.journal().is_on()
            || !control.stubs().is_empty()
            || !control.faults().is_empty()
            || request.headers().contains_key(tessera_api::fault::HEADER);
        if !is_watching {
            return api.clone().oneshot(request).await.into_response();
        }
        self.watch(request).await
    }

    /// Answers with everything that tests may ask for.
    async fn watch(&self, request: Request) -> Response {
        let Inner { control, api, .. } = &*self.0;
        #[expect(
            clippy::disallowed_methods,
            reason = "how long it took in fact is what is noted, not by a clock that tests set"
        )]
        let begun = Instant::now();
        let at = control.now();
        let (mut parts, body) = request.into_parts();
        let fate = parts.extensions.remove::<Arc<Fate>>();
        let body = Read::of(body).await;
        let sent = body.bytes().cloned().unwrap_or_default();

        let watcher = Arc::new(Watcher::of(control, &parts).await);
        let stubbed = control.stubs().answer(&parts, &sent);
        let mut response = if let Some(Served { id, delay, response }) = stubbed {
            watcher.notes.lock().stub = Some(id);
            sleep(delay).await;
            response
        } else {
            let mut request = Request::from_parts(parts.clone(), Body::empty());
            request.extensions_mut().insert(body);
            let watch: Arc<dyn Watch> = Arc::clone(&watcher) as _;
            watched(watch, api.clone().oneshot(request)).await.into_response()
        };
        if let Some(effect) = response.extensions().get::<Effect>().copied() {
            watcher.notes.lock().fault = Some(effect.as_str());
            match effect {
                Effect::Break(way) => response = broken(way.into()),
                Effect::Slow(delay) => sleep(delay).await,
                Effect::Refuse(_) => {}
            }
        }
        if response.status() == StatusCode::UNAUTHORIZED {
            let verdict = who::verdict(control.directory(), &parts.headers).await;
            watcher.notes.lock().credential = verdict;
        }
        if let (Some(fault), Some(fate)) = (response.extensions().get::<WireFault>(), fate) {
            fate.set(*fault);
        }
        if !control.journal().is_on() {
            return response;
        }
        let (response, answer) = keep(response).await;
        let notes = std::mem::take(&mut *watcher.notes.lock());
        control.journal().push(Exchange {
            number: 0,
            at,
            took: begun.elapsed(),
            method: parts.method,
            target: parts.uri,
            headers: parts.headers,
            body: Kept::of(&sent),
            answer,
            notes,
        });
        response
    }
}

/// An answer that is never sent: the connection breaks in this way instead.
pub(crate) fn broken(fault: WireFault) -> Response {
    let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response.extensions_mut().insert(fault);
    response
}

/// Reads an answer's body, which is there whole, and gives it on with what the journal keeps.
async fn keep(response: Response) -> (Response, Option<Answer>) {
    if response.extensions().get::<WireFault>().is_some() {
        return (response, None);
    }
    let (parts, body) = response.into_parts();
    // nothing here streams, and nothing that is made fails
    let bytes = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let answer = Answer { status: parts.status, headers: parts.headers.clone(), body: Kept::of(&bytes) };
    (Response::from_parts(parts, whole(bytes)), Some(answer))
}

fn whole(bytes: Bytes) -> Body {
    if bytes.is_empty() { Body::empty() } else { Body::from(bytes) }
}

impl Service<Request> for Front {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let front = self.clone();
        Box::pin(async move { Ok(front.answer(request).await) })
    }
}

/// What watches one call.
struct Watcher {
    control: Control,
    /// By what the caller is called, where a rule asks for it.
    names: Vec<String>,
    notes: Mutex<Notes>,
}

impl Watcher {
    async fn of(control: &Control, parts: &Parts) -> Self {
        let names = if control.faults().ask_who_calls() {
            who::names(control.directory(), &parts.headers).await
        } else {
            Vec::new()
        };
        Self { control: control.clone(), names, notes: Mutex::default() }
    }
}

impl Watch for Watcher {
    fn reached(&self, dialect: &'static str, operation: &'static str) -> Option<Effect> {
        self.notes.lock().reached = Some(Reached { dialect, operation });
        self.control.faults().befall(dialect, operation, &self.names)
    }

    fn unread(&self, pointer: String) {
        let mut notes = self.notes.lock();
        if notes.unread.len() < MAX_UNREAD {
            notes.unread.push(pointer);
        }
    }

    fn refused(&self, rule: String) {
        // the last is what the caller was told: one refusal may stand for another
        self.notes.lock().rule = Some(rule);
    }
}

/// The most members of one body that are noted as unread.
const MAX_UNREAD: usize = 100;
