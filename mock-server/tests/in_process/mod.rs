//! The router in the test's own process, over a store that remembers what it was asked and a clock that the test sets.

use std::mem;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use axum::response::Response;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tessera_api::Router;
use tessera_directory::database::{Database, DatabaseError, Row, Statement};
use tessera_directory::ports::{
    Cache, Clock, DerivationError, Entropy, KeyDerivation, Limits, Message, NoCache, NoMailer, Outbound, OutboundError,
};
use tessera_directory::{Directory, Ports, Timestamp};
use tessera_mock::Sqlite;

mod plan;

/// The root key of every [`App`].
pub(crate) const ROOT: &str = "the root key";
/// The pepper of a new one.
pub(crate) const PEPPER: &str = "a pepper";
/// The password of whoever signs in.
pub(crate) const PASSWORD: &str = "Round-Trip-2026";

/// A store that remembers the SQL of each batch, and refuses what would take too long of many.
struct Watched {
    store: Sqlite,
    batches: Mutex<Vec<Vec<String>>>,
}

#[async_trait]
impl Database for Watched {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseError> {
        let texts = statements.iter().map(|statement| statement.sql.to_string()).collect();
        self.batches.lock().push(texts);
        for statement in &statements {
            plan::check(&self.store, statement).await;
        }
        self.store.batch(statements).await
    }
}

/// Milliseconds since 1970, as the test has them.
struct SetClock(AtomicI64);

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_timestamp_millis(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// Numbers that never come again (`SplitMix64`), and are the same on each run.
struct Sequence(AtomicU64);

impl Entropy for Sequence {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            let mut z = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            for (byte, random) in chunk.iter_mut().zip((z ^ (z >> 31)).to_be_bytes()) {
                *byte = random;
            }
        }
    }
}

/// A derivation that costs nothing, and counts.
struct Quick(AtomicU64);

#[async_trait]
impl KeyDerivation for Quick {
    async fn pbkdf2(&self, password: &str, salt: &[u8], _: u32) -> Result<[u8; 32], DerivationError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        let mut key = [0_u8; 32];
        let mut last = 0_u8;
        for byte in password.bytes().chain(salt.iter().copied()) {
            last = last.wrapping_mul(31) ^ byte;
            key.rotate_left(1);
            if let Some(first) = key.first_mut() {
                *first ^= last;
            }
        }
        Ok(key)
    }
}

/// A way out that leads nowhere, which is found out while others go on.
struct Closed;

#[async_trait]
impl Outbound for Closed {
    fn is_development(&self) -> bool {
        true
    }

    async fn post(&self, _: Message, _: Duration) -> Result<u16, OutboundError> {
        tokio::task::yield_now().await;
        Err(OutboundError::Private)
    }
}

/// What is sent with a request.
#[derive(Clone, Debug)]
pub(crate) enum Payload {
    Nothing,
    Json(Value),
    Form(String),
}

/// The router over a new store in memory.
pub(crate) struct App {
    pub(crate) directory: Directory,
    router: Router,
    store: Arc<Watched>,
    clock: Arc<SetClock>,
    ports: Ports,
    derivation: Arc<Quick>,
}

impl App {
    /// An empty directory, at 2026-06-01T00:00:00Z.
    pub(crate) fn new() -> Self {
        Self::set_up(None, Limits::default())
    }

    /// The directory of a file at that time, or without one an empty one.
    pub(crate) fn of(file: Option<&Path>) -> Self {
        Self::set_up(file, Limits::default())
    }

    /// One that holds callers to something.
    pub(crate) fn limited(limits: Limits) -> Self {
        Self::set_up(None, limits)
    }

    /// The same, over a directory that remembers who calls.
    pub(crate) fn remembering(&self) -> Self {
        self.with(self.directory.clone().remembering(), self.ports.clone())
    }

    fn set_up(file: Option<&Path>, limits: Limits) -> Self {
        let store = Arc::new(Watched { store: Sqlite::open(file).unwrap(), batches: Mutex::default() });
        let clock = Arc::new(SetClock(AtomicI64::new(1_780_272_000_000)));
        let derivation = Arc::new(Quick(AtomicU64::new(0)));
        let ports = Ports {
            database: Arc::clone(&store) as _,
            clock: Arc::clone(&clock) as _,
            entropy: Arc::new(Sequence(AtomicU64::new(1))),
            derivation: Arc::clone(&derivation) as _,
            outbound: Arc::new(Closed),
            mailer: Arc::new(NoMailer),
            limits,
            cache: Arc::new(NoCache),
        };
        let directory = Directory::new(ports.clone(), ROOT, PEPPER);
        Self { router: tessera_api::Router::new(directory.clone()), directory, store, clock, ports, derivation }
    }

    /// The same with another directory.
    fn with(&self, directory: Directory, ports: Ports) -> Self {
        let (store, clock, derivation) =
            (Arc::clone(&self.store), Arc::clone(&self.clock), Arc::clone(&self.derivation));
        Self { router: tessera_api::Router::new(directory.clone()), directory, store, clock, ports, derivation }
    }

    /// The same store at the same time under another pepper, as after another deployment.
    pub(crate) fn under(&self, pepper: &str, previous: Option<&str>) -> Self {
        let mut directory = Directory::new(self.ports.clone(), ROOT, pepper);
        if let Some(previous) = previous {
            directory = directory.with_previous_pepper(previous);
        }
        self.with(directory, self.ports.clone())
    }

