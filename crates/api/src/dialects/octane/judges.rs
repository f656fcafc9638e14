//! The operations that judge.

use super::entity::Entity;
use super::error::Error;
use super::query::{self, Condition, Fault, Targets};
use super::{api_accesses, input, require_json, session};
use crate::endpoint::Received;
use crate::verdict::{self, Judges, Problem, Told as _, Vendor, Verdict};

const JUDGES: &Judges<Error> = &[
    ("sign_in", |call, _| {
        require_json(call)?;
        session::create::read(call.body()?).map(Verdict::good)
    }),
    ("create_api_accesses", |call, _| {
        require_json(call)?;
        api_accesses::create::judge(call)
    }),
    ("update_api_access", |call, _| {
        require_json(call)?;
        input::fields(call, Entity::ApiAccess)?;
        api_accesses::update::read_change(call.body()?, input::id(call)).map(Verdict::good)
    }),
    ("list_shared_spaces", |call, _| list(call, Entity::SharedSpace)),
    ("get_shared_space", |call, _| one(call, Entity::SharedSpace)),
    ("list_workspaces", |call, _| list(call, Entity::Workspace)),
    ("get_workspace", |call, _| one(call, Entity::Workspace)),
    ("list_roles", |call, _| list(call, Entity::Role)),
    ("get_role", |call, _| one(call, Entity::Role)),
    ("list_workspace_roles", |call, _| list(call, Entity::WorkspaceRole)),
    ("get_workspace_role", |call, _| one(call, Entity::WorkspaceRole)),
    ("list_users", |call, _| list(call, Entity::SharedspaceUser)),
    ("get_user", |call, _| one(call, Entity::SharedspaceUser)),
    ("list_workspace_users", |call, _| list(call, Entity::WorkspaceUser)),
    ("get_workspace_user", |call, _| one(call, Entity::WorkspaceUser)),
    ("list_api_accesses", |call, _| list(call, Entity::ApiAccess)),
    ("get_api_access", |call, _| one(call, Entity::ApiAccess)),
];

/// Which rows a reference leads to decides nothing about a request.
struct Nothing;

impl Targets for Nothing {
    fn ids_that(&self, _: Entity, _: &Condition) -> Vec<i64> {
        Vec::new()
    }
}

fn list(call: &Received, entity: Entity) -> Result<Verdict, Error> {
    input::listing(call, entity, &Nothing).map(Verdict::good)
}

fn one(call: &Received, entity: Entity) -> Result<Verdict, Error> {
    input::fields(call, entity).map(Verdict::good)
}

/// What is wrong with the form of a query, its quotes included; nothing is said of its fields.
pub fn octane_query(query: &str) -> Vec<Problem> {
    query::parse(query).map_or_else(|fault: Fault| Error::from(fault).problems(), |()| Vec::new())
}

/// A query, its quotes included, as it is read; nothing where it is none.
pub fn rewritten_query(query: &str) -> Option<String> {
    query::rewrite(query).ok()
}

/// OpenText.
pub const VENDOR: Vendor = Vendor::new(
    "octane",
    || verdict::names(JUDGES),
    |operation, call, assumed| verdict::by(JUDGES, operation, call, assumed),
);
