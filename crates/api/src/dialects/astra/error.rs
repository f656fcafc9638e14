//! Errors: `application/problem+json` with the vendor's numbered types [O], `status` as a text, and a correlation id.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Serialize;
use tessera_directory::error::{Conflict, Error as Domain, Noun};
use tessera_directory::ports::RetryAfter;

use super::auth::NOBODY;
use crate::endpoint::Refusal;
use crate::members::{Fault, Problem as BodyProblem, Type};
use crate::verdict::{self, Code, Told, Written};
use crate::watch;

/// Why a call is refused.
#[derive(Debug)]
pub(super) enum Error {
    /// By no rule of the directory.
    Refused(Refusal),
    /// No bearer token.
    NoToken,
    /// A resource is not there: problem 1.
    NoResource,
    /// A collection, or whatever counts as one, is not there: problem 2.
    NoCollection,
    /// A list parameter is outside its grammar.
    InvalidParameters(Vec<Field>),
    /// A parameter is not known here.
    UnknownParameters(Vec<Field>),
    /// The body is not JSON.
    NotJson(BodyProblem),
    /// The body breaks its schema.
    Schema(Vec<BodyProblem>),
    /// The body breaks a rule.
    Invalid(Vec<Field>),
    /// The body does not fit what is there.
    Conflict(Vec<Field>),
    /// The token's user is turned off.
    Disabled,
    /// Nothing that we can serve is accepted.
    NotAcceptable,
    /// An id in the path is none.
    InvalidId,
    /// The user has a passwordHash, and would get another.
    CredentialExists,
    /// The password is the one that is set.
    SamePassword,
    /// By the directory.
    Domain(Domain),
}

/// A member or a parameter at fault.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Field {
    /// The member.
    pub(super) name: String,
    reason: String,
}

impl Field {
    pub(super) fn new(name: &str, reason: impl Into<String>) -> Self {
        Self { name: name.to_owned(), reason: reason.into() }
    }
}

impl Error {
    /// The body breaks a rule in one member.
    pub(super) fn invalid(name: &str, reason: &str) -> Self {
        Self::Invalid(vec![Field::new(name, reason)])
    }

    /// One member of the body does not fit what is there.
    pub(super) fn conflict(name: &str, reason: &str) -> Self {
        Self::Conflict(vec![Field::new(name, reason)])
    }
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

impl From<BodyProblem> for Error {
    fn from(problem: BodyProblem) -> Self {
        vec![problem].into()
    }
}

impl From<Vec<BodyProblem>> for Error {
    fn from(problems: Vec<BodyProblem>) -> Self {
        let is_no_json = |problem: &BodyProblem| matches!(problem.fault, Fault::NotJson(_) | Fault::Empty);
        match problems.iter().find(|problem| is_no_json(problem)) {
            Some(problem) => Self::NotJson(problem.clone()),
            None => Self::Schema(problems),
        }
    }
}

/// A fault with its place in words.
fn tell(problem: &BodyProblem) -> String {
    let place = if problem.path.is_empty() { "(root)".to_owned() } else { problem.path.join(".") };
    format!("{place}: {}", tell_fault(&problem.fault))
}

fn tell_fault(fault: &Fault) -> String {
    match fault {
        Fault::NotJson(_) | Fault::Empty => "not JSON".to_owned(),
        Fault::Missing => "required".to_owned(),
        Fault::Unknown => "no such member".to_owned(),
        Fault::Type(wanted) => format!("must be {}", type_name(*wanted)),
        Fault::Value(_, wanted) => format!("must be {wanted}"),
    }
}

fn type_name(wanted: Type) -> &'static str {
    match wanted {
        Type::Object => "an object",
        Type::Array => "an array",
        Type::Text => "a string",
        Type::Integer => "an integer",
        Type::Boolean => "a boolean",
        Type::Time => "a date-time",
    }
}

