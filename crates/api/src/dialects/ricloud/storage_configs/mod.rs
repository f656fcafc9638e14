//! Storage configs: buckets of Google's or Amazon's. Credentials are looked at and never echoed [S].

use serde::Serialize;
use serde_json::{Map, Value};
use tessera_directory::storage_config::{Fits, State, StorageConfig};

use super::input::{self, date};
use crate::members::{Fault, Given, Members, Type};

pub(super) mod create;
pub(super) mod delete;
pub(super) mod get;
pub(super) mod list;
pub(super) mod test;
pub(super) mod update;

pub(super) const URL: &str = "/configs/storage";
const CREDENTIALS: &str = "credentials";
const MAX_URL: usize = 2048;

/// `{}`.
#[derive(Serialize)]
struct Nothing {}

/// A storage config at its own path.
#[derive(Serialize)]
struct StorageConfigView {
    id: i64,
    resource: &'static str,
    organisation: i64,
    r#type: &'static str,
    url: String,
    credentials: Nothing,
    signed_urls_enabled: bool,
    signed_urls_expiry: Option<i64>,
    state: &'static str,
    date_created: String,
}

/// A storage config inside an organisation.
#[derive(Serialize)]
pub(super) struct NestedStorageConfig {
    id: i64,
    resource: &'static str,
    r#type: &'static str,
    url: String,
    credentials: Nothing,
    state: &'static str,
    date_created: String,
}

fn view(organisation: i64, config: StorageConfig) -> StorageConfigView {
    StorageConfigView {
        id: config.seq,
        resource: "storage_config",
        organisation,
        r#type: kind(&config.url),
        url: config.url,
        credentials: Nothing {},
        signed_urls_enabled: config.signed_urls,
        signed_urls_expiry: config.signed_urls_expiry,
        state: config.state.as_str(),
        date_created: date(config.created_at),
    }
}

impl From<StorageConfig> for NestedStorageConfig {
    fn from(config: StorageConfig) -> Self {
        Self {
            id: config.seq,
            resource: "storage_config",
            r#type: kind(&config.url),
            url: config.url,
            credentials: Nothing {},
            state: config.state.as_str(),
            date_created: date(config.created_at),
        }
    }
}

fn kind(url: &str) -> &'static str {
    if url.starts_with("s3:") { "s3" } else { "gs" }
}

/// Takes the URL: `gs://<bucket>[/<path>]`, or `s3`.
fn take_url(members: &mut Members) -> Given<String> {
    const NAME: &str = "url";
    let url = members.text(NAME);
    if let Given::Value(text) = &url
        && !is_bucket(text)
    {
        input::note(members, NAME, "This should be gs:// or s3://, a bucket and, if need be, a path within it.");
    }
    url
}

fn is_bucket(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("gs://").or_else(|| url.strip_prefix("s3://")) else { return false };
    let bucket = rest.split('/').next().unwrap_or_default();
    let is_end = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    url.len() <= MAX_URL
        && !url.chars().any(char::is_control)
        && (3..=63).contains(&bucket.len())
        && bucket.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-'))
        && is_end(bucket.as_bytes().first())
        && is_end(bucket.as_bytes().last())
}

/// Takes the credentials: what they are good for is all that is kept of them.
fn take_credentials(members: &mut Members) -> Given<Map<String, Value>> {
    match members.take(CREDENTIALS) {
        Given::Absent => Given::Absent,
        Given::Null => Given::Null,
        Given::Value(Value::Object(credentials)) => Given::Value(credentials),
        Given::Value(_) => {
            members.note(CREDENTIALS, Fault::Type(Type::Object));
            Given::Absent
        }
    }
}

/// For which types of bucket these credentials have the form [D, C].
fn fits(credentials: &Map<String, Value>) -> Fits {
    let text = |name: &str| credentials.get(name).and_then(Value::as_str).unwrap_or_default();
    let has = |names: &[&str]| names.iter().all(|name| !text(name).is_empty());
    Fits {
        gs: has(&["client_email", "private_key", "project_id"]) && text("type") == "service_account",
        s3: has(&["access_key_id", "secret_access_key"]),
    }
}

/// Takes `signed_urls_enabled` and `signed_urls_expiry`.
fn take_signing(members: &mut Members) -> (Option<bool>, Option<Option<i64>>) {
    const ENABLED: &str = "signed_urls_enabled";
    const EXPIRY: &str = "signed_urls_expiry";
    let enabled = members.boolean(ENABLED);
    let enabled = members.non_null(ENABLED, enabled, Type::Boolean);
    let expiry = members.integer(EXPIRY).change();
    // above 2^53 JavaScript has no whole numbers, and no store at the edge either
    if expiry.flatten().is_some_and(|seconds| !(1..=1 << 53).contains(&seconds)) {
        input::note(members, EXPIRY, "This should be at least 1.");
    }
    (enabled, expiry)
}

/// A config as it is told when it is gone.
fn gone(organisation: i64, mut config: StorageConfig) -> StorageConfigView {
    config.state = State::Deactivated;
    view(organisation, config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets() {
        for good in ["gs://abc", "s3://a.b_c-9/x/y z?", "gs://acme-results/"] {
            assert!(is_bucket(good), "{good}");
        }
        for bad in [
            "",
            "gs://",
            "gs://ab",
            "ftp://abc",
            "gs:abc",
            "gs://Abc",
            "gs://-abc",
            "gs://abc.",
            "GS://abc",
            "abc",
            "gs://a?b",
        ] {
            assert!(!is_bucket(bad), "{bad}");
        }
        assert!(!is_bucket(&format!("gs://{}", "a".repeat(64))));
    }
}
