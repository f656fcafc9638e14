//! The directory: organizations, users, seats, tokens and keys, with their rules and their SQL.
//!
//! One module a noun. What a host must bring is in [`database`] and [`ports`]. A use case is a function over a
//! [`Directory`]: it reads what it must, decides, and writes one batch whose guards are in its SQL.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};
use serde::Serialize;
use tessera_validate::secret::{self, Kind};

use audit::Trail;
use database::{Database, DatabaseError, Row, Statement};
use error::Error;
use ports::{Bucket, Cache, Clock, Entropy, KeyDerivation, Limits, Mailer, Outbound, RetryAfter};
use presumption::{Memory, Presumption};
use vault::Vault;

pub mod api_access;
pub mod audit;
pub mod binding;
pub mod chosen;
pub mod collection;
mod columns;
pub mod credential;
pub mod database;
pub mod delivery;
pub mod demo;
pub mod document;
pub mod end_user;
pub mod error;
pub mod event;
pub mod filter;
pub mod group;
pub mod idempotency;
pub mod inquiry;
pub mod introspection;
pub mod key;
pub mod keyring;
pub mod keystore;
pub mod landscape;
pub mod ldap_group;
pub mod letter;
pub mod mail_delivery;
pub mod member;
pub mod migrations;
pub mod onboarding;
pub mod organization;
pub mod outbox;
pub mod page;
mod password;
pub mod password_policy;
pub mod permission;
pub mod ports;
pub mod preference;
mod presumption;
pub mod readiness;
pub mod recent;
pub mod renewal;
pub mod retention;
pub mod roster;
pub mod seat;
pub mod session;
mod sign_in;
pub mod storage_config;
pub mod task;
pub mod token;
pub mod user;
mod vault;
pub mod webhook_config;
pub mod window;
mod words;

/// An instant, in UTC. The directory keeps milliseconds.
pub type Timestamp = DateTime<Utc>;

/// What a host brings.
#[derive(Clone)]
pub struct Ports {
    /// The store, its migrations applied.
    pub database: Arc<dyn Database>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// PBKDF2.
    pub derivation: Arc<dyn KeyDerivation>,
    /// The way out.
    pub outbound: Arc<dyn Outbound>,
    /// The way out for mail.
    pub mailer: Arc<dyn Mailer>,
    /// What callers are held to.
    pub limits: Limits,
    /// What may be kept near.
    pub cache: Arc<dyn Cache>,
}

/// The directory over one host's ports. Cheap to clone.
#[derive(Clone)]
pub struct Directory {
    ports: Ports,
    vault: Arc<Vault>,
    uses: Arc<key::Uses>,
    recent: Arc<recent::Recent>,
    retention: u32,
    ended_logs: u32,
    trail: Option<Arc<Trail>>,
    session: Option<Arc<Session>>,
    memory: Option<Arc<Memory>>,
    presumption: Option<Arc<Presumption>>,
}

/// A caller's session with the store. Who calls is asked of the store itself, for a copy may not know yet that a secret was revoked.
struct Session {
    store: Arc<dyn Database>,
    is_caller_known: AtomicBool,
}

impl Directory {
    /// A directory that authenticates with these secrets: the root key, which opens everything, and the pepper, under
    /// which every stored secret is hashed.
    pub fn new(ports: Ports, root_key: &str, pepper: &str) -> Self {
        Self {
            ports,
            vault: Arc::new(Vault::new(root_key, pepper)),
            uses: Arc::default(),
            recent: Arc::default(),
            retention: retention::DAYS,
            ended_logs: u32::MAX,
            trail: None,
            session: None,
            memory: None,
            presumption: None,
        }
    }

    /// The same directory, to which what was made under this pepper is still good ([`renewal`]).
    #[must_use]
    pub fn with_previous_pepper(mut self, pepper: &str) -> Self {
        self.vault = Arc::new(Vault::clone(&self.vault).after(pepper));
        self
    }

    /// The same directory, which keeps what is over for so many days ([`retention`]); for good where they begin before all time, as
    /// [`u32::MAX`] do.
    #[must_use]
    pub fn keeping(mut self, days: u32) -> Self {
        self.retention = days;
        self
    }

    /// The same directory, which of deleted organizations keeps the audit logs of so many, those that were deleted last.
    #[must_use]
    pub fn keeping_ended_logs(mut self, number: u32) -> Self {
        self.ended_logs = number;
        self
    }

    /// The current instant.
    pub fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    /// The same directory, with another randomness.
    #[must_use]
    pub fn with_entropy(mut self, entropy: Arc<dyn Entropy>) -> Self {
        self.ports.entropy = entropy;
        self
    }

    /// The same directory for one call, whose reads may come from a copy of the store that is no older than this bookmark, once it
    /// is known who calls. Without a bookmark they come from the store itself.
    #[must_use]
    pub fn in_session(&self, bookmark: Option<&str>) -> Self {
        let session = self.ports.database.session(bookmark);
        let session = session.map(|store| Arc::new(Session { store, is_caller_known: AtomicBool::new(false) }));
        Self { session, ..self.clone() }
    }

    /// How new what the call read and wrote in its session is.
    pub fn bookmark(&self) -> Option<String> {
        self.session.as_ref()?.store.bookmark()
    }

    /// Forgets what it remembers of the store and of callers: for a host that gives the store another content.
    pub fn forget(&self) {
        self.uses.forget();
        self.recent.forget();
        if let Some(memory) = &self.memory {
            memory.forget();
        }
        if let Some(limiter) = &self.ports.limits.limiter {
            limiter.forget();
        }
    }

