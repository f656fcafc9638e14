//! Keys: the organization's own, whichever dialect made them. A token is told whole where it is made, and to whoever
//! presents it; only a hash of it is kept [T].

use serde::Serialize;
use tessera_directory::Timestamp;
use tessera_directory::keyring::HeldKey;
use tessera_directory::preference::Preferences;

use super::auth::Caller;
use super::input::date;

pub(super) mod create;
pub(super) mod current;
pub(super) mod get;
pub(super) mod list;
pub(super) mod rotate;
pub(super) mod update;

const URL: &str = "/keys";
const STORAGE: &str = "storage_config";
const WEBHOOK: &str = "webhook_config";
/// What is told instead of a token.
const MASK: &str = "****************";

/// `{}` or `{"publish_source_files": <bool>}`.
#[derive(Serialize)]
pub(super) struct Config {
    #[serde(skip_serializing_if = "Option::is_none")]
    publish_source_files: Option<bool>,
}

impl From<&Preferences> for Config {
    fn from(preferences: &Preferences) -> Self {
        Self { publish_source_files: preferences.publish_source_files }
    }
}

/// A key, as every answer shows it.
#[derive(Serialize)]
struct KeyView {
    id: i64,
    resource: &'static str,
    organisation: i64,
    r#type: &'static str,
    config: Config,
    storage_config: Option<i64>,
    webhook_config: Option<i64>,
    token: String,
    state: &'static str,
    date_created: String,
    date_expires: Option<String>,
}

/// A key for the caller, who is told its own token.
fn view(caller: &Caller, now: Timestamp, held: &HeldKey) -> KeyView {
    let token = if held.key.seq == caller.key.seq { caller.token.clone() } else { MASK.to_owned() };
    with_token(caller, now, held, token)
}

/// A key with a token that was just made.
fn with_token(caller: &Caller, now: Timestamp, held: &HeldKey, token: String) -> KeyView {
    KeyView {
        id: held.key.seq,
        resource: "key",
        organisation: caller.organization.number,
        r#type: "standard",
        config: Config::from(&held.preferences),
        storage_config: held.preferences.storage_config,
        webhook_config: held.preferences.webhook_config,
        token,
        state: state(held, now),
        date_created: date(held.key.created_at),
        date_expires: held.key.expires_at.map(date),
    }
}

/// A key's state. One that was revoked through another dialect cannot be turned on here: it is blocked.
fn state(held: &HeldKey, now: Timestamp) -> &'static str {
    if held.key.revoked_at.is_some() {
        "blocked"
    } else if held.key.expires_at.is_some_and(|end| end <= now) {
        "expired"
    } else if held.deactivated_at.is_some() {
        "deactivated"
    } else {
        "active"
    }
}
