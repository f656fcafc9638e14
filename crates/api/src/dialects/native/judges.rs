//! The operations that judge.

use super::error::Error;
use super::oauth::introspect::{self, Failure};
use super::{audit, deliveries, fixtures, idempotency, input, keys, organizations, outbox, tokens, users};
use crate::endpoint::Received;
use crate::verdict::{self, Judge, Judges, Vendor, Verdict};

const PAGE: Judge<Error> = |call, _| input::page(call).map(Verdict::good);

const JUDGES: &Judges<Error> = &[
    ("create_organization", |call, _| creating(call, organizations::create::read)),
    ("update_organization", |call, _| organizations::update::read(call.body()?).map(Verdict::good)),
    ("create_user", |call, _| creating(call, users::create::read)),
    ("update_user", |call, _| users::update::read(call.body()?).map(Verdict::good)),
    ("assign_seat", |call, _| Ok(Verdict::good(call.body()?))),
    ("issue_token", |call, _| creating(call, tokens::issue::read)),
    ("extend_token", |call, _| tokens::extend::read(call.body()?).map(Verdict::good)),
    ("replace_fixtures", |call, _| fixtures::replace::read(call.body()?).map(Verdict::good)),
    ("create_key", |call, _| creating(call, keys::create::read)),
    ("rotate_key", |call, _| creating(call, keys::rotate::read)),
    ("verify_key", |call, _| keys::verify::read(call.body()?).map(Verdict::good)),
    ("list_organizations", PAGE),
    ("list_users", PAGE),
    ("list_seats", PAGE),
    ("list_tokens", PAGE),
    ("list_keys", PAGE),
    ("list_outbox", |call, _| outbox::list::read(call).map(Verdict::good)),
    ("list_deliveries", |call, _| deliveries::list::read(call).map(Verdict::good)),
    ("list_audit", |call, _| audit::read(call).map(Verdict::good)),
    ("export_audit", |call, _| audit::read(call).map(Verdict::good)),
    ("verify_audit", PAGE),
];

/// What makes something reads its `Idempotency-Key` first, as the operations that are made by `super::creating` do.
fn creating<T>(call: &Received, read: impl FnOnce(&[u8]) -> Result<T, Error>) -> Result<Verdict, Error> {
    idempotency::read(call)?;
    read(call.body()?).map(Verdict::good)
}

/// Those whose refusals are OAuth's.
const OAUTH: &Judges<Failure> = &[("introspect", |call, _| introspect::read(call).map(Verdict::good))];

/// Tessera's own API.
pub const VENDOR: Vendor = Vendor::new(
    "native",
    || [verdict::names(JUDGES), verdict::names(OAUTH)].concat(),
    |operation, call, assumed| {
        let judged = verdict::by(JUDGES, operation, call, assumed);
        judged.or_else(|| verdict::by(OAUTH, operation, call, assumed))
    },
);
