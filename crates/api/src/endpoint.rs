//! What a dialect is made of: endpoints, and the calls that reach them.

use std::borrow::Cow;
use std::future::Future;
use std::ops::Deref;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::FutureExt as _;
use http::uri::{Authority, Scheme};
use http::{Method, header};
use percent_encoding::percent_decode_str;
use tessera_directory::Directory;
use tessera_directory::ports::RetryAfter;

use crate::body::Read;
use crate::fault::{self, Effect};
use crate::origin::{self, Client};
use crate::session;
use crate::watch::{self, Reached};

/// A vendor's API, or Tessera's own.
pub(crate) struct Dialect {
    /// The vendor's name in lower case.
    pub(crate) name: &'static str,
    /// The paths under which this dialect answers what nobody serves, each `/…` and all below it.
    pub(crate) prefixes: &'static [&'static str],
    /// The authorization scheme that no other has: who calls by it calls this dialect, whatever the path.
    pub(crate) scheme: Option<&'static str>,
    /// What it serves.
    pub(crate) endpoints: Vec<Endpoint>,
    /// How it refuses a call that reached none of its endpoints.
    pub(crate) refuse: Refuse,
}

/// What a handler comes to. It is boxed, so that what a dialect does around its handlers is compiled once, and not once
/// for each of them.
pub(crate) type Handled<E> = Pin<Box<dyn Future<Output = Result<Response, E>> + Send>>;
/// What a call is answered with.
pub(crate) type Answer = Pin<Box<dyn Future<Output = Response> + Send>>;
/// Answers a call that reached an endpoint. Nearly every one is without a size, and so a box of it is no code.
type Handler = Box<dyn Fn(Call) -> Answer + Send + Sync>;
/// Answers a call that reached none.
pub(crate) type Refuse = fn(Call, Refusal) -> Answer;

/// One operation: a method, the paths that lead to it, and what it does.
pub(crate) struct Endpoint {
    pub(crate) operation: &'static str,
    pub(crate) method: Method,
    pub(crate) paths: &'static [&'static str],
    /// Whether it changes the directory, and is put on record where it did.
    pub(crate) is_changing: bool,
    handler: Handler,
}

impl Endpoint {
    /// An operation under its name, with a handler `async fn(Call) -> Result<Response, impl IntoResponse>`.
    pub(crate) fn new<F, Fut, E>(
        operation: &'static str,
        method: Method,
        paths: &'static [&'static str],
        handler: F,
    ) -> Self
    where
        F: Fn(Call) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Response, E>> + Send + 'static,
        E: IntoResponse + 'static,
    {
        Self::answering(operation, method, paths, move |call| answered(Box::pin(handler(call))))
    }

    /// An operation under its name, with all of its answer made by the dialect.
    pub(crate) fn answering(
        operation: &'static str,
        method: Method,
        paths: &'static [&'static str],
        handler: impl Fn(Call) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::of(operation, method, paths, Box::new(handler))
    }

    // there are some 150 calls of it
    #[inline(never)]
    fn of(operation: &'static str, method: Method, paths: &'static [&'static str], handler: Handler) -> Self {
        let is_changing = !method.is_safe();
        Self { operation, method, paths, is_changing, handler }
    }

    /// The same operation, of which it is known that it changes nothing of the directory, whatever its method.
    pub(crate) fn without_change(self) -> Self {
        Self { is_changing: false, ..self }
    }
}

fn answered<E: IntoResponse + 'static>(handled: Handled<E>) -> Answer {
    Box::pin(async move { handled.await.into_response() })
}

/// A row of the route table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The dialect's name.
    pub dialect: &'static str,
    /// The operation's name, unique in the dialect.
    pub operation: &'static str,
    /// The method, in capitals.
    pub method: String,
    /// The path, its parameters in braces: `/v1/organizations/{organization_id}`.
    pub path: &'static str,
    /// Whether it changes the directory.
    pub is_changing: bool,
}

/// Why a call was refused before any rule of the directory was asked. Each dialect says it in its own form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No credential, or none that we know.
    Unauthenticated,
    /// A credential that does not open this.
    Forbidden,
    /// No such path.
    NoRoute,
    /// A path that has no such method; it has these, as in `Allow`.
    NoMethod(String),
    /// A body over the limit.
    TooLarge,
    /// A body that broke off.
    Unreadable,
    /// The change does not fit what is there. By a fault that was asked for.
    Conflict,
    /// No seat is free. By a fault that was asked for.
    NoFreeSeats,
    /// Too many calls. There may be another after so long.
    RateLimited(RetryAfter),
    /// Out of service for a while.
    Unavailable,
    /// Our own fault.
    Internal,
}

