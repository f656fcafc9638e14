//! `POST /users` [D]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::error::{Conflict, Error as Domain};
use tessera_directory::member::{self, Draft, Standing};
use tessera_directory::organization::Organization;

use super::{Shape, UserConfig};
use crate::dialects::appoptima::error::Error;
use crate::endpoint::{Call, Received};
use crate::respond;
use crate::verdict::{Assumed, Verdict};

const NO_USER: &str = "No user information received for the create-user request";
const MANAGED: &str = "Operation forbidden - users and groups are fully managed via LDAP or SSO";

/// Adds a user.
pub(in crate::dialects::appoptima) async fn create(call: Call, organization: Organization) -> Result<Response, Error> {
    let drafts = read(&call, &organization, NO_USER)?;
    check(&call, &organization, &drafts).await?;
    if let Some(member) = member::add(&call.directory, &organization, drafts.clone()).await?.pop() {
        return Ok(respond::json(StatusCode::OK, &UserConfig::from(member)));
    }
    // another request took the id or the email since the check, which now says which
    check(&call, &organization, &drafts).await?;
    Err(Domain::Conflict(Conflict::LoginTaken).into())
}

/// Reads a body of one user.
pub(super) fn read(call: &Received, organization: &Organization, none: &'static str) -> Result<Vec<Draft>, Error> {
    super::require_local(organization, MANAGED)?;
    let sent = super::sent(call, none)?;
    super::read(Shape::One, vec![sent], organization.settings.set_password_via_api)
}

/// What is said of such a request.
pub(in crate::dialects::appoptima) fn judge(call: &Received, assumed: &Assumed) -> Result<Verdict, Error> {
    let drafts = read(call, &assumed.organization(), NO_USER)?;
    decide(&drafts, &super::standing(assumed)).map(Verdict::good)
}

async fn check(call: &Call, organization: &Organization, drafts: &[Draft]) -> Result<(), Error> {
    decide(drafts, &member::survey(&call.directory, organization, drafts).await?)
}

fn decide(drafts: &[Draft], standing: &Standing) -> Result<(), Error> {
    super::refuse_taken_ids(Shape::One, drafts, standing)?;
    super::refuse_taken_emails(Shape::One, drafts, standing, false)?;
    super::refuse_unknown_groups(Shape::One, drafts, standing)?;
    drafts.iter().try_for_each(|draft| super::refuse_password(draft, standing))
}