/// An error on its way to the caller, with the id by which it is found again.
pub(super) struct Problem {
    pub(super) error: Error,
    pub(super) correlation: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    r#type: String,
    title: &'a str,
    detail: &'a str,
    status: String,
    #[serde(rename = "correlationID")]
    correlation: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    invalid_params: Option<Vec<Field>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invalid_fields: Option<Vec<Field>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    schema_validation_failure: Option<String>,
}

/// A published problem: its number (none: `about:blank`), status, title and a sentence of ours.
struct Published(Option<u8>, StatusCode, &'static str, &'static str);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        self.render().into_response()
    }
}

impl Problem {
    /// The answer.
    pub(super) fn render(self) -> Written {
        watch::refused(&self.error);
        let (mut invalid_params, mut invalid_fields, mut schema_validation_failure, mut allow) =
            (None, None, None, None);
        let wait = match &self.error {
            Error::Refused(Refusal::RateLimited(wait)) | Error::Domain(Domain::RateLimited(wait)) => Some(*wait),
            Error::Refused(Refusal::Unavailable) => Some(RetryAfter(1)),
            _ => None,
        };
        let error = match self.error {
            Error::InvalidParameters(fields) => {
                invalid_params = Some(fields);
                INVALID_PARAMETERS
            }
            Error::UnknownParameters(fields) => {
                invalid_params = Some(fields);
                UNKNOWN_PARAMETERS
            }
            Error::Invalid(fields) => {
                invalid_fields = Some(fields);
                INVALID
            }
            Error::Conflict(fields) => {
                invalid_fields = Some(fields);
                CONFLICT
            }
            Error::Schema(problems) => {
                let told: Vec<String> = problems.iter().map(tell).collect();
                schema_validation_failure = Some(told.join("; "));
                SCHEMA
            }
            Error::NoToken => NO_TOKEN,
            Error::NoResource => NO_RESOURCE,
            Error::NoCollection => NO_COLLECTION,
            Error::NotJson(_) => NOT_JSON,
            Error::Disabled => DISABLED,
            Error::NotAcceptable => NOT_ACCEPTABLE,
            Error::InvalidId => INVALID_ID,
            Error::CredentialExists => CREDENTIAL_EXISTS,
            Error::SamePassword => SAME_PASSWORD,
            Error::Refused(refusal) => match refusal {
                Refusal::Unauthenticated => BAD_TOKEN,
                Refusal::Forbidden => FORBIDDEN,
                Refusal::NoRoute => NO_COLLECTION,
                Refusal::NoMethod(methods) => {
                    allow = Some(methods);
                    NO_METHOD
                }
                Refusal::TooLarge => TOO_LARGE,
                Refusal::Unreadable => NOT_JSON,
                Refusal::Conflict | Refusal::NoFreeSeats => CONFLICT,
                Refusal::RateLimited(_) => RATE_LIMITED,
                Refusal::Unavailable => UNAVAILABLE,
                Refusal::Internal => INTERNAL,
            },
            Error::Domain(error) => {
                let (published, field) = of_domain(error, &self.correlation);
                invalid_fields = field.map(|field| vec![field]);
                published
            }
        };
        let Published(number, status, title, detail) = error;
        let body = Body {
            r#type: number.map_or_else(
                || "about:blank".to_owned(),
                |number| format!("https://astra.netapp.io/problems/{number}"),
            ),
            title,
            detail,
            status: status.as_u16().to_string(),
            correlation: &self.correlation,
            invalid_params,
            invalid_fields,
            schema_validation_failure,
        };
        let mut response = Written::typed(status, "application/problem+json", &body);
        if status == StatusCode::UNAUTHORIZED {
            response = response.with("www-authenticate", "Bearer");
        }
        if let Some(wait) = wait {
            response = response.after(wait);
        }
        if let Some(allow) = allow {
            response = response.with("allow", allow);
        }
        response
    }
}

