//! A user's tokens.

use serde::Serialize;
use tessera_directory::token::Token as Domain;

use crate::time;

pub(super) mod extend;
pub(super) mod issue;
pub(super) mod list;
pub(super) mod revoke;

/// A token without its text.
#[derive(Serialize)]
struct Token {
    id: String,
    name: Option<String>,
    expires_at: Option<String>,
    revoked_at: Option<String>,
    created_at: String,
}

impl From<Domain> for Token {
    fn from(token: Domain) -> Self {
        Self {
            id: token.id,
            name: token.name,
            expires_at: token.expires_at.map(time::with_z),
            revoked_at: token.revoked_at.map(time::with_z),
            created_at: time::with_z(token.created_at),
        }
    }
}
