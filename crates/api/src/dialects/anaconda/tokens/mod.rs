//! A user's tokens. Of those that are not revoked there is one at the most.

use chrono::Months;
use tessera_directory::Timestamp;

use crate::members::{Fault, Given, Members, Type};
use crate::time;

pub(super) mod create;
pub(super) mod delete;
pub(super) mod list;
pub(super) mod revoke;
pub(super) mod update;

const EXPIRES_AT: &str = "expires_at";
const TOLERANCE: &str = "expiration_tolerance_months";

/// Takes `expires_at` with `expiration_tolerance_months`, calendar months that are added to it.
fn take_expiry(members: &mut Members) -> Given<Timestamp> {
    let expires_at = members.time(EXPIRES_AT);
    let months = take_tolerance(members);
    let Given::Value(base) = expires_at else { return expires_at };
    let Some(end) = base.checked_add_months(Months::new(months)).filter(|end| time::is_writable(*end)) else {
        members.note(TOLERANCE, Fault::Value("value_error", TOO_FAR.into()));
        return expires_at;
    };
    Given::Value(end)
}

/// Takes `expiration_tolerance_months`.
fn take_tolerance(members: &mut Members) -> u32 {
    let months = members.integer(TOLERANCE);
    let months = members.non_null(TOLERANCE, months, Type::Integer).unwrap_or_default();
    u32::try_from(months).unwrap_or_else(|_| {
        let message = if months < 0 { "Input should be greater than or equal to 0" } else { TOO_FAR };
        members.note(TOLERANCE, Fault::Value("greater_than_equal", message.into()));
        0
    })
}

const TOO_FAR: &str = "The expiry should lie before the year 10000";
