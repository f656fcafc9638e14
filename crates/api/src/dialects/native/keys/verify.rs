//! `POST /v1/keys/verify`

use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use tessera_directory::key::{self, Scope, Verification};
use tessera_directory::organization::Organization;

use super::{Key, freshness, take_count};
use crate::dialects::native::auth;
use crate::dialects::native::error::Error;
use crate::dialects::native::organizations::Named;
use crate::endpoint::Call;
use crate::members::{Members, Type};
use crate::respond;

#[derive(Serialize)]
struct Verified {
    valid: bool,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<Key>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization: Option<Named>,
}

/// Tells whether a key is good, and whose it is: `valid`, and as `code` one of `valid`, `malformed` (refused without a
/// look-up), `unknown`, `expired`, `revoked`, `usage_exceeded`. To a key, a key of another organization is unknown. A good one may be
/// told by what was so a minute ago, unless the caller asks otherwise. One that has a number of verifications `remaining` is looked
/// up each time, and pays the `cost` out of it, or has not that much left.
pub(in crate::dialects::native) async fn verify(call: Call) -> Result<Response, Error> {
    let caller = auth::authenticate(&call).await?;
    caller.require(Scope::KeysRead)?;
    let Wanted { secret, cost } = read(call.body()?)?;
    let verification = key::verify(&call.directory, &secret, freshness(&call)).await?;
    let (mut code, mut found) = match verification {
        Verification::Valid(found) => ("valid", Some(found)),
        Verification::Expired(found) => ("expired", Some(found)),
        Verification::Revoked(found) => ("revoked", Some(found)),
        Verification::Unknown => ("unknown", None),
        Verification::Malformed => ("malformed", None),
    };
    let is_foreign = |whose: &Organization| caller.organization().is_some_and(|own| own.id != whose.id);
    if let ("valid", Some(found)) = (code, &mut found)
        && found.0.remaining.is_some()
        && !is_foreign(&found.1)
    {
        match key::take(&call.directory, &found.0, cost).await? {
            Some(key) => found.0 = key,
            None => code = "usage_exceeded",
        }
    }
    let verified = match found {
        Some(found) if is_foreign(&found.1) => {
            Verified { valid: false, code: "unknown", key: None, organization: None }
        }
        Some(found) => {
            Verified { valid: code == "valid", code, key: Some(found.0.into()), organization: Some(found.1.into()) }
        }
        None => Verified { valid: false, code, key: None, organization: None },
    };
    // nobody is to keep it for longer than we do
    Ok(respond::uncached(respond::json(StatusCode::OK, &verified)))
}

/// What is to be verified, and what of its uses that costs.
pub(in crate::dialects::native) struct Wanted {
    secret: String,
    cost: i64,
}

/// Reads the key and the cost.
pub(in crate::dialects::native) fn read(body: &[u8]) -> Result<Wanted, Error> {
    let mut members = Members::parse(body)?;
    let secret = members.text("key");
    let secret = members.require("key", secret, Type::Text).unwrap_or_default();
    let cost = take_count(&mut members, "cost");
    let cost = members.non_null("cost", cost, Type::Integer).unwrap_or(1);
    members.refuse_others();
    members.finish()?;
    Ok(Wanted { secret, cost })
}
