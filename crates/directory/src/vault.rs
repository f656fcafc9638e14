//! Secrets: how they are hashed, signed and sealed. A key is derived from the pepper for each use, so that what is
//! made for one use is worth nothing in another.

use std::iter;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::error::Error;

/// The JWT header of every access token: `{"alg":"HS256","typ":"JWT"}`.
const JWT_HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

/// The length of a nonce, in bytes.
pub(crate) const NONCE_LENGTH: usize = 12;

/// The length of a hash of the audit log, in characters.
pub(crate) const HASH_LENGTH: usize = 43;

/// The length of a pepper's name, in characters.
const NAME_LENGTH: usize = 8;

/// What is derived from a pepper.
#[derive(Clone)]
pub(crate) struct Pepper {
    /// By what it is told from another: it stands before all that was sealed under it.
    name: String,
    digests: Hmac<Sha256>,
    access_tokens: Hmac<Sha256>,
    audit: Hmac<Sha256>,
    seals: ChaCha20Poly1305,
}

impl Pepper {
    fn new(pepper: &str) -> Self {
        let mut name = BASE64_URL_SAFE_NO_PAD.encode(derive(pepper, "name"));
        name.truncate(NAME_LENGTH);
        Self {
            name,
            digests: mac(&derive(pepper, "digest")),
            access_tokens: mac(&derive(pepper, "access token")),
            audit: mac(&derive(pepper, "audit")),
            seals: ChaCha20Poly1305::new(&derive(pepper, "seal").into()),
        }
    }

    /// How all that was sealed or proved under it begins.
    pub(crate) fn mark(&self) -> String {
        format!("{}.", self.name)
    }

    /// What is stored of a secret.
    pub(crate) fn digest(&self, secret: impl AsRef<[u8]>) -> String {
        tag(&self.digests, &[secret.as_ref()])
    }

    fn prove(&self, head: &str) -> String {
        format!("{}.{}", self.name, tag(&self.audit, &[b"head\0", head.as_bytes()]))
    }

    fn has_signed(&self, signed: &str, signature: &[u8]) -> bool {
        self.access_tokens.clone().chain_update(signed).verify_slice(signature).is_ok()
    }
}

/// The secrets of one deployment.
#[derive(Clone)]
pub(crate) struct Vault {
    pepper: Pepper,
    previous: Option<Pepper>,
    root: String,
}

impl Vault {
    pub(crate) fn new(root_key: &str, pepper: &str) -> Self {
        Self { pepper: Pepper::new(pepper), previous: None, root: root_key.to_owned() }
    }

    /// The same, that knows what was made under this pepper too.
    pub(crate) fn after(self, previous: &str) -> Self {
        Self { previous: Some(Pepper::new(previous)), ..self }
    }

    /// The pepper before this one, while what was made under it is still good.
    pub(crate) fn previous(&self) -> Option<&Pepper> {
        self.previous.as_ref()
    }

    fn peppers(&self) -> impl Iterator<Item = &Pepper> {
        iter::once(&self.pepper).chain(&self.previous)
    }

    /// What is stored of a secret.
    pub(crate) fn digest(&self, secret: impl AsRef<[u8]>) -> String {
        self.pepper.digest(secret)
    }

    /// By what the head of an audit log is known to be ours.
    pub(crate) fn prove(&self, head: &str) -> String {
        self.pepper.prove(head)
    }

    /// Whether the proof is ours.
    pub(crate) fn has_proved(&self, head: &str, proof: &str) -> bool {
        self.peppers().any(|pepper| same(proof, &pepper.prove(head)))
    }

    /// Whether the secret is the root key. An empty root key opens nothing. The comparison may tell the key's length,
    /// which is no secret, and so needs no digest, of which every request would pay for one more.
    pub(crate) fn is_root(&self, secret: &str) -> bool {
        !secret.is_empty() && same(secret, &self.root)
    }

    /// Signs claims: a JWT with HS256.
    pub(crate) fn sign(&self, claims: &[u8]) -> String {
        let signed = format!("{JWT_HEADER}.{}", BASE64_URL_SAFE_NO_PAD.encode(claims));
        let signature = tag(&self.pepper.access_tokens, &[signed.as_bytes()]);
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
        let is_ours = self.peppers().any(|pepper| pepper.has_signed(signed, &signature));
        is_ours.then(|| BASE64_URL_SAFE_NO_PAD.decode(claims).ok())?
    }

    /// Seals a text that must be shown again. It opens only with the same context.
    pub(crate) fn seal(&self, nonce: [u8; NONCE_LENGTH], text: &str, context: &str) -> Result<String, Error> {
        let payload = Payload { msg: text.as_bytes(), aad: context.as_bytes() };
        let sealed = self
            .pepper
            .seals
            .encrypt(&Nonce::from(nonce), payload)
            .map_err(|_| Error::Internal("a text could not be sealed".into()))?;
        Ok(self.pepper.mark() + &BASE64_URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// Opens what [`Self::seal`] made.
    pub(crate) fn unseal(&self, sealed: &str, context: &str) -> Option<String> {
        let (name, sealed) = sealed.split_once('.')?;
        let pepper = self.peppers().find(|pepper| pepper.name == name)?;
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LENGTH>()?;
        let payload = Payload { msg: sealed, aad: context.as_bytes() };
        String::from_utf8(pepper.seals.decrypt(&Nonce::from(*nonce), payload).ok()?).ok()
    }
}

/// The hash of an entry of the audit log, which binds the one before it. It has no key, so that it outlives every pepper; what
/// nobody else can make is the proof of the last one ([`Vault::prove`]).
pub(crate) fn link(previous: &str, entry: &str) -> String {
    let hash = Sha256::new().chain_update(previous).chain_update("\0").chain_update(entry);
    BASE64_URL_SAFE_NO_PAD.encode(hash.finalize())
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
    let key = Sha256::digest(pepper.as_bytes());
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
    fn what_the_pepper_before_made_is_good_and_nothing_is_made_under_it() {
        let (old, new) = (Vault::new("root", "old"), Vault::new("root", "new"));
        let both = new.clone().after("old");
        let made = |vault: &Vault| {
            (vault.sign(b"{}"), vault.prove("head"), vault.seal([1; NONCE_LENGTH], "secret", "mail").unwrap())
        };
        for (jwt, proof, sealed) in [made(&old), made(&new)] {
            assert!(both.unsign(&jwt).is_some() && both.has_proved("head", &proof));
            assert_eq!(both.unseal(&sealed, "mail").as_deref(), Some("secret"));
        }
        assert_eq!(made(&both), made(&new));
        assert_eq!((both.digest("s"), both.previous().unwrap().digest("s")), (new.digest("s"), old.digest("s")));
        assert!(made(&old).2.starts_with(&both.previous().unwrap().mark()));
        let (jwt, proof, sealed) = made(&old);
        assert!(new.unsign(&jwt).is_none() && !new.has_proved("head", &proof) && new.unseal(&sealed, "mail").is_none());
    }

    #[test]
    fn the_root_key() {
        assert!(Vault::new("root", "p").is_root("root"));
        assert!(!Vault::new("root", "p").is_root("roots"));
        assert!(!Vault::new("", "p").is_root(""));
    }
}
