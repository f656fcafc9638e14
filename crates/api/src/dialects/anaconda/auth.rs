//! Who may call what: admins manage service accounts, service accounts all else [S "authentication"; D "requires"]. The
//! organization's own Tessera key may do both, as far as its scopes go.

use tessera_directory::credential::{self, Principal};
use tessera_directory::key::{Kind, Scope};
use tessera_directory::organization::Organization;
use tessera_directory::user::Role;

use super::error::Error;
use crate::endpoint::{Call, Refusal};

/// The two halves of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Half {
    /// Service accounts: an admin's.
    ServiceAccounts,
    /// Everything else: a service account's.
    People,
}

/// The organization of the path, if the caller may act in it.
pub(super) async fn authorize(call: &Call, half: Half, scope: Scope) -> Result<Organization, Error> {
    authorize_all(call, half, &[scope]).await
}

/// As [`authorize`], for what takes several scopes of a Tessera key.
pub(super) async fn authorize_all(call: &Call, half: Half, scopes: &[Scope]) -> Result<Organization, Error> {
    Ok(caller(call, half, scopes).await?.organization().clone())
}

/// The caller, who may act in the organization of the path.
pub(super) async fn caller(call: &Call, half: Half, scopes: &[Scope]) -> Result<Principal, Error> {
    let token = call.authorization("Bearer").filter(|token| !token.is_empty()).ok_or(Refusal::Unauthenticated)?;
    // an access token is a JWT, and a key is not
    let principal = if token.starts_with("eyJ") {
        credential::by_access_token(&call.directory, &token).await?
    } else {
        credential::by_key(&call.directory, &token).await?
    };
    let principal = principal.ok_or(Refusal::Unauthenticated)?;
    let may = match &principal {
        Principal::User(found) => half == Half::ServiceAccounts && found.0.role == Role::Admin,
        Principal::Key(found) if found.0.kind == Kind::ServiceAccount => half == Half::People,
        Principal::Key(found) => scopes.iter().all(|scope| found.0.has_scope(*scope)),
    };
    let organization = principal.organization();
    if !may || !organization.id.eq_ignore_ascii_case(call.parameter("org_id")) {
        return Err(Refusal::Forbidden.into());
    }
    if organization.is_expired(call.directory.now()) {
        return Err(Error::SubscriptionInactive);
    }
    call.body()?;
    Ok(principal)
}
