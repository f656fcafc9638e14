//! The users of the cluster.

use std::borrow::Cow;
use std::collections::HashSet;

use serde::Serialize;
use tessera_directory::member::{Draft, Member, Standing};
use tessera_directory::organization::{IdentityMode, Organization};
use tessera_directory::password_policy::PasswordPolicy;
use tessera_sent::names::{EMAIL, FIRST_NAME, GROUPS, ID, LAST_NAME, PASSWORD};
use tessera_sent::{Given, Sent, User};
use tessera_validate::{email, login, name};

use super::error::{EMAIL_TAKEN, Error, ID_TAKEN, PASSWORD_SET, Violation};
use super::input;
use crate::endpoint::Received;
use crate::verdict::{Assumed, Code};

pub(super) mod bulk;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod get;
pub(super) mod list;
pub(super) mod update;

const ID_NOT_SET: &str = "User ID is not set";
const VALUES_NOT_SET: &str = "All required values (ID, email, first name, last name) must be set";
const INVALID: &str = "Invalid user data";
const NO_SUCH_GROUP: &str = "User group ID does not exist";
const BREAKS_POLICY: &str = "Password does not meet the password policy";

/// A user, as every answer shows it. `passwordClearText` is null for ever.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UserConfig {
    id: String,
    email: String,
    first_name: String,
    last_name: String,
    password_clear_text: (),
    groups: Vec<String>,
}

impl From<Member> for UserConfig {
    fn from(member: Member) -> Self {
        Self {
            id: member.login,
            email: member.email,
            first_name: member.first_name,
            last_name: member.last_name,
            password_clear_text: (),
            groups: member.groups,
        }
    }
}

/// Refuses to write users that LDAP or SSO manages [S].
fn require_local(organization: &Organization, refusal: &'static str) -> Result<(), Error> {
    match organization.settings.identity_mode {
        IdentityMode::Local => Ok(()),
        IdentityMode::Ldap | IdentityMode::Sso => Err(Error::WrongMode(refusal)),
    }
}

/// How the members of a body are named: of one user, or of a list of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    One,
    Many,
}

impl Shape {
    /// A violation of the user at this place.
    fn violation(
        self,
        at: usize,
        member: &'static str,
        code: Code,
        message: impl Into<Cow<'static, str>>,
    ) -> Violation {
        Violation::new((self == Self::Many).then_some(at), member, code, message)
    }

