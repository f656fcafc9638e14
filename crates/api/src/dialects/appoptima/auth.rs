//! Who may call: a key of an organization that has the permission `ServiceProviderAPI` [S], in the header `Authorization:
//! Api-Token …` or the query parameter `api-token`, whose name clients write as `Api-Token` [D, C].

use tessera_directory::credential::{self, Principal};
use tessera_directory::key::Scope;
use tessera_directory::organization::Organization;

use super::error::Error;
use crate::endpoint::{Call, Refusal};

/// The organization of the caller's token.
pub(super) async fn authorize(call: &Call) -> Result<Organization, Error> {
    let token = token(call).ok_or(Refusal::Unauthenticated)?;
    match credential::by_key(&call.directory, &token).await? {
        Some(Principal::Key(found)) if found.0.has_scope(Scope::ServiceProvider) => Ok(found.1),
        Some(_) => Err(Refusal::Forbidden.into()),
        None => Err(Refusal::Unauthenticated.into()),
    }
}

/// The scheme of the token, and the name of the query parameter that it may stand in.
pub(super) const SCHEME: &str = "Api-Token";

/// The token that is presented. A header of this scheme decides alone, even one without a token; one of another scheme
/// is as none [R].
fn token(call: &Call) -> Option<String> {
    if let Some(header) = call.header("authorization") {
        let (scheme, token) = header.trim().split_once(char::is_whitespace).unwrap_or((header.trim(), ""));
        if scheme.eq_ignore_ascii_case(SCHEME) {
            return Some(token.trim().to_owned());
        }
    }
    call.queries().filter(|(name, _)| name.eq_ignore_ascii_case(SCHEME)).last().map(|(_, token)| token.into_owned())
}
