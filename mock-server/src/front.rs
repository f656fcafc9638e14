//! What stands before the API: the control API under `/__admin`, the console, the probes, stubs, faults, and the journal, the
//! metrics and the log of it all.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use http_body_util::BodyExt as _;
use parking_lot::Mutex;
use tessera_api::body::Read;
use tessera_api::fault::Effect;
use tessera_api::health::Probe;
use tessera_api::watch::{self, Reached, Watch, watched};
use tessera_api::{Enqueued, RequestId};
use tessera_directory::ports::Entropy as _;
use tokio::time::sleep;
use tower::{Service, ServiceExt as _};
use tracing::{Instrument as _, Span, field, info_span};

use crate::admin::{self, Guard};
use crate::console;
use crate::control::Control;
use crate::entropy::SystemEntropy;
use crate::journal::{Answer, Exchange, Kept, Notes};
use crate::logging::{self, Line};
use crate::stubs::{self, Served};
use crate::who;
use crate::wire::{Fate, WireFault};

/// The service of every connection.
#[derive(Clone)]
pub(crate) struct Front(Arc<Inner>);

/// What a [`Front`] is made of.
pub(crate) struct FrontParts {
    pub(crate) control: Control,
    /// The vendors' endpoints, and with them the console and the probes; nothing where stubs stand alone.
    pub(crate) api: Option<tessera_api::Router>,
    pub(crate) guard: Guard,
    /// Whether answers say how the store was used.
    pub(crate) has_timing: bool,
}

struct Inner {
    parts: FrontParts,
    admin: Router,
}

impl Front {
    pub(crate) fn new(parts: FrontParts) -> Self {
        Self(Arc::new(Inner { admin: admin::router(parts.control.clone()), parts }))
    }

    async fn answer(self, request: Request) -> Response {
        let Inner { parts: FrontParts { control, guard, api, .. }, admin } = &*self.0;
        let (method, path) = (request.method(), request.uri().path());
        if admin::is_under(path) {
            return match guard.refusal(&request) {
                None => admin.clone().oneshot(request).await.into_response(),
                Some(refusal) => refusal,
            };
        }
        if api.is_some() {
            if let Some(file) = console::answer(method, path) {
                return file;
            }
            if let Some(probe) = Probe::of(path) {
                return probe.answer(method, Ok(control.directory())).await;
            }
        }
        self.observe(request).await
    }

