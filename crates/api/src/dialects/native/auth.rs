//! Who may call what. The root key opens everything; a key its own organization, as far as its scopes go; the access
//! token of an admin (Anaconda's password grant gives one) the admin's organization.

use tessera_directory::credential::{self, Principal};
use tessera_directory::key::{Key, Scope};
use tessera_directory::organization::{self, Organization};
use tessera_directory::user::{Role, User};

use super::error::Error;
use super::input::id;
use crate::endpoint::{Call, Refusal};

/// A caller who was recognized.
pub(super) enum Caller {
    /// Whoever runs the deployment.
    Root,
    /// A key.
    Key(Box<(Key, Organization)>),
    /// An admin.
    Admin(Box<(User, Organization)>),
}

impl Caller {
    /// Whether the caller may do something, in its own organization.
    pub(super) fn may(&self, scope: Scope) -> bool {
        match self {
            Self::Root | Self::Admin(_) => true,
            Self::Key(found) => found.0.has_scope(scope),
        }
    }

    /// Refuses a caller who may not.
    pub(super) fn require(&self, scope: Scope) -> Result<(), Error> {
        if self.may(scope) { Ok(()) } else { Err(Error::MissingScope(scope)) }
    }

    /// The caller's own organization; the root key has none.
    pub(super) fn organization(&self) -> Option<&Organization> {
        match self {
            Self::Root => None,
            Self::Key(found) => Some(&found.1),
            Self::Admin(found) => Some(&found.1),
        }
    }

    /// As [`Self::organization`], for whoever asks for nothing else.
    fn into_organization(self) -> Option<Organization> {
        match self {
            Self::Root => None,
            Self::Key(found) => Some(found.1),
            Self::Admin(found) => Some(found.1),
        }
    }
}

/// Recognizes the caller.
pub(super) async fn authenticate(call: &Call) -> Result<Caller, Error> {
    let secret = call.authorization("Bearer").filter(|secret| !secret.is_empty()).ok_or(Refusal::Unauthenticated)?;
    if credential::is_root(&call.directory, &secret) {
        return Ok(Caller::Root);
    }
    // an access token is a JWT, and a key is not
    let principal = if secret.starts_with("eyJ") {
        credential::by_access_token(&call.directory, &secret).await?
    } else {
        credential::by_key(&call.directory, &secret).await?
    };
    match principal {
        Some(Principal::Key(found)) => Ok(Caller::Key(found)),
        Some(Principal::User(found)) if found.0.role == Role::Admin => Ok(Caller::Admin(found)),
        Some(Principal::User(_)) => Err(Refusal::Forbidden.into()),
        None => Err(Refusal::Unauthenticated.into()),
    }
}

/// Recognizes the root key, and refuses everybody else.
pub(super) async fn root(call: &Call) -> Result<(), Error> {
    match authenticate(call).await? {
        Caller::Root => Ok(()),
        Caller::Key(_) | Caller::Admin(_) => Err(Refusal::Forbidden.into()),
    }
}

/// The organization of the path, if the caller may do this in it. Another organization than the caller's is refused
/// alike whether it exists or not.
pub(super) async fn organization(call: &Call, scope: Scope) -> Result<Organization, Error> {
    let (caller, id) = admitted(call, scope).await?;
    match caller.into_organization() {
        Some(own) => Ok(own),
        None => Ok(organization::find(&call.directory, &id).await?.0),
    }
}

/// As [`organization`], with the caller.
pub(super) async fn caller_in_organization(call: &Call, scope: Scope) -> Result<(Caller, Organization), Error> {
    let (caller, id) = admitted(call, scope).await?;
    let organization = match caller.organization() {
        Some(own) => own.clone(),
        None => organization::find(&call.directory, &id).await?.0,
    };
    Ok((caller, organization))
}

/// The UUID of the organization whose audit log is meant, if the caller may read it: the caller's own, or for the root key the
/// one that the query names, if any, which need not be there any more.
pub(super) async fn audit(call: &Call) -> Result<Option<String>, Error> {
    let caller = authenticate(call).await?;
    let named = call.query("organization").map(|id| id.to_ascii_lowercase());
    let Some(own) = caller.organization() else { return Ok(named) };
    if named.is_some_and(|named| named != own.id) {
        return Err(Refusal::Forbidden.into());
    }
    caller.require(Scope::AuditRead)?;
    Ok(Some(own.id.clone()))
}

/// The caller, who may do this in the organization of the path if there is one, and that organization's id.
async fn admitted(call: &Call, scope: Scope) -> Result<(Caller, String), Error> {
    let id = id(call, "organization_id");
    let caller = authenticate(call).await?;
    if caller.organization().is_some_and(|own| own.id != id) {
        return Err(Refusal::Forbidden.into());
    }
    caller.require(scope)?;
    Ok((caller, id))
}

/// The caller's own organization, if the caller may do this to what goes out of it. The root key has none.
pub(super) async fn outbox(call: &Call, scope: Scope) -> Result<Organization, Error> {
    let caller = authenticate(call).await?;
    caller.require(scope)?;
    Ok(caller.organization().ok_or(Refusal::Forbidden)?.clone())
}
