//! Who may call: a key of an organisation, `Authorization: Token <key token>`, the scheme in any case [S, D]. What a key
//! may do here follows from its scopes, as in every dialect [T].

use tessera_directory::credential::{self, Principal};
use tessera_directory::key::{Key, Scope};
use tessera_directory::organization::{Organization, State};

use super::error::Error;
use crate::endpoint::{Call, Refusal};

/// The caller: a key of an organisation that is open.
pub(super) struct Caller {
    pub(super) key: Key,
    pub(super) organization: Organization,
    /// The key's token, as it was presented.
    pub(super) token: String,
}

impl Caller {
    /// Refuses a key that may not do something.
    pub(super) fn require(&self, scope: Option<Scope>) -> Result<(), Error> {
        match scope {
            Some(scope) if !self.key.has_scope(scope) => Err(Refusal::Forbidden.into()),
            _ => Ok(()),
        }
    }
}

/// The scheme that the vendor's clients authorize by.
pub(super) const SCHEME: &str = "Token";

/// Recognizes the caller, and refuses one of an organisation that an administrator turned off [S].
pub(super) async fn authorize(call: &Call) -> Result<Caller, Error> {
    let token = call.authorization(SCHEME).filter(|token| !token.is_empty()).ok_or(Refusal::Unauthenticated)?;
    let Some(Principal::Key(found)) = credential::by_key(&call.directory, &token).await? else {
        return Err(Refusal::Unauthenticated.into());
    };
    let (key, organization) = *found;
    match organization.settings.state {
        None => Ok(Caller { key, organization, token }),
        Some(State::Deactivated) => Err(Error::Deactivated),
        Some(State::Blocked) => Err(Error::Blocked),
    }
}
