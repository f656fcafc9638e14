//! `PUT /users` [D]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::error::{Error as Domain, Noun};
use tessera_directory::member;
use tessera_directory::organization::Organization;

use super::create::{MANAGED, read};
use super::{Shape, UserConfig};
use crate::dialects::appoptima::error::Error;
use crate::endpoint::Call;
use crate::respond;

const NO_USER: &str = "No user information received for the update-user request";

/// Replaces a user, all but the id: left out, `groups` empties them [C]. A password can be given to who has none.
pub(in crate::dialects::appoptima) async fn update(call: Call, organization: Organization) -> Result<Response, Error> {
    super::require_local(&organization, MANAGED)?;
    let mut drafts = read(&call, &organization, NO_USER)?;
    let standing = member::survey(&call.directory, &organization, &drafts).await?;
    let not_found = || Error::from(Domain::NotFound(Noun::User));
    if !drafts.iter().all(|draft| standing.has_login(&draft.member.login)) {
        return Err(not_found());
    }
    super::refuse_taken_emails(Shape::One, &drafts, &standing, true)?;
    super::refuse_unknown_groups(Shape::One, &drafts, &standing)?;
    drafts.iter().try_for_each(|draft| super::refuse_password(draft, &standing))?;
    let draft = drafts.pop().ok_or_else(not_found)?;
    let member = member::replace(&call.directory, &organization, draft).await?;
    Ok(respond::json(StatusCode::OK, &UserConfig::from(member)))
}