impl Told for Error {
    fn problems(&self) -> Vec<verdict::Problem> {
        let whole = |code, published: Published| vec![verdict::Problem::of_body(code, published.3)];
        let of = |fields: &[Field], problem: fn(&Field) -> verdict::Problem| fields.iter().map(problem).collect();
        match self {
            Self::Refused(refusal) => vec![verdict::Problem::of_cause(refusal)],
            Self::NotJson(problem) => vec![verdict::Problem::of_fault(problem, NOT_JSON.3)],
            Self::Schema(problems) => {
                problems.iter().map(|problem| verdict::Problem::of_fault(problem, tell_fault(&problem.fault))).collect()
            }
            Self::Invalid(fields) => of(fields, |field| field.problem(Code::Value)),
            Self::Conflict(fields) => of(fields, |field| field.problem(Code::Fixed)),
            Self::InvalidParameters(fields) => of(fields, |field| {
                let code = if field.name == "filter" { Code::Syntax } else { Code::Value };
                verdict::Problem::of_parameter(field.name.clone(), code, field.reason.clone())
            }),
            Self::UnknownParameters(fields) => of(fields, |field| {
                verdict::Problem::of_parameter(field.name.clone(), Code::Unknown, field.reason.clone())
            }),
            Self::NotAcceptable => {
                vec![verdict::Problem::of_parameter("accept", Code::MediaType, NOT_ACCEPTABLE.3)]
            }
            Self::InvalidId => whole(Code::Value, INVALID_ID),
            Self::NoResource => whole(Code::Absent, NO_RESOURCE),
            Self::NoCollection => whole(Code::Absent, NO_COLLECTION),
            Self::NoToken | Self::Disabled => whole(Code::Forbidden, FORBIDDEN),
            Self::CredentialExists | Self::SamePassword => whole(Code::Taken, CREDENTIAL_EXISTS),
            Self::Domain(error) => vec![verdict::Problem::of_domain(error)],
        }
    }

    fn answer(self) -> Written {
        Problem { error: self, correlation: NOBODY.to_owned() }.render()
    }
}

impl Field {
    fn problem(&self, code: Code) -> verdict::Problem {
        verdict::Problem::of_member(&[self.name.as_str()], code, self.reason.clone())
    }
}

/// What the directory refuses; where a member is at fault, with it.
fn of_domain(error: Domain, correlation: &str) -> (Published, Option<Field>) {
    match error {
        Domain::NotFound(noun) => match noun {
            // the caller's own account, deleted since the token was recognized
            Noun::Organization => (FORBIDDEN, None),
            Noun::User
            | Noun::Seat
            | Noun::Token
            | Noun::Key
            | Noun::Group
            | Noun::RoleBinding
            | Noun::Credential
            | Noun::Delivery
            | Noun::Mail => (NO_RESOURCE, None),
        },
        Domain::Conflict(conflict) => match conflict {
            Conflict::EmailTaken | Conflict::LoginTaken => {
                (CONFLICT, Some(Field::new("email", "the account has a user with this e-mail")))
            }
            Conflict::Bound => (CONFLICT, Some(Field::new("userID", "the principal has a role binding already"))),
            Conflict::AuthIdTaken => {
                (CONFLICT, Some(Field::new("authID", "the account has a group with this distinguished name")))
            }
            Conflict::PasswordSet => (CONFLICT, Some(Field::new("name", "the user has a passwordHash already"))),
            Conflict::Stale => (STALE, None),
            // an admin's token deleted since it was looked at
            Conflict::TokenRevoked => (NO_RESOURCE, None),
            // no operation here leads to these
            Conflict::SeatHeld
            | Conflict::SeatAssigned
            | Conflict::TokenActive
            | Conflict::KeyRevoked
            | Conflict::LastAdmin
            | Conflict::SeatsInUse
            | Conflict::GroupNameTaken
            | Conflict::Unfinished => (CONFLICT, None),
        },
        Domain::NoFreeSeats => (CONFLICT, None),
        Domain::RateLimited(_) => (RATE_LIMITED, None),
        Domain::Internal(context) => {
            log::error!("astra, {correlation}: {context}");
            (INTERNAL, None)
        }
    }
}