    /// Answers, counts it, and writes the log.
    async fn observe(&self, request: Request) -> Response {
        let FrontParts { control, has_timing, .. } = &self.0.parts;
        #[expect(
            clippy::disallowed_methods,
            reason = "how long it took in fact is what is noted, not by a clock that tests set"
        )]
        let begun = Instant::now();
        let span = if logging::is_on() { info_span!("request", request_id = field::Empty) } else { Span::none() };
        let watcher = Arc::new(Watcher::of(control, span, *has_timing, &request));
        let method = logging::is_on().then(|| request.method().clone());
        let is_tested = control.journal().is_on()
            || !control.stubs().is_empty()
            || !control.faults().is_empty()
            || request.headers().contains_key(tessera_api::fault::HEADER);
        let mut response =
            if is_tested { self.test(&watcher, request, begun).await } else { self.serve(&watcher, request).await };
        let took = begun.elapsed();
        let Use { reached, batches, database } = *watcher.used.lock();
        control.metrics().count(reached, response.status(), took, batches);
        if *has_timing {
            watch::time(response.headers_mut(), batches, logging::milliseconds(database));
        }
        if let Some(method) = &method {
            let notes = watcher.notes.lock();
            Line {
                request_id: watcher.id(),
                reached,
                method,
                status: response.status(),
                took,
                batches,
                database,
                rule: notes.rule.as_deref(),
                fault: notes.fault,
                is_stubbed: notes.stub.is_some(),
            }
            .write();
        }
        response
    }

    /// Has the API answer, and what it put on record be delivered.
    async fn serve(&self, watcher: &Arc<Watcher>, request: Request) -> Response {
        let FrontParts { control, api, .. } = &self.0.parts;
        let Some(api) = api else { return stubs::nobody_wants(request.method(), request.uri().path()) };
        let watch: Arc<dyn Watch> = Arc::clone(watcher) as _;
        let response = watched(watch, api.answer(request)).instrument(watcher.span.clone()).await;
        if response.extensions().get::<Enqueued>().is_some() {
            control.deliver().notify_one();
        }
        response
    }

    /// Answers with everything that tests may ask for.
    async fn test(&self, watcher: &Arc<Watcher>, request: Request, begun: Instant) -> Response {
        let FrontParts { control, .. } = &self.0.parts;
        let at = control.now();
        let (mut parts, body) = request.into_parts();
        let fate = parts.extensions.remove::<Arc<Fate>>();
        let body = Read::of(body).await;
        let sent = body.bytes().cloned().unwrap_or_default();

        if control.faults().ask_who_calls() {
            let names = who::names(control.directory(), &parts.headers).await;
            // nobody else sets it
            let _ = watcher.names.set(names);
        }
        let stubbed = control.stubs().answer(&parts, &sent);
        let mut response = if let Some(Served { id, delay, response }) = stubbed {
            watcher.notes.lock().stub = Some(id);
            sleep(delay).await;
            response
        } else {
            let mut request = Request::from_parts(parts.clone(), Body::empty());
            request.extensions_mut().insert(body);
            self.serve(watcher, request).await
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
        let mut notes = watcher.notes.lock().clone();
        notes.reached = watcher.used.lock().reached;
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
    names: OnceLock<Vec<String>>,
    /// By what it is found in the log, where there is one.
    id: OnceLock<Arc<str>>,
    span: Span,
    is_timing: bool,
    used: Mutex<Use>,
    notes: Mutex<Notes>,
}

/// What a call took of the server.
#[derive(Clone, Copy, Default)]
struct Use {
    reached: Option<Reached>,
    batches: u32,
    database: Duration,
}

impl Watcher {
    fn of(control: &Control, span: Span, has_timing: bool, request: &Request) -> Self {
        let given = if span.is_none() { None } else { RequestId::given(request.headers()) };
        let watcher = Self {
            control: control.clone(),
            names: OnceLock::new(),
            id: OnceLock::new(),
            is_timing: has_timing || !span.is_none(),
            span,
            used: Mutex::default(),
            notes: Mutex::default(),
        };
        if let Some(RequestId(id)) = given {
            watcher.is_called(id);
        }
        watcher
    }

    fn is_called(&self, id: Arc<str>) -> &str {
        self.id.get_or_init(|| {
            self.span.record("request_id", &*id);
            id
        })
    }

    /// By what the call is found in the log. The randomness is the system's: what is drawn of a seeded one would show in answers.
    fn id(&self) -> &str {
        match self.id.get() {
            Some(id) => id,
            None => self.is_called(random_id().into()),
        }
    }
}

impl Watch for Watcher {
    fn reached(&self, reached: Reached) -> Option<Effect> {
        self.used.lock().reached = Some(reached);
        // one that changes something is on record under an id, which is told
        if !self.span.is_none() && !reached.is_changing {
            self.id();
        }
        let names = self.names.get().map(Vec::as_slice).unwrap_or_default();
        self.control.faults().befall(reached.dialect, reached.operation, names)
    }

    fn identified(&self, request_id: &str) {
        if !self.span.is_none() {
            self.is_called(request_id.into());
        }
    }

    fn stored(&self, took: Duration) {
        let mut used = self.used.lock();
        used.batches += 1;
        used.database += took;
    }

    fn is_timing(&self) -> bool {
        self.is_timing
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

fn random_id() -> String {
    let mut bytes = [0; 16];
    SystemEntropy.fill(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

/// The most members of one body that are noted as unread.
const MAX_UNREAD: usize = 100;
