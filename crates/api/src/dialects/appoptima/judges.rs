//! The operations that judge.

use super::error::Error;
use super::{groups, password_policy, users};
use crate::verdict::{self, Judges, Vendor, Verdict};

const JUDGES: &Judges<Error> = &[
    ("create_user", users::create::judge),
    ("update_user", users::update::judge),
    ("create_users", users::bulk::judge),
    ("put_users", users::bulk::judge),
    ("create_group", |call, _| groups::create::read(call).map(Verdict::good)),
    ("update_group", |call, _| groups::update::read(call).map(Verdict::good)),
    ("create_groups", |call, _| groups::bulk::judge(call)),
    ("update_password_policy", |call, _| password_policy::update::read(call.body()?).map(Verdict::good)),
];

/// AppOptima.
pub const VENDOR: Vendor = Vendor::new(
    "appoptima",
    || verdict::names(JUDGES),
    |operation, call, assumed| verdict::by(JUDGES, operation, call, assumed),
);
