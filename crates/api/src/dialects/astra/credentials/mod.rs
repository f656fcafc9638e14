//! Credentials [S, L]. What one holds is in no answer.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::Method;
use serde_json::{Map, Value};
use tessera_directory::binding::Role;
use tessera_directory::document::Shape::{Column, Object, Word};
use tessera_directory::keystore::{self, Contents, KeyType, Survey, columns};
use tessera_directory::password_policy::PasswordPolicy;

use super::auth::Caller;
use super::body::{Body, peek};
use super::error::Error;
use super::media::{Resource, metadata};
use super::read;
use crate::endpoint::Call;

pub(super) mod create;
pub(super) mod delete;
pub(super) mod get;
pub(super) mod list;
pub(super) mod update;

/// Credentials.
pub(super) const CREDENTIAL: Resource = Resource {
    media: "application/astra-credential",
    versions: &["1.0", "1.1"],
    table: &keystore::TABLE,
    shape: &Object(&[
        ("metadata", metadata!(columns)),
        ("type", Word("application/astra-credential")),
        ("version", Word("1.1")),
        ("id", Column(columns::ID)),
        ("name", Column(columns::NAME)),
        ("keyType", Column(columns::KEY_TYPE)),
        ("valid", Column(columns::VALID)),
        ("validFromTimestamp", Column(columns::VALID_FROM)),
        ("validUntilTimestamp", Column(columns::VALID_UNTIL)),
    ]),
};

fn take_name(body: &mut Body) -> Option<String> {
    let name = body.text_of("name", 1, 127);
    body.require("name", name)
}

fn take_key_type(body: &mut Body) -> Option<KeyType> {
    body.word("keyType", KeyType::WORDS, KeyType::parse)
}

/// What a credential of this type holds; nothing where the keys are not what the type needs. Each key is base64.
fn contents(key_type: Option<KeyType>, keys: Map<String, Value>) -> Option<Contents> {
    let has = |name: &str| keys.contains_key(name);
    let decoded = |name: &str| BASE64_STANDARD.decode(keys.get(name)?.as_str()?).ok();
    let holds = match key_type {
        None | Some(KeyType::Generic) => !keys.is_empty(),
        Some(KeyType::ApiKey) => has("apikey"),
        Some(KeyType::Certificate) => has("certificate"),
        Some(KeyType::PrivateKey) => has("privkey"),
        Some(KeyType::S3) => has("accessKey") && has("accessSecret"),
        Some(KeyType::Kubeconfig) => keys.len() == 1 && decoded("base64").is_some_and(|config| is_kubeconfig(&config)),
        Some(KeyType::PasswordHash) => {
            let password = String::from_utf8(decoded("cleartext")?).ok().filter(|password| !password.is_empty())?;
            let must_change = match decoded("change")?.as_slice() {
                b"true" => true,
                b"false" => false,
                _ => return None,
            };
            return Some(Contents::Password { password, must_change });
        }
    };
    holds.then_some(Contents::Keys(keys))
}

/// What decides about the path's credential, and about the user whom the body names; refused to whoever may not write
/// it: a passwordHash is an admin's, an owner's is an owner's, any other a member's.
async fn survey(call: &Call, caller: &Caller) -> Result<Survey, Error> {
    caller.require(Role::Member)?;
    // a body on DELETE is ignored
    let peek = |name| if call.parts.method == Method::DELETE { None } else { peek(call, name) };
    let named = peek("name").unwrap_or_default().to_ascii_lowercase();
    let id = read::id(call, "credential_id");
    let survey = keystore::survey(&call.directory, &caller.organization, &id, &named, CREDENTIAL.shape).await?;
    let is_password = |key_type: Option<KeyType>| key_type == Some(KeyType::PasswordHash);
    if let Some(stored) = survey.stored.as_ref().filter(|stored| is_password(stored.key_type)) {
        caller.require(Role::Admin)?;
        caller.spare(stored.role)?;
    } else if is_password(peek("keyType").as_deref().and_then(KeyType::parse)) {
        caller.require(Role::Admin)?;
        caller.spare(survey.role)?;
    }
    Ok(survey)
}

/// Refuses a password that the organization's policy does not admit. One that was given no policy has the default of
/// another dialect, which refuses the seed's own password, and so is asked for nothing but a password.
pub(super) fn check_policy(policy: Option<PasswordPolicy>, password: &str) -> Result<(), Error> {
    match policy {
        Some(policy) if !policy.admits(password) => {
            Err(Error::invalid("keyStore", "the account's password policy does not admit this password"))
        }
        Some(_) | None => Ok(()),
    }
}

/// Whether this is JSON that tells of one cluster.
fn is_kubeconfig(text: &[u8]) -> bool {
    let config: Option<Value> = serde_json::from_slice(text).ok();
    let clusters = config.as_ref().and_then(|config| config.get("clusters")?.as_array());
    clusters.is_some_and(|clusters| clusters.len() == 1)
}
