//! Errors: `{"error": {"code": <the status>, "message", "constraintViolations"?}}` [D].

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::{Serialize, Serializer};
use tessera_directory::error::{Conflict, Error as Domain, Noun};

use crate::endpoint::Refusal;
use crate::verdict::{Code, Problem, Told, Written};
use crate::watch;

/// Why a call is refused.
#[derive(Debug)]
pub(super) enum Error {
    /// By no rule of the directory.
    Refused(Refusal),
    /// The organization's integration mode forbids it: 403.
    WrongMode(&'static str),
    /// The body or the path is at fault as a whole: 400.
    Unfit(Code, &'static str),
    /// Members of the body are at fault: 400.
    Invalid(&'static str, Vec<Violation>),
    /// What is asked cannot be done: 406.
    Unacceptable(&'static str, Vec<Violation>),
    /// By the directory.
    Domain(Domain),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Domain> for Error {
    fn from(error: Domain) -> Self {
        Self::Domain(error)
    }
}

/// A member of the body at fault.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Violation {
    #[serde(serialize_with = "write_path")]
    path: (Option<usize>, Cow<'static, str>),
    message: Cow<'static, str>,
    parameter_location: &'static str,
    location: (),
    #[serde(skip)]
    code: Code,
}

impl Violation {
    /// A member at fault; of a list, the one at this place, or without a name all of it.
    pub(super) fn new(
        at: Option<usize>,
        member: impl Into<Cow<'static, str>>,
        code: Code,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        let (path, message) = ((at, member.into()), message.into());
        Self { path, message, parameter_location: "PAYLOAD_BODY", location: (), code }
    }
}

impl Violation {
    fn problem(&self) -> Problem {
        let (at, member) = &self.path;
        let path: &[&str] = if member.is_empty() { &[] } else { &[member.as_ref()] };
        let problem = Problem::of_member(path, self.code, self.message.clone());
        at.map_or_else(|| problem.clone(), |at| problem.clone().below(at))
    }
}

/// `email`, `[1].email` or `[1]`.
fn write_path<S: Serializer>(
    (at, member): &(Option<usize>, Cow<'static, str>),
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match at {
        None => serializer.serialize_str(member),
        Some(at) if member.is_empty() => serializer.collect_str(&format_args!("[{at}]")),
        Some(at) => serializer.collect_str(&format_args!("[{at}].{member}")),
    }
}

#[derive(Serialize)]
struct Body<'a> {
    error: Inner<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Inner<'a> {
    code: u16,
    message: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    constraint_violations: Vec<Violation>,
}

fn plain(status: StatusCode, message: &str) -> Written {
    with_violations(status, message, Vec::new())
}

/// What the store itself found of a member.
fn about(member: &'static str, status: StatusCode, message: &'static str) -> Written {
    with_violations(status, message, vec![Violation::new(None, member, Code::Taken, message)])
}

fn with_violations(status: StatusCode, message: &str, constraint_violations: Vec<Violation>) -> Written {
    Written::json(status, &Body { error: Inner { code: status.as_u16(), message, constraint_violations } })
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        self.render().into_response()
    }
}

impl Error {
    /// The answer.
    pub(super) fn render(self) -> Written {
        watch::refused(&self);
        match self {
            Self::Refused(refusal) => refuse(refusal),
            Self::WrongMode(message) => plain(StatusCode::FORBIDDEN, message),
            Self::Unfit(_, message) => plain(StatusCode::BAD_REQUEST, message),
            Self::Invalid(message, violations) => with_violations(StatusCode::BAD_REQUEST, message, violations),
            Self::Unacceptable(message, violations) => with_violations(StatusCode::NOT_ACCEPTABLE, message, violations),
            Self::Domain(error) => render(error),
        }
    }
}

impl Told for Error {
    fn problems(&self) -> Vec<Problem> {
        match self {
            Self::Refused(refusal) => vec![Problem::of_cause(refusal)],
            Self::WrongMode(message) => vec![Problem::of_body(Code::Forbidden, *message)],
            Self::Unfit(code, message) => vec![Problem::of_body(*code, *message)],
            Self::Invalid(_, violations) | Self::Unacceptable(_, violations) => {
                violations.iter().map(Violation::problem).collect()
            }
            Self::Domain(error) => vec![Problem::of_domain(error)],
        }
    }

    fn answer(self) -> Written {
        self.render().uncached()
    }
}

fn refuse(refusal: Refusal) -> Written {
    match refusal {
        Refusal::Unauthenticated => {
            plain(StatusCode::UNAUTHORIZED, "Token Authentication failed").with("www-authenticate", "Api-Token")
        }
        Refusal::Forbidden => {
            let message = "Token is missing required scope. Use one of: ServiceProviderAPI (Service Provider API)";
            plain(StatusCode::FORBIDDEN, message)
        }
        Refusal::NoRoute => plain(StatusCode::NOT_FOUND, "Not found"),
        Refusal::NoMethod(allow) => plain(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed").with("allow", allow),
        Refusal::TooLarge => plain(StatusCode::PAYLOAD_TOO_LARGE, "Too much for one call"),
        Refusal::Unreadable => plain(StatusCode::BAD_REQUEST, "The body broke off"),
        Refusal::Conflict => plain(StatusCode::NOT_ACCEPTABLE, "The change does not fit"),
        Refusal::NoFreeSeats => render(Domain::NoFreeSeats),
        Refusal::RateLimited(wait) => plain(StatusCode::TOO_MANY_REQUESTS, "Too many requests").after(wait),
        Refusal::Unavailable => plain(StatusCode::SERVICE_UNAVAILABLE, "Service unavailable").later(),
        Refusal::Internal => plain(StatusCode::INTERNAL_SERVER_ERROR, "Internal error"),
    }
}

/// A taken id, e-mail or group [S]; the words stand in the checks before a write and in what a write itself may say.
pub(super) const ID_TAKEN: &str = "User ID already exists";
pub(super) const EMAIL_TAKEN: &str = "User email address already assigned";
pub(super) const GROUP_TAKEN: &str = "Group already exists";
pub(super) const PASSWORD_SET: &str = "The user has a password already, and only a first one can be set";

fn render(error: Domain) -> Written {
    match error {
        Domain::NotFound(noun) => match noun {
            // the caller's own organization, deleted since it was authenticated
            Noun::Organization => refuse(Refusal::Unauthenticated),
            Noun::User => plain(StatusCode::NOT_FOUND, "User not found"),
            Noun::Group => plain(StatusCode::NOT_FOUND, "Group not found"),
            // no operation here leads to these
            Noun::Seat
            | Noun::Token
            | Noun::Key
            | Noun::RoleBinding
            | Noun::Credential
            | Noun::Delivery
            | Noun::Mail => refuse(Refusal::NoRoute),
        },
        Domain::Conflict(conflict) => match conflict {
            Conflict::LoginTaken => about("id", StatusCode::BAD_REQUEST, ID_TAKEN),
            Conflict::EmailTaken => about("email", StatusCode::BAD_REQUEST, EMAIL_TAKEN),
            Conflict::GroupNameTaken => about("name", StatusCode::NOT_ACCEPTABLE, GROUP_TAKEN),
            Conflict::PasswordSet => about("passwordClearText", StatusCode::NOT_ACCEPTABLE, PASSWORD_SET),
            Conflict::LastAdmin => {
                plain(StatusCode::NOT_ACCEPTABLE, "The organization's administrator cannot be deleted")
            }
            // no operation here leads to these
            Conflict::SeatHeld
            | Conflict::SeatAssigned
            | Conflict::TokenActive
            | Conflict::TokenRevoked
            | Conflict::KeyRevoked
            | Conflict::SeatsInUse
            | Conflict::Bound
            | Conflict::AuthIdTaken
            | Conflict::Stale
            | Conflict::Unfinished => plain(StatusCode::NOT_ACCEPTABLE, "The change does not fit"),
        },
        // no operation here leads to it
        Domain::NoFreeSeats => plain(StatusCode::NOT_ACCEPTABLE, "Every seat is held"),
        Domain::RateLimited(wait) => refuse(Refusal::RateLimited(wait)),
        Domain::Internal(context) => {
            log::error!("appoptima: {context}");
            refuse(Refusal::Internal)
        }
    }
}
