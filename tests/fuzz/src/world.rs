//! The whole API over a store in memory that holds the demo and a little more: the same at the beginning of each input, and
//! the same each time an input is run.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use futures_executor::block_on;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tessera_api::{Route, Router};
use tessera_directory::database::{Database as _, Row, Statement};
use tessera_directory::ports::{
    Clock, DerivationError, Entropy, KeyDerivation, Limits, Message, NoCache, NoMailer, Outbound, OutboundError,
};
use tessera_directory::{Directory, Ports, Timestamp, demo};
use tessera_mock::{Image, Sqlite};

use crate::answer;
use crate::request::{Credential, Sent};

/// The organization that is called about.
pub const ACME: &str = "00000000-0000-4000-8000-000000000001";
const ACME_ADMIN: &str = "00000000-0000-4000-8000-000000000201";
const GLOBEX: &str = "00000000-0000-4000-8000-000000000002";
const GLOBEX_ADMIN: &str = "00000000-0000-4000-8000-000000000202";
const ACME_KEY: &str = "tsr_key_DemoAcmeKeyForLocalTestingOnly0gIwS3";
const GLOBEX_KEY: &str = "tsr_key_DemoGlobexKeyForLocalTestOnly04dH9Rf";

/// It is always 2026-06-01T00:00:00Z, so that nothing that was noted once is noted again.
struct Standing;

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        const NOW: i64 = 1_780_272_000_000;
        Timestamp::from_timestamp_millis(NOW).unwrap_or_default()
    }
}

/// Numbers that never come again (`SplitMix64`), until it is set back.
#[derive(Default)]
struct Sequence(AtomicU64);

impl Entropy for Sequence {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            let mut z = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            for (byte, random) in chunk.iter_mut().zip((z ^ (z >> 31)).to_be_bytes()) {
                *byte = random;
            }
        }
    }
}

/// A derivation that costs nothing.
struct Quick;

#[async_trait]
impl KeyDerivation for Quick {
    async fn pbkdf2(&self, password: &str, salt: &[u8], _: u32) -> Result<[u8; 32], DerivationError> {
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

/// A way out that leads nowhere, of a host in development.
struct Closed;

#[async_trait]
impl Outbound for Closed {
    fn is_development(&self) -> bool {
        true
    }

    async fn post(&self, _: Message, _: Duration) -> Result<u16, OutboundError> {
        Err(OutboundError::Private)
    }
}

/// An answer.
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?} {}", self.status, self.headers, String::from_utf8_lossy(&self.body))
    }
}

impl Answer {
    /// The body as JSON, or null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    fn text(&self, member: &str) -> String {
        match self.json().get(member).and_then(Value::as_str) {
            Some(text) => text.to_owned(),
            None => panic!("an answer without {member}: {self:?}"),
        }
    }
}

/// The API and all behind it.
pub struct World {
    router: Router,
    directory: Directory,
    store: Arc<Sqlite>,
    entropy: Arc<Sequence>,
    credentials: BTreeMap<Credential, String>,
    pub(crate) routes: Vec<Route>,
    /// What is assumed of the directory where a verdict is asked for.
    pub(crate) assumed: Value,
    /// The statements that tell all that is in the store, but for when something was used.
    contents: Vec<Statement>,
    beginning: Image,
    /// How far the randomness had come by then, and how much the store had been changed.
    drawn: u64,
    changes: i64,
}

