//! Secrets: how they are hashed, signed and sealed. A key is derived from the pepper for each use, so that what is
//! made for one use is worth nothing in another.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use crate::error::Error;

/// The JWT header of every access token: `{"alg":"HS256","typ":"JWT"}`.
const JWT_HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

/// The length of a nonce, in bytes.
pub(crate) const NONCE_LENGTH: usize = 12;

/// The length of a hash of the audit log, in characters.
pub(crate) const HASH_LENGTH: usize = 43;

/// The secrets of one deployment.
#[derive(Clone)]
pub(crate) struct Vault {
    digests: Hmac<Sha256>,
    access_tokens: Hmac<Sha256>,
    audit: Hmac<Sha256>,
    seals: ChaCha20Poly1305,
    root: String,
}

impl Vault {
    pub(crate) fn new(root_key: &str, pepper: &str) -> Self {
        Self {
            digests: mac(&derive(pepper, "digest")),
            access_tokens: mac(&derive(pepper, "access token")),
            audit: mac(&derive(pepper, "audit")),
            seals: ChaCha20Poly1305::new(&derive(pepper, "seal").into()),
            root: root_key.to_owned(),
        }
    }

    /// What is stored of a secret.
    pub(crate) fn digest(&self, secret: impl AsRef<[u8]>) -> String {
        tag(&self.digests, &[secret.as_ref()])
    }

    /// The hash of an entry of the audit log, which binds the one before it.
    pub(crate) fn link(&self, previous: &str, entry: &str) -> String {
        tag(&self.audit, &[b"entry\0", previous.as_bytes(), b"\0", entry.as_bytes()])
    }

    /// By what the head of an audit log is known to be ours.
    pub(crate) fn prove(&self, head: &str) -> String {
        tag(&self.audit, &[b"head\0", head.as_bytes()])
    }

    /// Whether the secret is the root key. An empty root key opens nothing. The comparison may tell the key's length,
    /// which is no secret, and so needs no digest, of which every request would pay for one more.
    pub(crate) fn is_root(&self, secret: &str) -> bool {
        !secret.is_empty() && same(secret, &self.root)
    }

    /// Signs claims: a JWT with HS256.
    pub(crate) fn sign(&self, claims: &[u8]) -> String {
        let signed = format!("{JWT_HEADER}.{}", BASE64_URL_SAFE_NO_PAD.encode(claims));
        let signature = tag(&self.access_tokens, &[signed.as_bytes()]);
        format!("{signed}.{signature}")
    }

    /// The claims of a JWT that we signed.
    pub(crate) fn unsign(&self, jwt: &str) -> Option<Vec<u8>> {
        let (signed, signature) = jwt.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        if header != JWT_HEADER {
            return None;
        }
        let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).ok()?;
        self.access_tokens.clone().chain_update(signed).verify_slice(&signature).ok()?;
        BASE64_URL_SAFE_NO_PAD.decode(claims).ok()
    }

    /// Seals a text that must be shown again. It opens only with the same context.
    pub(crate) fn seal(&self, nonce: [u8; NONCE_LENGTH], text: &str, context: &str) -> Result<String, Error> {
        let payload = Payload { msg: text.as_bytes(), aad: context.as_bytes() };
        let sealed = self
            .seals
            .encrypt(&Nonce::from(nonce), payload)
            .map_err(|_| Error::Internal("a text could not be sealed".into()))?;
        Ok(BASE64_URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// Opens what [`Self::seal`] made.
    pub(crate) fn unseal(&self, sealed: &str, context: &str) -> Option<String> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LENGTH>()?;
        let payload = Payload { msg: sealed, aad: context.as_bytes() };
        String::from_utf8(self.seals.decrypt(&Nonce::from(*nonce), payload).ok()?).ok()
    }
}

/// Whether two texts are the same, in a time that tells nothing of where they differ.
pub(crate) fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

/// The tag of a text in these parts, under a key.
fn tag(key: &Hmac<Sha256>, parts: &[&[u8]]) -> String {
    let mut mac = key.clone();
    for part in parts {
        mac.update(part);
    }
    BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

/// HMAC pads a key that is shorter than its block with zeros.
fn mac(key: &[u8; 32]) -> Hmac<Sha256> {
    let mut block = [0; 64];
    for (into, byte) in block.iter_mut().zip(key) {
        *into = *byte;
    }
    Hmac::new(&block.into())
}

fn derive(pepper: &str, purpose: &str) -> [u8; 32] {
    let key = <Sha256 as sha2::Digest>::digest(pepper.as_bytes());
    mac(&key.into()).chain_update("tessera ").chain_update(purpose).finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jwt_is_ours_or_nothing() {
        let vault = Vault::new("root", "pepper");
        let jwt = vault.sign(b"{\"a\":1}");
        assert_eq!(vault.unsign(&jwt).as_deref(), Some(b"{\"a\":1}".as_slice()));
        assert!(Vault::new("root", "other").unsign(&jwt).is_none());
        let none = format!("eyJhbGciOiJub25lIn0.{}.", BASE64_URL_SAFE_NO_PAD.encode("{}"));
        for forged in ["", ".", "..", &jwt[..jwt.len() - 2], &none, &format!("{jwt}x")] {
            assert!(vault.unsign(forged).is_none(), "{forged}");
        }
    }

    #[test]
    fn a_seal_opens_in_its_context_alone() {
        let vault = Vault::new("root", "pepper");
        let sealed = vault.seal([1; NONCE_LENGTH], "secret", "mail 1").unwrap();
        assert_eq!(vault.unseal(&sealed, "mail 1").as_deref(), Some("secret"));
        assert_eq!(vault.unseal(&sealed, "mail 2"), None);
        assert_eq!(vault.unseal("", "mail 1"), None);
    }

    #[test]
    fn the_root_key() {
        assert!(Vault::new("root", "p").is_root("root"));
        assert!(!Vault::new("root", "p").is_root("roots"));
        assert!(!Vault::new("", "p").is_root(""));
    }
}