    /// The same by another way to its store.
    pub(crate) fn through(&self, way: impl FnOnce(Arc<dyn Database>) -> Arc<dyn Database>) -> Self {
        let mut ports = self.ports.clone();
        ports.database = way(ports.database);
        self.with(Directory::new(ports.clone(), ROOT, PEPPER), ports)
    }

    /// Another host of the same directory, with a memory of its own, and this behind it.
    pub(crate) fn beside(&self, cache: Arc<dyn Cache>) -> Self {
        let entropy = Arc::new(Sequence(AtomicU64::new(u64::MAX / 2)));
        let ports = Ports { entropy, cache, ..self.ports.clone() };
        self.with(Directory::new(ports.clone(), ROOT, PEPPER), ports)
    }

    /// How often a password was hashed.
    pub(crate) fn derivations(&self) -> u64 {
        self.derivation.0.load(Ordering::SeqCst)
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, milliseconds: i64) {
        self.clock.0.fetch_add(milliseconds, Ordering::SeqCst);
    }

    /// Runs SQL behind the directory's back, and gives the first column of its rows, texts.
    pub(crate) async fn sql(&self, sql: &str) -> Vec<String> {
        self.try_sql(sql).await.unwrap()
    }

    /// As [`Self::sql`], where it may be refused.
    pub(crate) async fn try_sql(&self, sql: &str) -> Result<Vec<String>, DatabaseError> {
        let answers = self.store.store.batch(vec![Statement::new(sql.to_owned())]).await?;
        answers.into_iter().flatten().map(|mut row| row.text()).collect()
    }

    /// The SQL of each batch since this was last asked.
    pub(crate) fn batches(&self) -> Vec<Vec<String>> {
        mem::take(&mut *self.store.batches.lock())
    }

    /// Sends a request; a body that is no JSON is answered as null.
    pub(crate) async fn send(&self, method: &str, path: &str, bearer: &str, payload: Payload) -> (StatusCode, Value) {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(cookie) = bearer.strip_prefix("Cookie ") {
            request = request.header(header::COOKIE, cookie);
        } else if !bearer.is_empty() {
            // a credential of another scheme comes with its name
            let credential = if bearer.starts_with("Token ") { bearer.to_owned() } else { format!("Bearer {bearer}") };
            request = request.header(header::AUTHORIZATION, credential);
        }
        let body = match payload {
            Payload::Nothing => Body::empty(),
            Payload::Json(json) => Body::from(json.to_string()),
            Payload::Form(form) => Body::from(form),
        };
        let response = self.answer(request.body(body).unwrap()).await;
        let status = response.status();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    /// The answer to a request as a host hands it over.
    pub(crate) async fn answer(&self, request: Request<Body>) -> Response {
        self.router.answer(request).await
    }

    /// Sends a request that must succeed, and gives its answer.
    pub(crate) async fn ask(&self, method: &str, path: &str, bearer: &str, json: Value) -> Value {
        let payload = if json.is_null() { Payload::Nothing } else { Payload::Json(json) };
        let (status, answer) = self.send(method, path, bearer, payload).await;
        assert!(status.is_success(), "{method} {path} -> {status} {answer}");
        answer
    }

    /// The status of a GET.
    pub(crate) async fn status(&self, path: &str, bearer: &str) -> u16 {
        self.send("GET", path, bearer, Payload::Nothing).await.0.as_u16()
    }

    /// Makes an organization with an admin, `admin@` the name and `.test`, whose password is [`PASSWORD`].
    pub(crate) async fn organization(&self, name: &str, settings: Value) -> Organization {
        let mut body = json!({"name": name, "seats": 100_000, "admin": {"email": admin(name), "password": PASSWORD}});
        body.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        let made = self.ask("POST", "/v1/organizations", ROOT, body).await;
        Organization { id: text(&made, "id"), key: text(&made, "api_key"), admin: admin(name) }
    }

    /// An access token for a password.
    pub(crate) async fn sign_in(&self, email: &str) -> String {
        let form = Payload::Form(format!("username={email}&password={PASSWORD}"));
        let (status, answer) = self.send("POST", "/api/auth/oauth2/token/password", "", form).await;
        assert_eq!(status, 200, "{answer}");
        text(&answer, "access_token")
    }

    /// Makes a service account, and gives its id and its secret.
    pub(crate) async fn service_account(&self, organization: &Organization) -> (String, String) {
        let path = format!("/organizations/{}/service-accounts", organization.id);
        let made = self.ask("POST", &path, &organization.key, json!({"name": "bot"})).await;
        (text(&made, "client_id"), text(&made, "client_secret"))
    }

    /// An access token for a service account.
    pub(crate) async fn exchange(&self, (id, secret): &(String, String)) -> String {
        let (status, answer) = self.send("POST", "/api/iam/token", "", client(id, secret)).await;
        assert_eq!(status, 200, "{answer}");
        text(&answer, "access_token")
    }
}

/// An organization that was made.
pub(crate) struct Organization {
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) admin: String,
}

impl Organization {
    /// A path of the native dialect below the organization.
    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/v1/organizations/{}{rest}", self.id)
    }
}

fn admin(name: &str) -> String {
    format!("admin@{name}.test")
}

/// The form of the client credentials grant.
pub(crate) fn client(id: &str, secret: &str) -> Payload {
    Payload::Form(format!("grant_type=client_credentials&client_id={id}&client_secret={secret}"))
}

/// A member of an answer that is a text.
pub(crate) fn text(answer: &Value, member: &str) -> String {
    answer[member].as_str().unwrap_or_else(|| panic!("no {member} in {answer}")).to_owned()
}