impl World {
    /// A world at its beginning.
    pub fn new() -> Self {
        let store = Sqlite::open(None).unwrap_or_else(|error| panic!("{error}"));
        let (store, entropy) = (Arc::new(store), Arc::new(Sequence::default()));
        let ports = Ports {
            database: Arc::clone(&store) as _,
            clock: Arc::new(Standing),
            entropy: Arc::clone(&entropy) as _,
            derivation: Arc::new(Quick),
            outbound: Arc::new(Closed),
            mailer: Arc::new(NoMailer),
            limits: Limits::default(),
            cache: Arc::new(NoCache),
        };
        let directory = Directory::new(ports, demo::ROOT_KEY, demo::PEPPER);
        let beginning = store.image().unwrap_or_else(|error| panic!("{error}"));
        let mut world = Self {
            router: Router::new(directory.clone()),
            directory,
            store,
            entropy,
            credentials: BTreeMap::new(),
            routes: tessera_api::routes(),
            assumed: Value::Null,
            contents: Vec::new(),
            beginning,
            drawn: 0,
            changes: 0,
        };
        world.run(demo::statements(demo::PEPPER));
        world.furnish();
        world.contents = world.tables();
        world.drawn = world.entropy.0.load(Ordering::Relaxed);
        world.changes = world.changes();
        world.beginning = world.store.image().unwrap_or_else(|error| panic!("{error}"));
        world
    }

    /// Puts something of each kind there, and has every credential used.
    fn furnish(&mut self) {
        for (credential, secret) in
            [(Credential::Root, demo::ROOT_KEY), (Credential::Key, ACME_KEY), (Credential::Other, GLOBEX_KEY)]
        {
            self.credentials.insert(credential, secret.to_owned());
        }
        // the demo's passwords are hashed by a derivation that costs something
        for (organization, admin, key, password) in [
            (ACME, ACME_ADMIN, Credential::Key, "Acme-Admin-2026"),
            (GLOBEX, GLOBEX_ADMIN, Credential::Other, "Globex-Admin-2026"),
        ] {
            let user = format!("/v1/organizations/{organization}/users/{admin}");
            self.ask(key, "PATCH", &user, &json!({ "password": password }));
        }
        let acme = format!("/v1/organizations/{ACME}");
        let users = format!("{acme}/users");
        let ann = json!({"email": "ann@acme.test", "first_name": "Ann", "login": "ann", "seat": true});
        let ann = self.ask(Credential::Key, "POST", &users, &ann).text("id");
        self.ask(Credential::Key, "POST", &users, &json!({"email": "bob@acme.test", "role": "member"}));
        self.ask(Credential::Key, "POST", &format!("{users}/{ann}/tokens"), &json!({"mail": true}));
        let reader = json!({"name": "reader", "scopes": ["users:read"]});
        let reader = self.ask(Credential::Key, "POST", &format!("{acme}/keys"), &reader).text("secret");
        self.credentials.insert(Credential::Reader, reader);

        let bot = format!("/organizations/{ACME}/service-accounts");
        let bot = self.ask(Credential::Key, "POST", &bot, &json!({"name": "bot"}));
        let (id, secret) = (bot.text("client_id"), bot.text("client_secret"));
        let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
        let service = self.form("/api/iam/token", form).text("access_token");
        let form = "username=admin@acme.test&password=Acme-Admin-2026".to_owned();
        let admin = self.form("/api/auth/oauth2/token/password", form).text("access_token");
        self.credentials.extend([(Credential::Service, service), (Credential::Admin, admin)]);

        let admin = json!({"user": "admin@acme.test", "password": "Acme-Admin-2026"});
        let session = self.ask(Credential::None, "POST", "/authentication/sign_in", &admin);
        let cookie = session.headers.get(header::SET_COOKIE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        self.credentials.insert(Credential::Session, cookie);
        let access = json!({"data": [{"name": "ci", "client_secret": "Abcdefghi1"}]});
        self.ask(Credential::Key, "POST", "/api/shared_spaces/1001/api_accesses", &access);

        for (path, body) in [
            ("/configs/storage", json!({"url": "gs://acme-results", "credentials": {}})),
            ("/configs/webhook", json!({"url": "https://hooks.acme.test/"})),
            ("/permissions", json!({"identifier": "mine", "scopes": {}})),
            ("/users", json!({"identifier": "device"})),
            ("/api/v1.0/onpremise/groups", json!({"name": "Sales", "isManageAccount": true})),
        ] {
            self.ask(Credential::Key, "POST", path, &body);
        }
        let key =
            json!({"type": "application/astra-credential", "version": "1.1", "name": "a", "keyStore": {"a": "SGkh"}});
        self.ask(Credential::Key, "POST", &format!("/accounts/{ACME}/core/v1/credentials"), &key);

        let shown = self.ask(Credential::Key, "GET", &acme, &Value::Null).json();
        let known = ["id", "number", "identity_mode", "set_password_via_api", "type", "permission_scopes"];
        let known = known.iter().map(|name| ((*name).to_owned(), shown.get(name).cloned().unwrap_or_default()));
        self.assumed = json!({"organization": known.collect::<Value>(), "development": true});
        for credential in [Credential::Reader, Credential::Admin] {
            self.ask(credential, "GET", &users, &Value::Null);
        }
        self.ask(Credential::Other, "GET", "/v1/outbox", &Value::Null);
        self.ask(Credential::Service, "GET", &format!("/organizations/{ACME}/users"), &Value::Null);
        self.ask(Credential::Session, "GET", "/api/shared_spaces/1001/roles", &Value::Null);
    }

    /// Sends what must succeed.
    fn ask(&self, credential: Credential, method: &str, path: &str, json: &Value) -> Answer {
        let body = if json.is_null() { String::new() } else { json.to_string() };
        self.must(credential, method, path, "application/json", body)
    }

    fn form(&self, path: &str, form: String) -> Answer {
        self.must(Credential::None, "POST", path, "application/x-www-form-urlencoded", form)
    }

    fn must(&self, credential: Credential, method: &str, path: &str, media_type: &'static str, body: String) -> Answer {
        let mut headers = HeaderMap::new();
        if !body.is_empty() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        }
        let (Ok(method), Ok(target)) = (Method::from_bytes(method.as_bytes()), path.parse()) else {
            panic!("{method} {path} is no request");
        };
        let answer = self.send(&Sent { credential, method, target, headers, body: body.into() });
        assert!(answer.status.is_success(), "{path}: {answer:?}");
        answer
    }

