//! The operations that judge.

use serde_json::Map;

use super::error::Error;
use super::{input, keys, lists, organisation, permissions, storage_configs, users, webhook_configs};
use crate::members::Members;
use crate::verdict::{self, Judge, Judges, Vendor, Verdict};

/// Of what takes an object, and nothing of it.
const OBJECT: Judge<Error> = |call, _| {
    input::object(call)?;
    input::check_id(call).map(Verdict::good)
};

const WINDOW: Judge<Error> = |call, _| {
    let mut members = Members::of(Map::new());
    lists::window(call, &mut members);
    Ok(Verdict::good(members.finish()?))
};

const JUDGES: &Judges<Error> = &[
    ("update_organisation", |call, _| Ok(Verdict::good(organisation::update::read(call)?.0.finish()?))),
    ("create_permission", |call, assumed| permissions::create::read(call, &assumed.organization()).map(Verdict::good)),
    ("update_permission", |call, assumed| {
        let members = input::object(call)?;
        input::check_id(call)?;
        permissions::update::read(members, &assumed.organization()).map(Verdict::good)
    }),
    ("create_storage_config", |call, _| storage_configs::create::read(call).map(Verdict::good)),
    ("update_storage_config", |call, assumed| {
        let members = input::object(call)?;
        input::check_id(call)?;
        storage_configs::update::read(members, assumed.current("state")).map(Verdict::good)
    }),
    ("test_storage_config", OBJECT),
    ("create_webhook_config", |call, assumed| {
        webhook_configs::create::read(call, assumed.development).map(Verdict::good)
    }),
    ("update_webhook_config", |call, assumed| {
        let members = input::object(call)?;
        input::check_id(call)?;
        webhook_configs::update::read(members, assumed.current("state"), assumed.development).map(Verdict::good)
    }),
    ("test_webhook_config", OBJECT),
    ("create_key", |call, _| Ok(Verdict::good(keys::create::read(call)?.0.finish()?))),
    ("update_key", keys::update::judge),
    ("rotate_key", OBJECT),
    ("create_user", |call, assumed| {
        let kind = assumed.organization().settings.kind;
        Ok(Verdict::good(users::create::read(call, assumed.number(), kind)?.members.finish()?))
    }),
    ("update_user", users::update::judge),
    ("retrieve_data", OBJECT),
    ("list_permissions", WINDOW),
    ("list_storage_configs", WINDOW),
    ("list_webhook_configs", WINDOW),
    ("list_keys", WINDOW),
    ("list_tasks", WINDOW),
];

/// Reincubate.
pub const VENDOR: Vendor = Vendor::new(
    "ricloud",
    || verdict::names(JUDGES),
    |operation, call, assumed| verdict::by(JUDGES, operation, call, assumed),
);