    /// Tries one rule over every user, and refuses with all that break it. The rule gives the member at fault.
    fn refuse_each<'a, T>(
        self,
        users: &'a [T],
        (code, refusal): (Code, &'static str),
        mut rule: impl FnMut(&'a T) -> Option<&'static str>,
    ) -> Result<(), Error> {
        let at_fault = users.iter().enumerate().filter_map(|(at, user)| Some((at, rule(user)?)));
        let violations: Vec<_> = at_fault.map(|(at, member)| self.violation(at, member, code, refusal)).collect();
        if violations.is_empty() { Ok(()) } else { Err(Error::Invalid(refusal, violations)) }
    }
}

/// A body, whatever its media type; `none` is said of one with nothing in it.
fn sent(call: &Received, none: &'static str) -> Result<Sent, Error> {
    tessera_sent::read(input::content(call, none)?).ok_or(Error::Unfit(Code::Malformed, INVALID))
}

/// Reads users, by reasons 2 and 3 of the 400s [S]. Where the organization does not let passwords be set here, one that
/// is given is invalid.
fn read(shape: Shape, sent: Vec<Sent>, may_set_password: bool) -> Result<Vec<Draft>, Error> {
    let mut violations = Vec::new();
    for (at, sent) in sent.iter().enumerate() {
        let Sent::User(user) = sent else { continue };
        let required =
            [(ID, &user.id), (EMAIL, &user.email), (FIRST_NAME, &user.first_name), (LAST_NAME, &user.last_name)];
        for (member, value) in required {
            if !value.is_set() {
                violations.push(shape.violation(at, member, Code::Missing, "must be set"));
            }
        }
    }
    if !violations.is_empty() {
        return Err(Error::Invalid(VALUES_NOT_SET, violations));
    }
    let mut drafts = Vec::with_capacity(sent.len());
    for (at, sent) in sent.into_iter().enumerate() {
        let mut fault = |member, code, rule| violations.push(shape.violation(at, member, code, rule));
        match sent {
            Sent::User(user) => {
                input::leave_names((shape == Shape::Many).then_some(at), &user.others);
                drafts.push(read_one(*user, may_set_password, fault));
            }
            Sent::Users(_) | Sent::Other if shape == Shape::One => return Err(Error::Unfit(Code::Type, INVALID)),
            Sent::Users(_) | Sent::Other => fault("", Code::Type, "should be an object"),
        }
    }
    if violations.is_empty() { Ok(drafts) } else { Err(Error::Invalid(INVALID, violations)) }
}

/// Reads one user, and tells the faults of each of its members.
fn read_one(user: User, may_set_password: bool, mut fault: impl FnMut(&'static str, Code, &'static str)) -> Draft {
    let mut text = |member, value, is_valid: fn(&str) -> bool, rule| match value {
        Given::Text(text) if is_valid(&text) => text,
        _ => {
            fault(member, Code::Value, rule);
            String::new()
        }
    };
    let login =
        text(ID, user.id, login::is_valid, "should be a text of at most 255 characters that can stand in a path");
    let email = text(EMAIL, user.email, email::has_shape, "should be an email address of at most 254 characters");
    let name = "should be a text of at most 255 characters";
    let first_name = text(FIRST_NAME, user.first_name, name::is_storable, name);
    let last_name = text(LAST_NAME, user.last_name, name::is_storable, name);
    let password = match user.password {
        Given::Nothing => None,
        Given::Text(password) if password.is_empty() => None,
        Given::Text(password) if may_set_password => Some(password),
        Given::Text(_) => {
            fault(PASSWORD, Code::Forbidden, "passwords cannot be set by this API here");
            None
        }
        Given::Texts(_) | Given::Other => {
            fault(PASSWORD, Code::Type, "should be a text");
            None
        }
    };
    let groups = match user.groups {
        Given::Nothing => Some(Vec::new()),
        Given::Texts(groups) => Some(distinct(groups)),
        Given::Text(_) | Given::Other => None,
    };
    if groups.is_none() {
        fault(GROUPS, Code::Type, "should be an array of texts");
    }
    Draft { member: Member { login, email, first_name, last_name, groups: groups.unwrap_or_default() }, password }
}

/// Texts, each at its first place.
fn distinct(mut texts: Vec<String>) -> Vec<String> {
    if texts.len() > 1 {
        let mut seen = HashSet::new();
        texts.retain(|text| seen.insert(text.clone()));
    }
    texts
}

/// How an organization stands by what is assumed of it.
fn standing(assumed: &Assumed) -> Standing {
    Standing::new(&assumed.users, assumed.groups.as_deref(), assumed.password_policy.unwrap_or_default())
}

/// Reason 6 of the 400s: an id is a user's already [S].
fn refuse_taken_ids(shape: Shape, drafts: &[Draft], standing: &Standing) -> Result<(), Error> {
    shape.refuse_each(drafts, (Code::Taken, ID_TAKEN), |draft| standing.has_login(&draft.member.login).then_some(ID))
}

/// Reason 7: an email is a user's already [S]; in a change, another user's.
fn refuse_taken_emails(shape: Shape, drafts: &[Draft], standing: &Standing, is_change: bool) -> Result<(), Error> {
    shape.refuse_each(drafts, (Code::Taken, EMAIL_TAKEN), |draft| {
        let own = is_change.then_some(draft.member.login.as_str());
        standing.has_email(&draft.member.email, own).then_some(EMAIL)
    })
}

/// Reason 8: a group id is no group of the cluster [S].
fn refuse_unknown_groups(shape: Shape, drafts: &[Draft], standing: &Standing) -> Result<(), Error> {
    shape.refuse_each(drafts, (Code::Absent, NO_SUCH_GROUP), |draft| {
        draft.member.groups.iter().any(|group| !standing.has_group(group)).then_some(GROUPS)
    })
}

/// Whether the user can be added by the password policy: without a password any can.
fn meets_policy(draft: &Draft, policy: &PasswordPolicy) -> bool {
    draft.password.as_deref().is_none_or(|password| policy.admits(password))
}

/// The refusal of one user's password: 406 [R].
fn refuse_password(draft: &Draft, standing: &Standing) -> Result<(), Error> {
    let refused = |code, message, rule: String| {
        let violation = Violation::new(None, PASSWORD, code, rule);
        Err(Error::Unacceptable(message, vec![violation]))
    };
    if draft.password.is_some() && standing.has_password(&draft.member.login) {
        return refused(Code::Fixed, PASSWORD_SET, PASSWORD_SET.to_owned());
    }
    let policy = &standing.password_policy;
    if meets_policy(draft, policy) { Ok(()) } else { refused(Code::Policy, BREAKS_POLICY, rule_of(policy)) }
}

/// A password policy in words.
pub(super) fn rule_of(policy: &PasswordPolicy) -> String {
    format!(
        "should have at least {} characters, {} upper-case and {} lower-case letters, {} digits and {} other characters",
        policy.length, policy.uppercase, policy.lowercase, policy.digits, policy.marks
    )
}
