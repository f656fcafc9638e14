//! Passwords at rest: PBKDF2 with HMAC-SHA256, written in the PHC string format on every host.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use subtle::ConstantTimeEq as _;

use crate::Directory;
use crate::error::Error;

/// WebCrypto in Workers admits no more.
const ITERATIONS: u32 = 100_000;
const SALT_LENGTH: usize = 16;

/// A hash of no password that anybody knows: verified against when there is no user, so that the time an answer takes
/// does not tell whether there is one.
const NOBODY: &str = "$pbkdf2-sha256$i=100000,l=32$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Hashes a password with a new salt.
pub(crate) async fn hash(directory: &Directory, password: &str) -> Result<String, Error> {
    let mut salt = [0; SALT_LENGTH];
    directory.ports.entropy.fill(&mut salt);
    let key = directory.ports.derivation.pbkdf2(password, &salt, ITERATIONS).await?;
    Ok(format!(
        "$pbkdf2-sha256$i={ITERATIONS},l=32${}${}",
        BASE64_STANDARD_NO_PAD.encode(salt),
        BASE64_STANDARD_NO_PAD.encode(key)
    ))
}

/// Whether the password is the one that was hashed. Without a hash it takes as long, and is not.
pub(crate) async fn verify(directory: &Directory, password: &str, hash: Option<&str>) -> Result<bool, Error> {
    let Some((iterations, salt, key)) = parse(hash.unwrap_or(NOBODY)) else {
        return Err(Error::Internal("a stored password hash is malformed".into()));
    };
    let derived = directory.ports.derivation.pbkdf2(password, &salt, iterations).await?;
    Ok(bool::from(derived.ct_eq(&key)) && hash.is_some())
}

fn parse(phc: &str) -> Option<(u32, Vec<u8>, Vec<u8>)> {
    let mut parts = phc.strip_prefix("$pbkdf2-sha256$i=")?.split('$');
    let iterations = parts.next()?.strip_suffix(",l=32")?.parse().ok()?;
    let salt = BASE64_STANDARD_NO_PAD.decode(parts.next()?).ok()?;
    let key = BASE64_STANDARD_NO_PAD.decode(parts.next()?).ok()?;
    Some((iterations, salt, key))
}
