//! `PUT /passwordPolicy` [D]

use std::ops::RangeInclusive;

use axum::response::Response;
use http::StatusCode;
use tessera_directory::organization::Organization;
use tessera_directory::password_policy::{self, PasswordPolicy};
use tessera_validate::password_policy::{COUNT_RANGE, LENGTH_RANGE};

use super::{DIGITS, LENGTH, LOWERCASE, MARKS, UPPERCASE};
use crate::dialects::appoptima::error::{Error, Violation};
use crate::endpoint::Call;
use crate::members::{Given, Members};
use crate::respond;
use crate::verdict::{Code, Problem};

const INVALID: &str = "Invalid password policy";

/// Replaces the policy, for the calls from the next one on. There is one realm, and `realmId` is not looked at [D].
pub(in crate::dialects::appoptima) async fn update(call: Call, organization: Organization) -> Result<Response, Error> {
    let policy = read(call.body()?)?;
    password_policy::replace(&call.directory, &organization, policy).await?;
    Ok(respond::empty(StatusCode::NO_CONTENT))
}

/// Reads the policy.
pub(in crate::dialects::appoptima) fn read(body: &[u8]) -> Result<PasswordPolicy, Error> {
    // nothing at all is a policy of which every member is missing
    let body = if matches!(body.trim_ascii(), b"" | b"null") { b"{}" } else { body };
    let mut members =
        Members::parse(body).map_err(|problem| Error::Unfit(Problem::of_fault(&problem, INVALID).code, INVALID))?;
    let mut violations = Vec::new();
    let mut take = |member, range: RangeInclusive<i64>| match members.integer(member) {
        Given::Value(number) if range.contains(&number) => number,
        Given::Value(_) | Given::Null | Given::Absent => {
            let rule = format!("must be an integer from {} to {}", range.start(), range.end());
            violations.push(Violation::new(None, member, Code::Value, rule));
            0
        }
    };
    let policy = PasswordPolicy {
        length: take(LENGTH, LENGTH_RANGE),
        uppercase: take(UPPERCASE, COUNT_RANGE),
        lowercase: take(LOWERCASE, COUNT_RANGE),
        digits: take(DIGITS, COUNT_RANGE),
        marks: take(MARKS, COUNT_RANGE),
    };
    if violations.is_empty() { Ok(policy) } else { Err(Error::Invalid(INVALID, violations)) }
}
