//! Who calls: by an `Authorization` header, which alone decides where there is one, else by the session's cookie [D]. A
//! caller sees one space, its organization; roles are read at each request.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::header;
use tessera_directory::credential::{self, Pair, Principal};
use tessera_directory::key::Scope;
use tessera_directory::organization::Organization;
use tessera_directory::session;
use tessera_directory::user::Role;

use super::error::Error;
use super::fixed::{self, SPACE_ADMIN};
use crate::endpoint::{Call, Refusal};

/// The session's cookie [D].
pub(super) const COOKIE: &str = "LWSSO_COOKIE_KEY";

/// A caller who was recognized.
pub(super) struct Caller {
    pub(super) organization: Organization,
    /// Whether the caller has the role Space Admin: the organization's admin, a key that may do everything, or one that
    /// holds the workspace role.
    pub(super) is_space_admin: bool,
    /// Whether the caller may do everything in the other dialects too: the organization's admin, or a key with all scopes.
    pub(super) holds_all: bool,
}

impl From<Principal> for Caller {
    fn from(principal: Principal) -> Self {
        match principal {
            Principal::Key(found) => {
                let (key, organization) = *found;
                let holds_all = key.has_scope(Scope::All);
                let is_space_admin = holds_all || key.workspace_roles.contains(&SPACE_ADMIN);
                Self { organization, is_space_admin, holds_all }
            }
            Principal::User(found) => {
                let (user, organization) = *found;
                let is_admin = user.role == Role::Admin;
                Self { organization, is_space_admin: is_admin, holds_all: is_admin }
            }
        }
    }
}

/// Recognizes the caller.
pub(super) async fn authenticate(call: &Call) -> Result<Caller, Error> {
    let directory = &call.directory;
    let principal = if call.parts.headers.contains_key(header::AUTHORIZATION) {
        if let Some(secret) = call.authorization("Bearer") {
            credential::by_key(directory, &secret).await?
        } else if let Some((name, secret)) = basic(call) {
            let space = Some(call.parameter("space")).filter(|space| !space.is_empty());
            let pair = (name.as_str(), secret.as_str());
            let found = credential::by_pair(directory, Pair::UserOrClient, pair, &call.network(), space).await?;
            found.map(|(principal, _)| principal)
        } else {
            None
        }
    } else if let Some(secret) = cookie(call) {
        session::find(directory, &secret).await?
    } else {
        None
    };
    Ok(principal.ok_or(Refusal::Unauthenticated)?.into())
}

/// The credentials of HTTP Basic; the first colon divides.
fn basic(call: &Call) -> Option<(String, String)> {
    let bytes = BASE64_STANDARD.decode(call.authorization("Basic")?).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (name, secret) = text.split_once(':')?;
    Some((name.to_owned(), secret.to_owned()))
}

/// The session's secret.
pub(super) fn cookie(call: &Call) -> Option<String> {
    let cookies = call.parts.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split([';', ','])).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| value.to_owned())
}

/// Refuses a space that is not the caller's as one that is not there.
pub(super) fn check_space(caller: &Caller, name: &str) -> Result<(), Error> {
    let Organization { number, slug, .. } = &caller.organization;
    if name == slug || name == number.to_string() { Ok(()) } else { Err(Error::NoSpace(name.to_owned())) }
}

/// The id of a workspace.
pub(super) fn check_workspace(name: &str) -> Result<i64, Error> {
    fixed::workspace(name).ok_or_else(|| Error::NoWorkspace(name.to_owned()))
}
