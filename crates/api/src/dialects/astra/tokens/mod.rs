//! A user's tokens [O].

use tessera_directory::binding::Role;
use tessera_directory::document::Shape::{Column, Object, Word};
use tessera_directory::document::Sight;
use tessera_directory::key::Scope;
use tessera_directory::token::{self, columns};

use super::auth::{self, Caller};
use super::error::Error;
use super::media::{Resource, metadata};
use super::read;
use crate::endpoint::Call;

pub(super) mod create;
pub(super) mod delete;
pub(super) mod get;
pub(super) mod list;
pub(super) mod update;

/// Tokens.
pub(super) const TOKEN: Resource = Resource {
    media: "application/astra-token",
    versions: &["1.0"],
    table: &token::TABLE,
    shape: &Object(&[
        ("metadata", metadata!(columns)),
        ("type", Word("application/astra-token")),
        ("version", Word("1.0")),
        ("id", Column(columns::ID)),
        ("name", Column(columns::NAME)),
        ("userID", Column(columns::USER)),
    ]),
};

/// The caller, if it may write tokens of the path's user (anybody with a role the own, an admin all but an owner's), and
/// what there is of the path's token.
async fn writer(call: &Call) -> Result<(Caller, Sight), Error> {
    let caller = auth::caller(call, Scope::TokensWrite).await?;
    let user = read::id(call, "parent_id");
    let sight = read::look(call, &caller, &TOKEN, &read::id(call, "token_id"), Some(&user)).await?;
    if caller.actor != user {
        caller.require(Role::Admin)?;
        caller.spare(sight.role)?;
    }
    Ok((caller, sight))
}
