//! The operations that judge.

use super::error::Error;
use super::oauth::token::{self, Failure};
use super::{input, seats, service_accounts, tokens, users};
use crate::endpoint::Received;
use crate::verdict::{self, Judges, Vendor, Verdict};

const JUDGES: &Judges<Error> = &[
    ("create_service_account", |call, _| service_accounts::create::read(call.body()?).map(Verdict::good)),
    ("auto_register_users", |call, _| users::onboard::judge(call.body()?)),
    ("add_user", |call, _| users::create::read(call.body()?).map(Verdict::good)),
    ("assign_seat", |call, _| {
        call.body()?;
        input::both(user(call), seats::create::wants_mail(call)).map(Verdict::good)
    }),
    ("create_user_token", |call, _| {
        let body = call.body()?;
        input::both(user(call), tokens::create::read(body)).map(Verdict::good)
    }),
    ("update_user_token", |call, _| {
        let body = call.body()?;
        input::both(user(call), tokens::update::read(body)).map(Verdict::good)
    }),
];

/// Those for whoever has no token yet.
const OPEN: &Judges<Failure> = &[
    ("create_token", |call, _| token::read(call, None).map(Verdict::good)),
    ("create_password_token", |call, _| token::read(call, Some("password")).map(Verdict::good)),
];

/// The user of the path, if one is asked about.
fn user(call: &Received) -> Result<Option<String>, Error> {
    call.has_parameter("user_id").then(|| input::uuid(call, "user_id")).transpose()
}

/// Anaconda.
pub const VENDOR: Vendor = Vendor::new(
    "anaconda",
    || [verdict::names(OPEN), verdict::names(JUDGES)].concat(),
    |operation, call, assumed| {
        let judged = verdict::by(JUDGES, operation, call, assumed);
        judged.or_else(|| verdict::by(OPEN, operation, call, assumed))
    },
);
