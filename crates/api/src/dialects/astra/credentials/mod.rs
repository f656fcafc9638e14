//! Credentials [S, L]. What one holds is in no answer.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value};
use tessera_directory::document::Shape::{Column, Object, Word};
use tessera_directory::keystore::{self, Contents, KeyType, columns};
use tessera_directory::password_policy;

use super::auth::Caller;
use super::body::Body;
use super::error::Error;
use super::media::Resource;
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
        (
            "metadata",
            Object(&[
                ("creationTimestamp", Column(columns::CREATED_AT)),
                ("modificationTimestamp", Column(columns::UPDATED_AT)),
                ("createdBy", Column(columns::CREATED_BY)),
                ("labels", Column(columns::LABELS)),
            ]),
        ),
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

/// The key type that a body names.
fn key_type_of(word: Option<&str>) -> Option<KeyType> {
    KeyType::parse(word?)
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

/// Refuses a password that the organization's policy does not admit. One that was given no policy has the default of
/// another dialect, which refuses the seed's own password, and so is asked for nothing but a password.
async fn check_policy(call: &Call, caller: &Caller, password: &str) -> Result<(), Error> {
    match password_policy::given(&call.directory, &caller.organization).await? {
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
