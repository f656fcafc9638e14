//! The other ports: what the directory needs of the world besides a store. Time, randomness and the cost of a password
//! come from nowhere else, so that a test can set them.

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
