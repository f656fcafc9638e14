//! The organization's keys.

use serde::Serialize;
use tessera_directory::key::{Freshness, Key as Domain, Scope};

use crate::endpoint::Received;
use crate::members::{Fault, Given, Members};
use crate::time;

pub(super) mod create;
pub(super) mod get;
pub(super) mod list;
pub(super) mod revoke;
pub(super) mod rotate;
pub(super) mod verify;

/// The most verifications that a key may have left, and that one of them may cost.
const MAX_REMAINING: i64 = 1_000_000_000;

/// Takes a number of verifications.
fn take_count(members: &mut Members, member: &str) -> Given<i64> {
    let given = members.integer(member);
    if let Given::Value(count) = given
        && !(0..=MAX_REMAINING).contains(&count)
    {
        members.note(member, Fault::Value("range", format!("0 to {MAX_REMAINING}")));
    }
    given
}

/// A key without its secret.
#[derive(Serialize)]
struct Key {
    id: String,
    name: String,
    kind: &'static str,
    scopes: Vec<&'static str>,
    expires_at: Option<String>,
    revoked_at: Option<String>,
    previous_secret_until: Option<String>,
    remaining: Option<i64>,
    last_used_at: Option<String>,
    created_at: String,
}

impl From<Domain> for Key {
    fn from(key: Domain) -> Self {
        Self {
            id: key.id,
            name: key.name,
            kind: key.kind.as_str(),
            scopes: key.scopes.into_iter().map(Scope::as_str).collect(),
            expires_at: key.expires_at.map(time::with_z),
            revoked_at: key.revoked_at.map(time::with_z),
            previous_secret_until: key.previous_until.map(time::with_z),
            remaining: key.remaining,
            last_used_at: key.last_used_at.map(time::with_z),
            created_at: time::with_z(key.created_at),
        }
    }
}

/// How fresh the caller wants a verification to be: `Cache-Control: no-cache` is RFC 9111's word for one of this moment.
pub(super) fn freshness(call: &Received) -> Freshness {
    let directives = call.header("cache-control").unwrap_or_default();
    let wants_now = directives.split(',').any(|directive| directive.trim().eq_ignore_ascii_case("no-cache"));
    if wants_now { Freshness::Now } else { Freshness::Recent }
}

/// A key with its secret, which is told this once.
#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    described: Key,
    secret: String,
}
