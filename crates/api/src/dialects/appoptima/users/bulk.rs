//! `POST /users/bulk` [S], and `PUT` of the same [C]

use std::borrow::Cow;
use std::collections::HashSet;

use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use tessera_directory::member::{self, Draft, MAX_ADDED, MAX_ADDED_WITH_PASSWORD, Standing};
use tessera_directory::organization::Organization;
use tessera_sent::{Given, Sent};
use tessera_validate::email;

use super::{EMAIL, ID, INVALID, PASSWORD, Shape, UserConfig};
use crate::dialects::appoptima::error::Error;
use crate::endpoint::{Call, Received, Refusal};
use crate::verdict::{Assumed, Code, Problem, Verdict, Written};

const NO_USERS: &str = "No user information received for the create-users request";
const DUPLICATED_IDS: &str = "Input contains duplicated IDs";
const DUPLICATED_EMAILS: &str = "Input contains duplicated email addresses";
const MANAGED: &str = "Operation forbidden - either LDAP or SSO with group assignment integration is turned on";

/// Adds users, all in one write. The reasons for 400 are each tried over the whole list, and nothing is written then; 406
/// tells those who were added of a list in which a password breaks the policy, or an id or email was taken meanwhile.
pub(in crate::dialects::appoptima) async fn create(call: Call, organization: Organization) -> Result<Response, Error> {
    let mut drafts = read(&call, &organization)?;
    let wanted = drafts.len();
    let standing = member::survey(&call.directory, &organization, &drafts).await?;
    decide(&drafts, &standing)?;
    drafts.retain(|draft| super::meets_policy(draft, &standing.password_policy));
    let added = member::add(&call.directory, &organization, drafts).await?;
    let users: Vec<UserConfig> = added.into_iter().map(UserConfig::from).collect();
    Ok(answer(&users, wanted).into_response())
}

/// Tells who was added of so many.
fn answer(users: &[UserConfig], wanted: usize) -> Written {
    let status = if users.len() == wanted { StatusCode::OK } else { StatusCode::NOT_ACCEPTABLE };
    Written::json(status, &users)
}

/// Reasons 6 to 8 of the 400s.
fn decide(drafts: &[Draft], standing: &Standing) -> Result<(), Error> {
    super::refuse_taken_ids(Shape::Many, drafts, standing)?;
    super::refuse_taken_emails(Shape::Many, drafts, standing, false)?;
    super::refuse_unknown_groups(Shape::Many, drafts, standing)
}

/// What is said of such a request. Users whose password breaks the policy are left out; the answer is known where nobody
/// is left.
pub(in crate::dialects::appoptima) fn judge(call: &Received, assumed: &Assumed) -> Result<Verdict, Error> {
    let drafts = read(call, &assumed.organization())?;
    let standing = super::standing(assumed);
    decide(&drafts, &standing)?;
    let policy = &standing.password_policy;
    let left_out = drafts.iter().enumerate().filter(|(_, draft)| !super::meets_policy(draft, policy));
    let problem =
        |at: usize| Problem::of_member(&[at.to_string().as_str(), PASSWORD], Code::Policy, super::rule_of(policy));
    let problems: Vec<Problem> = left_out.map(|(at, _)| problem(at)).collect();
    let is_none_left = problems.len() == drafts.len();
    Ok(Verdict { problems, ..Verdict::default() }.answered(is_none_left, || answer(&[], drafts.len()).uncached()))
}

/// Reads the list, by reasons 1 to 5 of the 400s.
fn read(call: &Received, organization: &Organization) -> Result<Vec<Draft>, Error> {
    super::require_local(organization, MANAGED)?;
    let Sent::Users(sent) = super::sent(call, NO_USERS)? else {
        return Err(Error::Unfit(Code::Type, INVALID));
    };
    let may_set_password = organization.settings.set_password_via_api;
    let has_password = |sent: &Sent| match sent {
        Sent::User(user) => matches!(&user.password, Given::Text(password) if !password.is_empty()),
        Sent::Users(_) | Sent::Other => false,
    };
    let with_password = || sent.iter().filter(|one| has_password(one)).count();
    if sent.len() > MAX_ADDED || (may_set_password && with_password() > MAX_ADDED_WITH_PASSWORD) {
        return Err(Refusal::TooLarge.into());
    }
    let drafts = super::read(Shape::Many, sent, may_set_password)?;
    refuse_repeated(&drafts, ID, DUPLICATED_IDS, |draft| Cow::Borrowed(&draft.member.login))?;
    refuse_repeated(&drafts, EMAIL, DUPLICATED_EMAILS, |draft| {
        let address = draft.member.email.as_str();
        let is_key = !address.bytes().any(|byte| byte.is_ascii_uppercase());
        if is_key { Cow::Borrowed(address) } else { Cow::Owned(email::key(address)) }
    })?;
    Ok(drafts)
}

/// Refuses what more than one user has.
fn refuse_repeated<'a>(
    drafts: &'a [Draft],
    member: &'static str,
    refusal: &'static str,
    of: fn(&'a Draft) -> Cow<'a, str>,
) -> Result<(), Error> {
    let mut seen = HashSet::with_capacity(drafts.len());
    Shape::Many.refuse_each(drafts, (Code::Duplicate, refusal), |draft| (!seen.insert(of(draft))).then_some(member))
}
