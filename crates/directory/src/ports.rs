//! The other ports: what the directory needs of the world besides a store. Time, randomness and the cost of a password
//! come from nowhere else, so that a test can set them.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use crate::Timestamp;
use async_trait::async_trait;

/// The time.
pub trait Clock: Send + Sync + 'static {
    /// The current instant.
    fn now(&self) -> Timestamp;
}

/// Random bytes, good enough to make secrets of.
pub trait Entropy: Send + Sync + 'static {
    /// Fills the buffer.
    fn fill(&self, buffer: &mut [u8]);
}

/// PBKDF2 with HMAC-SHA256, which is slow by intent: WebCrypto does it at the edge, the `pbkdf2` crate natively.
#[async_trait]
pub trait KeyDerivation: Send + Sync + 'static {
    /// The 32 bytes derived from a password. At most 100,000 iterations, WebCrypto's limit in Workers.
    async fn pbkdf2(&self, password: &str, salt: &[u8], iterations: u32) -> Result<[u8; 32], DerivationError>;
}

/// The host could not derive a key. The text is private.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct DerivationError(pub String);

/// A message that goes out: a POST.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Where it goes: an absolute URL.
    pub url: String,
    /// Its headers, their names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// Its body.
    pub body: String,
}

/// The way out to others' servers.
#[async_trait]
pub trait Outbound: Send + Sync + 'static {
    /// Whether the host runs in development, where messages may go to private addresses, and there without TLS.
    fn is_development(&self) -> bool;

    /// Sends a message, and gives the status of its answer. Redirects are not followed. Unless in development it fails
    /// unsent where the URL leads to a private, loopback or link-local address.
    async fn post(&self, message: Message, timeout: Duration) -> Result<u16, OutboundError>;
}

/// Why a message got no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// It was not sent: its URL leads where messages do not go.
    #[error("the address is private")]
    Private,
    /// The answer took too long.
    #[error("no answer in time")]
    TimedOut,
    /// Anything else.
    #[error("{0}")]
    Failed(String),
}

/// The way out for mail.
#[async_trait]
pub trait Mailer: Send + Sync + 'static {
    /// The address that mail comes from; absent where the host sends none, and all mail stays in the outbox.
    fn sender(&self) -> Option<&str>;

    /// Tells the host that the organization of this number has mail to send: it does so soon, and keeps nobody waiting.
    fn wake(&self, organization: i64);

    /// Hands a mail over.
    async fn send(&self, mail: Outgoing, timeout: Duration) -> Result<(), MailError>;
}

/// A mail on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The address it comes from.
    pub from: String,
    /// The address it goes to.
    pub to: String,
    /// All of it, as RFC 5322 has it.
    pub message: String,
}

/// Why a mail was not taken. The text is told to whoever reads the outbox.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// It never will be.
    #[error("{0}")]
    Refused(String),
    /// Not now.
    #[error("{0}")]
    Failed(String),
}

/// A host that sends no mail.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoMailer;

#[async_trait]
impl Mailer for NoMailer {
    fn sender(&self) -> Option<&str> {
        None
    }

    fn wake(&self, _organization: i64) {}

    async fn send(&self, _mail: Outgoing, _timeout: Duration) -> Result<(), MailError> {
        Err(MailError::Failed("this host sends no mail".to_owned()))
    }
}

/// What callers are held to; by default to nothing.
#[derive(Clone, Default)]
pub struct Limits {
    /// How many calls a caller may make. Absent: any number.
    pub limiter: Option<Arc<dyn Limiter>>,
    /// After how many wrong secrets in a row an account's sign-ins from one address have to wait. Absent: they never do.
    pub sign_in_failures: Option<NonZeroU32>,
}

/// A limit on how many calls a caller may make: a rate-limiting binding at the edge, token buckets natively.
#[async_trait]
pub trait Limiter: Send + Sync + 'static {
    /// Counts a call against this caller's limit, or says when there is room again.
    async fn admit(&self, bucket: Bucket, subject: &str) -> Result<(), RetryAfter>;

    /// Forgets what was counted.
    fn forget(&self) {}
}

/// By what calls are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bucket {
    /// By the credential that is presented. The subject is a digest of it, never the secret.
    Key,
    /// By the client's address, before anybody is recognized.
    Address,
}

/// After how many seconds a call may be made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryAfter(pub u32);

impl RetryAfter {
    /// The whole seconds in which so many milliseconds have passed; one at the least.
    pub fn milliseconds(wait: i64) -> Self {
        let seconds = wait.max(1).unsigned_abs().div_ceil(1000);
        Self(u32::try_from(seconds).unwrap_or(u32::MAX))
    }
}

/// A store of texts near to whoever asks, which may forget, and hears late of what is written elsewhere. Whatever fails in it is its own
/// to log: what cannot be read is not kept.
#[async_trait]
pub trait Cache: Send + Sync + 'static {
    /// What is kept under a name, if anything.
    async fn get(&self, name: &str) -> Option<String>;

    /// Keeps a text under a name for so long. That is done soon, and keeps nobody waiting.
    fn put(&self, name: String, text: String, time_to_live: Duration);

    /// Forgets what is kept under a name, likewise.
    fn delete(&self, name: String);
}

/// A host that keeps nothing but what is in its memory.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoCache;

#[async_trait]
impl Cache for NoCache {
    async fn get(&self, _name: &str) -> Option<String> {
        None
    }

    fn put(&self, _name: String, _text: String, _time_to_live: Duration) {}

    fn delete(&self, _name: String) {}
}

/// Whether messages to this address stay home unless in development: it is not of the public internet.
pub fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, ..] = address.octets();
            address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_broadcast()
                || address.is_documentation()
                || address.is_multicast()
                // 0.0.0.0/8 is this host; 100.64.0.0/10 a carrier's own net; 198.18.0.0/15 for benchmarks; 240.0.0.0/4
                || a == 0
                || (a == 100 && (64..128).contains(&b))
                || (a == 198 && (b == 18 || b == 19))
                || a >= 240
        }
        IpAddr::V6(address) => {
            let [first, second, ..] = address.segments();
            address.is_loopback()
                || address.is_unspecified()
                || address.is_unique_local()
                || address.is_unicast_link_local()
                || address.is_multicast()
                // 64:ff9b::/96 and 2002::/16 may lead to any IPv4 address; ::/96 did
                || (first == 0x64 && second == 0xff9b)
                || first == 0x2002
                || address.segments().iter().take(6).all(|segment| *segment == 0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_private() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "::7f00:1",
            "2002:7f00:1::",
        ] {
            assert!(is_private(private.parse().unwrap()), "{private}");
        }
        for public in ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8"] {
            assert!(!is_private(public.parse().unwrap()), "{public}");
        }
    }
}
