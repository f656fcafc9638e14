//! `POST /accounts/{account_id}/core/v1/roleBindings` [S], and the same under `users/{parent_id}` [O]

use axum::response::Response;
use tessera_directory::binding::{self, NewBinding, Principal, Role};
use tessera_directory::error::{Conflict, Error as Domain, Noun};
use tessera_directory::key::Scope;
use tessera_directory::user;

use super::{ROLE_BINDING, take_constraints, take_role};
use crate::dialects::astra::auth::{self, NOBODY};
use crate::dialects::astra::body::{Body, peek};
use crate::dialects::astra::error::Error;
use crate::dialects::astra::{list, media, read};
use crate::endpoint::{Call, Received};

/// Binds a user or a group to a role.
pub(in crate::dialects::astra) async fn create(call: Call) -> Result<Response, Error> {
    let caller = auth::caller(&call, Scope::OrganizationWrite).await?;
    caller.require(Role::Admin)?;
    caller.spare(peek(&call, "role").as_deref().and_then(Role::parse))?;
    list::none(&call)?;
    let media = media::of_one(&call, ROLE_BINDING.media)?;
    let user = read::parent(&call);
    if let Some(user) = &user
        && !user::exists(&call.directory, &caller.organization, user).await?
    {
        return Err(Error::NoCollection);
    }
    let new = read_new(&call, Some(&caller.organization.id), &caller.actor, user)?;
    let member = match &new.principal {
        Principal::User(_) => "userID",
        Principal::Group(_) => "groupID",
    };
    let made = binding::create(&call.directory, &caller.organization, new, ROLE_BINDING.shape).await;
    let document = made.map_err(|error| match error {
        Domain::NotFound(Noun::User | Noun::Group) => Error::invalid(member, "the account has none of this id"),
        Domain::Conflict(Conflict::Bound) => Error::conflict(member, "has a role binding already"),
        other => other.into(),
    })?;
    Ok(media::created(&call, &caller.organization, "roleBindings", media, document))
}

/// Reads a binding in an account, if that is known; under a user it is that user's.
pub(in crate::dialects::astra) fn read_new(
    call: &Received,
    own: Option<&str>,
    actor: &str,
    user: Option<String>,
) -> Result<NewBinding, Error> {
    let mut body = Body::open(call, &ROLE_BINDING)?;
    let account = body.text("accountID");
    let account = body.require("accountID", account).unwrap_or_default();
    if own.is_some_and(|own| !account.eq_ignore_ascii_case(own)) {
        body.invalid("accountID", "must be the account of the path");
    }
    let mut take_id = |name: &str| {
        let id = body.text(name).map(|id| id.to_ascii_lowercase());
        id.filter(|id| id != NOBODY)
    };
    let (user_id, group_id) = (take_id("userID"), take_id("groupID"));
    if let Some(user) = &user {
        body.fixed("userID", user_id.as_deref(), Some(user));
    }
    let principal = match (user_id.or(user), group_id) {
        (Some(user), None) => Principal::User(user),
        (None, Some(group)) => Principal::Group(group),
        (Some(_), Some(group)) => {
            body.invalid("groupID", "cannot stand beside a userID");
            Principal::Group(group)
        }
        (None, None) => {
            body.invalid("userID", "or a groupID is needed");
            Principal::User(String::new())
        }
    };
    let role = take_role(&mut body).unwrap_or(Role::Viewer);
    let constraints = take_constraints(&mut body).unwrap_or_else(|| r#"["*"]"#.to_owned());
    let labels = body.labels().unwrap_or_else(|| "[]".to_owned());
    body.word("principalType", &["user", "group"], |word| matches!(word, "user" | "group").then_some(()));
    body.ignore(&["id"]);
    body.finish()?;
    Ok(NewBinding { principal, role, constraints, labels, created_by: actor.to_owned() })
}
