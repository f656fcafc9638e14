//! A user's tokens. Of those that are not revoked there is one at the most.

use chrono::Months;
use tessera_directory::Timestamp;

use crate::members::{Fault, Given, Members};
use crate::time;

pub(super) mod create;
pub(super) mod delete;
pub(super) mod list;
pub(super) mod revoke;
pub(super) mod update;

/// Takes `expires_at` with `expiration_tolerance_months`, calendar months that are added to it.
fn take_expiry(members: &mut Members) -> Given<Timestamp> {
    const TOLERANCE: &str = "expiration_tolerance_months";
    let expires_at = members.time("expires_at");
    let months = members.integer(TOLERANCE).value().unwrap_or(0);
    let Ok(months) = u32::try_from(months) else {
        let message = if months < 0 { "Input should be greater than or equal to 0" } else { TOO_FAR };
        members.note(TOLERANCE, Fault::Value("greater_than_equal", message.into()));
        return Given::Absent;
    };
    let Given::Value(base) = expires_at else { return expires_at };
    let end = base.checked_add_months(Months::new(months)).filter(|end| time::is_writable(*end));
    if end.is_none() {
        members.note(TOLERANCE, Fault::Value("value_error", TOO_FAR.into()));
    }
    end.map_or(Given::Absent, Given::Value)
}

const TOO_FAR: &str = "The expiry should lie before the year 10000";