    /// The secret of a credential; nothing for none.
    pub fn secret(&self, credential: Credential) -> &str {
        self.credentials.get(&credential).map_or("", String::as_str)
    }

    /// The API.
    pub(crate) fn router(&self) -> &Router {
        &self.router
    }

    /// The answer to a request.
    pub fn send(&self, sent: &Sent) -> Answer {
        let mut request = Request::new(Body::from(sent.body.clone()));
        *request.method_mut() = sent.method.clone();
        *request.uri_mut() = sent.target.clone();
        *request.headers_mut() = sent.headers.clone();
        if let Some((name, value)) = self.credential_of(sent) {
            request.headers_mut().insert(name, value);
        }
        block_on(async {
            let response = self.router.answer(request).await;
            let (parts, body) = response.into_parts();
            let body = body.collect().await.map(|body| body.to_bytes().to_vec()).unwrap_or_default();
            Answer { status: parts.status, headers: parts.headers, body }
        })
    }

    /// The header of the credential, in the scheme of the API that is asked.
    fn credential_of(&self, sent: &Sent) -> Option<(header::HeaderName, HeaderValue)> {
        let secret = self.credentials.get(&sent.credential)?;
        if sent.credential == Credential::Session {
            return Some((header::COOKIE, HeaderValue::from_str(secret).ok()?));
        }
        let scheme = match tessera_api::fuzzing::dialect_of(sent.target.path(), None) {
            Some("appoptima") => "Api-Token",
            Some("ricloud") => "Token",
            _ => "Bearer",
        };
        Some((header::AUTHORIZATION, HeaderValue::from_str(&format!("{scheme} {secret}")).ok()?))
    }

