//! PBKDF2, off the threads that serve.

use async_trait::async_trait;
use sha2::Sha256;
use tessera_directory::ports::{DerivationError, KeyDerivation};

/// WebCrypto's limit in Workers, kept here too, so that a password made on one host can be checked on the other.
const MAX_ITERATIONS: u32 = 100_000;

/// PBKDF2 with HMAC-SHA256 by the `pbkdf2` crate, on tokio's blocking threads.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct BlockingDerivation;

#[async_trait]
impl KeyDerivation for BlockingDerivation {
    async fn pbkdf2(&self, password: &str, salt: &[u8], iterations: u32) -> Result<[u8; 32], DerivationError> {
        if !(1..=MAX_ITERATIONS).contains(&iterations) {
            return Err(DerivationError(format!("{iterations} iterations are not within 1 to {MAX_ITERATIONS}")));
        }
        let (password, salt) = (password.as_bytes().to_vec(), salt.to_vec());
        tokio::task::spawn_blocking(move || pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(&password, &salt, iterations))
            .await
            .map_err(|error| DerivationError(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn derives_a_published_key() {
        // RFC 7914, section 11.
        let key = BlockingDerivation.pbkdf2("passwd", b"salt", 1).await.unwrap();
        assert_eq!(key[..8], [0x55, 0xac, 0x04, 0x6e, 0x56, 0xe3, 0x08, 0x9f]);
    }

    #[tokio::test]
    async fn refuses_what_a_worker_would() {
        assert!(BlockingDerivation.pbkdf2("passwd", b"salt", 0).await.is_err());
        assert!(BlockingDerivation.pbkdf2("passwd", b"salt", 100_001).await.is_err());
    }
}