    /// Counts a call against the limit of a client's address, if there is one.
    pub async fn admit_address(&self, address: &str) -> Result<(), RetryAfter> {
        match &self.ports.limits.limiter {
            Some(limiter) => limiter.admit(Bucket::Address, address).await,
            None => Ok(()),
        }
    }

    /// Whether any call is counted at all.
    pub fn is_limited(&self) -> bool {
        self.ports.limits.limiter.is_some()
    }

    /// Counts a call against the limit of the credential that is presented, if there is one. A digest is made where it is
    /// needed only.
    async fn admit_key(&self, subject: impl FnOnce(&Vault) -> String) -> Result<(), RetryAfter> {
        match &self.ports.limits.limiter {
            Some(limiter) => limiter.admit(Bucket::Key, &subject(&self.vault)).await,
            None => Ok(()),
        }
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Answers, DatabaseError> {
        let known = self.session.as_ref().filter(|session| session.is_caller_known.load(Ordering::Relaxed));
        let store = known.map_or(&self.ports.database, |session| &session.store);
        Ok(Answers(self.run(store, statements).await?.into_iter()))
    }

    /// A new random UUID.
    pub fn new_id(&self) -> String {
        let mut bytes = [0; 16];
        self.ports.entropy.fill(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
    }

    /// So many random small letters and digits.
    pub fn new_code(&self, length: usize) -> String {
        const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
        let mut code = String::with_capacity(length);
        while code.len() < length {
            let mut bytes = [0; 64];
            self.ports.entropy.fill(&mut bytes);
            // of 256 values the last four would make some letters likelier than others
            let even = bytes.iter().filter(|byte| **byte < 252);
            let letters = even.filter_map(|byte| ALPHABET.get(usize::from(byte % 36)).copied().map(char::from));
            let missing = length - code.len();
            code.extend(letters.take(missing));
        }
        code
    }

    fn new_secret(&self, kind: Kind) -> String {
        let mut random = [0; secret::RANDOM_LENGTH];
        self.ports.entropy.fill(&mut random);
        secret::compose(kind, random)
    }

    /// Random letters and digits of ASCII, each as likely as any other.
    fn new_alphanumeric<const LENGTH: usize>(&self) -> String {
        const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let mut text = String::with_capacity(LENGTH);
        let mut bytes = [0; LENGTH];
        while text.len() < LENGTH {
            self.ports.entropy.fill(&mut bytes);
            // 248 is four times 62: a byte from there on would favour some letters
            let fair = bytes.iter().filter(|byte| **byte < 248).filter_map(|byte| ALPHABET.get(usize::from(byte % 62)));
            text.extend(fair.take(LENGTH - text.len()).map(|letter| char::from(*letter)));
        }
        text
    }

    /// Whether the host runs in development, where webhooks may be local.
    pub fn is_development(&self) -> bool {
        self.ports.outbound.is_development()
    }

    fn seal(&self, text: &str, context: &str) -> Result<String, Error> {
        let mut nonce = [0; vault::NONCE_LENGTH];
        self.ports.entropy.fill(&mut nonce);
        self.vault.seal(nonce, text, context)
    }

    fn unseal(&self, sealed: &str, context: &str) -> Option<String> {
        self.vault.unseal(sealed, context)
    }
}

/// The answers of a batch, taken one statement at a time.
struct Answers(std::vec::IntoIter<Vec<Row>>);

impl Answers {
    /// The next statement's rows.
    fn rows(&mut self) -> Result<Vec<Row>, DatabaseError> {
        self.0.next().ok_or_else(|| DatabaseError::Failed("a batch has fewer answers than statements".into()))
    }

    /// The next statement's first row.
    fn row(&mut self) -> Result<Option<Row>, DatabaseError> {
        Ok(self.rows()?.into_iter().next())
    }

    /// The next statement's rows, each read by `read`.
    fn read<T>(&mut self, read: impl Fn(&mut Row) -> Result<T, DatabaseError>) -> Result<Vec<T>, DatabaseError> {
        self.rows()?.into_iter().map(|mut row| read(&mut row)).collect()
    }

    /// The next statement's first row, read by `read`.
    fn read_one<T>(&mut self, read: impl Fn(&mut Row) -> Result<T, DatabaseError>) -> Result<Option<T>, DatabaseError> {
        self.row()?.map(|mut row| read(&mut row)).transpose()
    }
}

impl Row {
    fn time(&mut self) -> Result<Timestamp, DatabaseError> {
        to_time(self.integer()?)
    }

    fn optional_time(&mut self) -> Result<Option<Timestamp>, DatabaseError> {
        self.optional_integer()?.map(to_time).transpose()
    }
}

fn to_time(milliseconds: i64) -> Result<Timestamp, DatabaseError> {
    DateTime::from_timestamp_millis(milliseconds)
        .ok_or_else(|| DatabaseError::Failed(format!("{milliseconds} is no time")))
}

impl From<Timestamp> for database::Value {
    fn from(time: Timestamp) -> Self {
        Self::Integer(time.timestamp_millis())
    }
}

/// Many rows as JSON array parameters for `json_each`, none of them near the two million bytes that D1 takes in one.
fn json_parameters<T: Serialize>(items: &[T]) -> Result<Vec<String>, Error> {
    const LIMIT: usize = 1_000_000;
    let mut parameters = Vec::new();
    let mut array = String::from("[");
    for item in items {
        let json = serde_json::to_string(item).map_err(|error| Error::Internal(error.to_string()))?;
        if array.len() + json.len() > LIMIT && array.len() > 1 {
            array.push(']');
            parameters.push(std::mem::replace(&mut array, String::from("[")));
        }
        if array.len() > 1 {
            array.push(',');
        }
        array.push_str(&json);
    }
    array.push(']');
    parameters.push(array);
    Ok(parameters)
}