    fn run(&self, statements: Vec<Statement>) -> Vec<Vec<Row>> {
        block_on(self.store.batch(statements)).unwrap_or_else(|error| panic!("{error}"))
    }

    /// How many rows were ever written.
    pub(crate) fn changes(&self) -> i64 {
        let rows = self.run(vec![Statement::new("SELECT total_changes() AS changes")]);
        rows.into_iter().flatten().next().and_then(|mut row| row.integer().ok()).unwrap_or_default()
    }

    /// A statement for each table, which tells its content. What is noted in the midst of a batch for the log is no content.
    fn tables(&self) -> Vec<Statement> {
        let columns = "SELECT t.name AS tables, group_concat('quote(' || c.name || ')', ' || '','' || ') AS columns \
             FROM sqlite_schema t, pragma_table_info(t.name) c \
             WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND t.name <> 'audit_note' \
             AND c.name <> 'last_used_at' GROUP BY t.name";
        let rows = self.run(vec![Statement::new(columns)]).into_iter().flatten();
        let telling = rows.filter_map(|mut row| {
            let (table, columns) = (row.text().ok()?, row.text().ok()?);
            Some(Statement::new(format!("SELECT '{table} ' || {columns} AS content FROM {table}")))
        });
        telling.collect()
    }

    /// All that is in the store, but for when something was used.
    pub(crate) fn contents(&self) -> Vec<String> {
        let rows = self.run(self.contents.clone()).into_iter().flatten();
        rows.map(|mut row| row.text().unwrap_or_default()).collect()
    }

    /// Makes the world what it was at its beginning.
    pub fn reset(&mut self) {
        self.entropy.0.store(self.drawn, Ordering::Relaxed);
        if self.changes() != self.changes {
            self.store.put(&self.beginning).unwrap_or_else(|error| panic!("{error}"));
            self.directory.forget();
            self.changes = self.changes();
        }
    }

    /// Lets a world at its beginning be used; each thread has its own.
    pub(crate) fn with<T>(use_it: impl FnOnce(&mut Self) -> T) -> T {
        thread_local! {
            static WORLD: RefCell<World> = RefCell::new(World::new());
        }
        WORLD.with_borrow_mut(|world| {
            world.reset();
            use_it(world)
        })
    }

    /// The target of each dialect: sends the requests of an input, and looks over every answer.
    pub(crate) fn try_out(input: &[u8]) {
        let requests = Sent::read_all(input);
        Self::with(|world| {
            for (at, sent) in requests.iter().enumerate() {
                let verdict = (at == 0).then(|| answer::verdict(world, sent)).flatten();
                let before = world.changes();
                let answer = world.send(sent);
                if let Some(why) = answer::flaw(sent, &answer) {
                    panic!("{why}\n{sent:?}\n{answer:?}");
                }
                if let Some((operation, verdict)) = verdict
                    && let Some(why) = answer::disagreement(&operation, &verdict, &answer)
                {
                    panic!("the verdict of {operation}: {why}\n{sent:?}\n{verdict:?}\n{answer:?}");
                }
                if answer::changes_nothing(sent, &answer) && world.changes() != before {
                    let (before, after) = requests.split_at(at);
                    world.replay(before, after);
                }
            }
        });
    }

    /// Goes to before the request that follows these, and finds out whether it changes anything.
    fn replay(&mut self, before: &[Sent], after: &[Sent]) {
        self.reset();
        for sent in before {
            self.send(sent);
        }
        let Some(sent) = after.first() else { return };
        let held = self.contents();
        let answer = self.send(sent);
        let holds = self.contents();
        if held != holds {
            let lost: Vec<_> = held.iter().filter(|row| !holds.contains(row)).collect();
            let come: Vec<_> = holds.iter().filter(|row| !held.contains(row)).collect();
            panic!(
                "it was refused, or only read, and yet changed something\n{sent:?}\n{answer:?}\n{lost:#?}\n{come:#?}"
            );
        }
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}