/// A request that reached a dialect, its body read.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) directory: Arc<Directory>,
    pub(crate) parts: Arc<http::request::Parts>,
    received: Received,
}

impl Call {
    fn of(directory: Arc<Directory>, parts: http::request::Parts, parameters: Parameters, body: Read) -> Self {
        let parts = Arc::new(parts);
        let received = Received::new(Arc::<http::request::Parts>::clone(&parts), parameters, body);
        Self { directory, parts, received }
    }

    /// Reads a request that the path template matched. Parameters are percent-decoded; bytes that are no UTF-8 become
    /// replacement characters, and so match no id.
    pub(crate) async fn read(directory: Arc<Directory>, template: &'static str, request: Request) -> Self {
        let (mut parts, body) = request.into_parts();
        let parameters = template
            .split('/')
            .zip(parts.uri.path().split('/'))
            .filter_map(|(name, value)| {
                let name = name.strip_prefix('{')?.strip_suffix('}')?;
                Some((Cow::Borrowed(name), decoded(value)))
            })
            .collect();
        let body = match parts.extensions.remove::<Read>() {
            Some(read) => read,
            None => Read::of(body).await,
        };
        Self::of(directory, parts, parameters, body)
    }

    /// The origin at which we were called. The scheme is the host's to say, and no header's.
    pub(crate) fn origin(&self) -> String {
        let scheme = self.parts.extensions.get().unwrap_or(&Scheme::HTTP);
        let host = self.parts.headers.get(header::HOST).and_then(|host| Authority::try_from(host.as_bytes()).ok());
        let host = host.as_ref().filter(|host| !host.as_str().contains('@')).map_or("localhost", Authority::as_str);
        format!("{scheme}://{}", host.to_ascii_lowercase())
    }

    /// What one client is known by: its address, or of IPv6 the network of it. Empty where the host knows none.
    pub(crate) fn network(&self) -> String {
        self.parts.extensions.get::<Client>().map(|client| origin::network(&client.0)).unwrap_or_default()
    }
}

impl Deref for Call {
    type Target = Received;

    fn deref(&self) -> &Received {
        &self.received
    }
}

/// A request as it was received: its head, the parameters of its path, its body. What is read of it alone can be read
/// without a directory, and so be judged where there is none ([`crate::verdict`]).
#[derive(Clone)]
pub(crate) struct Received {
    head: Arc<dyn Head>,
    parameters: Parameters,
    body: Read,
}

/// The parameters of a path, decoded, by their names.
pub(crate) type Parameters = Vec<(Cow<'static, str>, String)>;

/// What of a request's head may decide how it is read.
pub(crate) trait Head: Send + Sync {
    /// The query, as it stands in the URL.
    fn query(&self) -> &str;
    /// A header's value, its name in lower case; several of one name are joined by `, `, as `fetch` does at the edge.
    fn header(&self, name: &str) -> Option<String>;
}

impl Head for http::request::Parts {
    fn query(&self) -> &str {
        self.uri.query().unwrap_or_default()
    }

    fn header(&self, name: &str) -> Option<String> {
        let mut values = self.headers.get_all(name).iter();
        let mut joined = String::from_utf8_lossy(values.next()?.as_bytes()).into_owned();
        for value in values {
            joined.push_str(", ");
            joined.push_str(&String::from_utf8_lossy(value.as_bytes()));
        }
        Some(joined)
    }
}

impl Received {
    pub(crate) fn new(head: Arc<dyn Head>, parameters: Parameters, body: Read) -> Self {
        Self { head, parameters, body }
    }

    /// A parameter of the path; empty where the template has none of this name.
    pub(crate) fn parameter(&self, name: &str) -> &str {
        self.parameters.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }

    /// Whether the path has a parameter of this name.
    pub(crate) fn has_parameter(&self, name: &str) -> bool {
        self.parameters.iter().any(|(known, _)| *known == name)
    }

    /// A header's value, its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.head.header(name)
    }

    /// The query, as it stands in the URL.
    pub(crate) fn raw_query(&self) -> &str {
        self.head.query()
    }

    /// What follows an authorization scheme, its name matched without regard to case.
    pub(crate) fn authorization(&self, scheme: &str) -> Option<String> {
        let value = self.header("authorization")?;
        let (name, credential) = value.split_once(' ')?;
        name.eq_ignore_ascii_case(scheme).then(|| credential.trim().to_owned())
    }

    /// The body.
    pub(crate) fn body(&self) -> Result<&Bytes, Refusal> {
        self.body.get()
    }
}