const NO_RESOURCE: Published =
    Published(Some(1), StatusCode::NOT_FOUND, "Resource not found", "There is no such resource in this account");
const NO_COLLECTION: Published =
    Published(Some(2), StatusCode::NOT_FOUND, "Collection not found", "Nothing in this account is found at this path");
const NO_TOKEN: Published = Published(
    Some(3),
    StatusCode::UNAUTHORIZED,
    "Missing bearer token",
    "Send the account's key or a user's token as `Authorization: Bearer …`",
);
const BAD_TOKEN: Published = Published(
    Some(4),
    StatusCode::UNAUTHORIZED,
    "Invalid bearer token",
    "The token is unknown, ended, revoked or deleted",
);
const INVALID_PARAMETERS: Published = Published(
    Some(5),
    StatusCode::BAD_REQUEST,
    "Invalid query parameters",
    "A query parameter has a value that it does not take",
);
const UNKNOWN_PARAMETERS: Published = Published(
    Some(6),
    StatusCode::BAD_REQUEST,
    "Query parameters not supported",
    "This call does not take a query parameter that was sent",
);
const NOT_JSON: Published =
    Published(Some(7), StatusCode::BAD_REQUEST, "Invalid JSON payload", "The body is empty, or is not JSON");
const SCHEMA: Published = Published(
    Some(8),
    StatusCode::BAD_REQUEST,
    "Invalid JSON resource",
    "The body does not have the form of the resource",
);
const INVALID: Published = Published(
    Some(9),
    StatusCode::BAD_REQUEST,
    "Invalid JSON resource",
    "A member of the body has a value that it may not have",
);
const CONFLICT: Published = Published(
    Some(10),
    StatusCode::CONFLICT,
    "JSON resource conflict",
    "The body does not fit what the account has already",
);
const FORBIDDEN: Published = Published(
    Some(11),
    StatusCode::FORBIDDEN,
    "Operation not permitted",
    "The token's role does not permit this operation in this account",
);
const DISABLED: Published =
    Published(Some(14), StatusCode::FORBIDDEN, "Unauthorized access", "The token's user is turned off");
const NOT_ACCEPTABLE: Published = Published(
    Some(32),
    StatusCode::NOT_ACCEPTABLE,
    "Unsupported content type",
    "None of the media types in `Accept` is served here",
);
const INVALID_ID: Published =
    Published(Some(35), StatusCode::BAD_REQUEST, "Invalid resource ID", "The id in the path is not a UUID");
const STALE: Published = Published(
    Some(38),
    StatusCode::PRECONDITION_FAILED,
    "Precondition not met",
    "The resource is not in the state that the request names",
);
const CREDENTIAL_EXISTS: Published =
    Published(Some(39), StatusCode::CONFLICT, "Credential exists", "The user has a passwordHash already");
const SAME_PASSWORD: Published =
    Published(Some(81), StatusCode::BAD_REQUEST, "Same password supplied", "This password is set already");
const INTERNAL: Published =
    Published(Some(34), StatusCode::INTERNAL_SERVER_ERROR, "Internal server error", "The fault is ours");
const UNAVAILABLE: Published =
    Published(Some(41), StatusCode::SERVICE_UNAVAILABLE, "Service not ready", "Out of service for a while");
const RATE_LIMITED: Published =
    Published(None, StatusCode::TOO_MANY_REQUESTS, "Too Many Requests", "Too many calls; make this one later");
const NO_METHOD: Published =
    Published(None, StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed", "This path does not have this method");
const TOO_LARGE: Published =
    Published(None, StatusCode::PAYLOAD_TOO_LARGE, "Payload Too Large", "The body is over 8 MiB");
