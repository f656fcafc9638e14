//! Users.

use serde::Serialize;
use tessera_directory::key::Scope;
use tessera_directory::user::{Role, User as Domain};

use super::auth::Caller;
use super::error::Error;
use super::input::take_name;
use crate::members::{Given, Members, Type};
use crate::time;

pub(super) mod create;
pub(super) mod delete;
pub(super) mod get;
pub(super) mod list;
pub(super) mod update;

/// A user, as every answer shows it.
#[derive(Serialize)]
struct User {
    id: String,
    email: Option<String>,
    login: String,
    first_name: Option<String>,
    last_name: Option<String>,
    role: &'static str,
    seated_at: Option<String>,
    created_at: String,
    updated_at: String,
}

impl From<Domain> for User {
    fn from(user: Domain) -> Self {
        Self {
            id: user.id,
            email: user.email,
            login: user.login,
            first_name: user.first_name,
            last_name: user.last_name,
            role: user.role.as_str(),
            seated_at: user.seated_at.map(time::with_z),
            created_at: time::with_z(user.created_at),
            updated_at: time::with_z(user.updated_at),
        }
    }
}

fn take_role(members: &mut Members) -> Option<Role> {
    let role = members.word("role", Role::WORDS, Role::parse);
    members.non_null("role", role, Type::Text)
}

fn take_login(members: &mut Members) -> Option<String> {
    let login = take_name(members, "login", 1);
    members.non_null("login", login, Type::Text)
}

fn take_names(members: &mut Members) -> (Given<String>, Given<String>) {
    (take_name(members, "first_name", 0), take_name(members, "last_name", 0))
}

/// Refuses to have a key make somebody more than it is itself: an admin may do everything, and so make every key.
fn may_grant(caller: &Caller, role: Option<Role>) -> Result<(), Error> {
    match role {
        Some(Role::Admin) => caller.require(Scope::All),
        Some(Role::BillingManager) => caller.require(Scope::OrganizationWrite),
        Some(Role::Member) | None => Ok(()),
    }
}