/// A part of a path, percent-decoded. Nearly none has anything to decode.
fn decoded(part: &str) -> String {
    if part.contains('%') { percent_decode_str(part).decode_utf8_lossy().into_owned() } else { part.to_owned() }
}

/// Answers a call at a path with the endpoint of its method, of those that stand at these places in the dialect.
pub(crate) async fn serve(dialect: &Dialect, route: &'static str, places: &[usize], mut call: Call) -> Response {
    let admitted = admit(&call).await;
    let endpoints = || places.iter().filter_map(|&place| dialect.endpoints.get(place));
    let Some(endpoint) = endpoints().find(|endpoint| endpoint.method == call.parts.method) else {
        let allow: Vec<&str> = endpoints().map(|endpoint| endpoint.method.as_str()).collect();
        let refusal = admitted.err().unwrap_or_else(|| Refusal::NoMethod(allow.join(", ")));
        return (dialect.refuse)(call, refusal).await;
    };
    let &Endpoint { operation, is_changing, .. } = endpoint;
    let ruled = watch::reached(Reached { dialect: dialect.name, operation, route, is_changing });
    if let Err(refusal) = admitted {
        return (dialect.refuse)(call, refusal).await;
    }
    let effect = match fault::asked(&call) {
        Ok(asked) => ruled.or(asked),
        Err(unknown) => return fault::unknown_name(&unknown),
    };
    let mut answer = match effect {
        Some(Effect::Refuse(fault)) => (dialect.refuse)(call, fault.refusal()).await,
        Some(Effect::Break(way)) => fault::unbroken(way),
        Some(Effect::Slow(_)) | None => {
            let session = session::asked(&mut call);
            if is_changing {
                let origin = origin::of(&call, dialect.name, operation);
                call.directory = Arc::new(call.directory.recording(origin));
            }
            let answer = answer_call(dialect, endpoint, call).await;
            match session {
                Some(session) => session.told(answer),
                None => answer,
            }
        }
    };
    if let Some(effect) = effect {
        answer.extensions_mut().insert(effect);
    }
    answer
}

/// Answers a call at a path that nobody serves.
pub(crate) async fn serve_nothing(dialect: &Dialect, call: Call) -> Response {
    let refusal = admit(&call).await.err().unwrap_or(Refusal::NoRoute);
    (dialect.refuse)(call, refusal).await
}

/// Counts a call against the limit of the address that it comes from, if there is one.
async fn admit(call: &Call) -> Result<(), Refusal> {
    if !call.directory.is_limited() {
        return Ok(());
    }
    call.directory.admit_address(&call.network()).await.map_err(Refusal::RateLimited)
}

/// Has an endpoint answer, first with the caller presumed to be as the host remembers it, if it does.
async fn answer_call(dialect: &Dialect, endpoint: &Endpoint, call: Call) -> Response {
    if let Some(presuming) = call.directory.presuming().map(Arc::new) {
        let attempt = Call { directory: Arc::clone(&presuming), ..call.clone() };
        if let Some(answer) = presuming.attempted(handle(dialect, endpoint, attempt)).await {
            return answer;
        }
    }
    handle(dialect, endpoint, call).await
}

/// Has an endpoint answer. A panic is a bug, and even so the caller gets the vendor's form.
async fn handle(dialect: &Dialect, endpoint: &Endpoint, call: Call) -> Response {
    let directory = Arc::clone(&call.directory);
    if let Ok(response) = AssertUnwindSafe((endpoint.handler)(call)).catch_unwind().await {
        return response;
    }
    log::error!("{}: {} panicked", dialect.name, endpoint.operation);
    let parts = http::Request::new(()).into_parts().0;
    let spare = Call::of(directory, parts, Vec::new(), Read::none());
    (dialect.refuse)(spare, Refusal::Internal).await
}
