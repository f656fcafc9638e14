//! `PUT /users` [D]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::error::{Error as Domain, Noun};
use tessera_directory::member::{self, Draft, Standing};
use tessera_directory::organization::Organization;

use super::create::read;
use super::{Shape, UserConfig};
use crate::dialects::appoptima::error::Error;
use crate::endpoint::{Call, Received};
use crate::respond;
use crate::verdict::{Assumed, Verdict};

const NO_USER: &str = "No user information received for the update-user request";

/// Replaces a user, all but the id: left out, `groups` empties them [C]. A password can be given to who has none.
pub(in crate::dialects::appoptima) async fn update(call: Call, organization: Organization) -> Result<Response, Error> {
    let mut drafts = read(&call, &organization, NO_USER)?;
    let standing = member::survey(&call.directory, &organization, &drafts).await?;
    decide(&drafts, &standing)?;
    let not_found = || Error::from(Domain::NotFound(Noun::User));
    let draft = drafts.pop().ok_or_else(not_found)?;
    let member = member::replace(&call.directory, &organization, draft).await?;
    Ok(respond::json(StatusCode::OK, &UserConfig::from(member)))
}

fn decide(drafts: &[Draft], standing: &Standing) -> Result<(), Error> {
    if !drafts.iter().all(|draft| standing.has_login(&draft.member.login)) {
        return Err(Domain::NotFound(Noun::User).into());
    }
    super::refuse_taken_emails(Shape::One, drafts, standing, true)?;
    super::refuse_unknown_groups(Shape::One, drafts, standing)?;
    drafts.iter().try_for_each(|draft| super::refuse_password(draft, standing))
}

/// What is said of such a request; the user is there, and has no password yet.
pub(in crate::dialects::appoptima) fn judge(call: &Received, assumed: &Assumed) -> Result<Verdict, Error> {
    let drafts = read(call, &assumed.organization(), NO_USER)?;
    let logins = drafts.iter().map(|draft| draft.member.login.clone());
    decide(&drafts, &super::standing(assumed).with_logins(logins)).map(Verdict::good)
}
