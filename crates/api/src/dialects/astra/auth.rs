//! Who may call what [D]. The organization's key acts as an owner, as far as its scopes go; a user's token with the
//! role that the user is bound to.

use tessera_directory::binding::{self, Role};
use tessera_directory::credential::{self, Bearer, Principal};
use tessera_directory::key::{Key, Scope};
use tessera_directory::organization::Organization;

use super::error::Error;
use crate::endpoint::{Call, Refusal};

/// The id that stands for whoever is no user.
pub(super) const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

/// Who was recognized by a token.
pub(super) enum Holder {
    /// A key of the organization.
    Key(Box<(Key, Organization)>),
    /// A user.
    User(Box<Bearer>),
}

/// Recognizes the bearer of the token.
pub(super) async fn authenticate(call: &Call) -> Result<Holder, Error> {
    let token = call.authorization("Bearer").filter(|token| !token.is_empty()).ok_or(Error::NoToken)?;
    if let Some(bearer) = credential::by_token(&call.directory, &token).await? {
        return Ok(Holder::User(Box::new(bearer)));
    }
    match credential::by_key(&call.directory, &token).await? {
        Some(Principal::Key(found)) => Ok(Holder::Key(found)),
        Some(Principal::User(_)) | None => Err(Refusal::Unauthenticated.into()),
    }
}

/// A caller in the caller's own account, who has a role there.
pub(super) struct Caller {
    /// The account.
    pub(super) organization: Organization,
    /// Who acts: a user's id, or the nil UUID.
    pub(super) actor: String,
    /// What the caller may do.
    pub(super) role: Role,
    /// What the role reaches: the binding's constraints, a JSON array.
    pub(super) constraints: String,
}

/// The caller, if the path's account is the caller's, who is turned on and may look at all. A key needs the scope.
pub(super) async fn caller(call: &Call, scope: Scope) -> Result<Caller, Error> {
    let holder = authenticate(call).await?;
    let organization = match &holder {
        Holder::Key(found) => &found.1,
        Holder::User(bearer) => &bearer.organization,
    };
    if !organization.id.eq_ignore_ascii_case(call.parameter("account_id")) {
        return Err(Refusal::Forbidden.into());
    }
    match holder {
        Holder::Key(found) => {
            let (key, organization) = *found;
            if !key.has_scope(scope) {
                return Err(Refusal::Forbidden.into());
            }
            // whoever may touch an owner can do everything in the end
            let role = if key.has_scope(Scope::All) { Role::Owner } else { Role::Admin };
            Ok(Caller { organization, actor: NOBODY.to_owned(), role, constraints: r#"["*"]"#.to_owned() })
        }
        Holder::User(bearer) if !bearer.is_active => Err(Error::Disabled),
        Holder::User(bearer) => {
            let (role, constraints) = bearer.binding.ok_or(Refusal::Forbidden)?;
            Ok(Caller { organization: bearer.organization, actor: bearer.user.id, role, constraints })
        }
    }
}

impl Caller {
    /// Refuses a caller of a lesser role.
    pub(super) fn require(&self, least: Role) -> Result<(), Error> {
        if self.role.covers(least) { Ok(()) } else { Err(Refusal::Forbidden.into()) }
    }

    /// Refuses whoever is no owner where an owner is touched.
    pub(super) fn spare(&self, role: Option<Role>) -> Result<(), Error> {
        if self.role != Role::Owner && role == Some(Role::Owner) { Err(Refusal::Forbidden.into()) } else { Ok(()) }
    }

    /// The same, where the role is that of a user or a group.
    pub(super) async fn spare_principal(&self, call: &Call, id: &str) -> Result<(), Error> {
        if self.role == Role::Owner {
            return Ok(());
        }
        self.spare(binding::role_of(&call.directory, &self.organization, id).await?)
    }
}
