//! PBKDF2 at the edge: WebCrypto's, native code which does not count as the wasm's own time.

use async_trait::async_trait;
use tessera_directory::ports::{DerivationError, KeyDerivation};
use worker::js_sys::Uint8Array;

use crate::glue;

/// WebCrypto's PBKDF2.
pub(crate) struct WebCrypto;

#[async_trait]
impl KeyDerivation for WebCrypto {
    async fn pbkdf2(&self, password: &str, salt: &[u8], iterations: u32) -> Result<[u8; 32], DerivationError> {
        let promise = glue::pbkdf2(password.as_bytes().to_vec(), salt.to_vec(), iterations);
        let key = glue::resolve(promise).await.map_err(DerivationError)?;
        let key = Uint8Array::from(key).to_vec();
        key.try_into().map_err(|_| DerivationError("WebCrypto gave a key that is not 32 bytes long".into()))
    }
}
