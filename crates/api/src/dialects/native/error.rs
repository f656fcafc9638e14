//! Errors as RFC 9457 has them: `application/problem+json` with `type`, `title`, `status`, `detail`, and `errors` where
//! members are at fault.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Serialize;
use tessera_directory::error::{Conflict, Error as Domain, Noun};
use tessera_directory::key::Scope;

use super::idempotency;
use crate::endpoint::Refusal;
use crate::members::{Fault, Problem, Type, pointer};
use crate::verdict::{self, Code, Told, Written};
use crate::watch;

/// Why a call is refused.
#[derive(Debug)]
pub(super) enum Error {
    /// By no rule of the directory.
    Refused(Refusal),
    /// The key lacks a scope.
    MissingScope(Scope),
    /// The body does not validate.
    Invalid(Vec<Problem>),
    /// A query parameter does not validate: its name, and what it should be.
    Parameter(&'static str, &'static str),
    /// The `Idempotency-Key` is none.
    IdempotencyKey,
    /// The `Idempotency-Key` is that of a call with another body.
    IdempotencyKeyReused,
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

impl From<Vec<Problem>> for Error {
    fn from(problems: Vec<Problem>) -> Self {
        Self::Invalid(problems)
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Invalid(vec![problem])
    }
}

const IDEMPOTENCY_KEY: &str = "An Idempotency-Key has 1 to 255 visible characters of ASCII";

#[derive(Serialize)]
struct Body<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Entry>,
}

/// One fault: a JSON pointer into the body, or a query parameter.
#[derive(Serialize)]
struct Entry {
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<&'static str>,
    detail: String,
}

/// An error with a sentence for whoever called.
pub(crate) fn problem(status: StatusCode, code: &str, detail: &str) -> Written {
    with_entries(status, code, detail, Vec::new())
}

fn with_entries(status: StatusCode, code: &str, detail: &str, errors: Vec<Entry>) -> Written {
    let title = status.canonical_reason().unwrap_or_default();
    let body = Body { r#type: format!("urn:tessera:problem:{code}"), title, status: status.as_u16(), detail, errors };
    Written::typed(status, "application/problem+json", &body)
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
            Self::MissingScope(scope) => {
                let detail = format!("The key lacks the scope {}", scope.as_str());
                problem(StatusCode::FORBIDDEN, "missing-scope", &detail)
            }
            Self::Invalid(problems) => invalid(problems),
            Self::Parameter(parameter, detail) => {
                let entry = Entry { pointer: None, parameter: Some(parameter), detail: detail.to_owned() };
                with_entries(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "The query does not validate", vec![entry])
            }
            Self::IdempotencyKey => problem(StatusCode::BAD_REQUEST, "idempotency-key", IDEMPOTENCY_KEY),
            Self::IdempotencyKeyReused => {
                let detail = "The Idempotency-Key is that of a call with another body";
                problem(StatusCode::UNPROCESSABLE_ENTITY, "idempotency-key-reused", detail)
            }
            Self::Domain(error) => render(error),
        }
    }
}

fn refuse(refusal: Refusal) -> Written {
    match refusal {
        Refusal::Unauthenticated => {
            let detail = "Send a key as `Authorization: Bearer …`; what was sent is missing, unknown, ended or revoked";
            problem(StatusCode::UNAUTHORIZED, "unauthenticated", detail).with("www-authenticate", "Bearer")
        }
        Refusal::Forbidden => problem(StatusCode::FORBIDDEN, "forbidden", "The credential does not open this"),
        Refusal::NoRoute => problem(StatusCode::NOT_FOUND, "no-such-path", "Nothing is served at this path"),
        Refusal::NoMethod(allow) => {
            let detail = format!("This path has {allow}");
            problem(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", &detail).with("allow", allow)
        }
        Refusal::TooLarge => problem(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The body is over 8 MiB"),
        Refusal::Unreadable => problem(StatusCode::BAD_REQUEST, "unreadable", "The body broke off"),
        Refusal::Conflict => problem(StatusCode::CONFLICT, "conflict", "The change does not fit what is there"),
        Refusal::NoFreeSeats => render(Domain::NoFreeSeats),
        Refusal::RateLimited(wait) => {
            problem(StatusCode::TOO_MANY_REQUESTS, "rate-limited", "Too many calls; make this one later").after(wait)
        }
        Refusal::Unavailable => {
            problem(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Out of service for a while").later()
        }
        Refusal::Internal => problem(StatusCode::INTERNAL_SERVER_ERROR, "internal", "The fault is ours"),
    }
}

fn invalid(problems: Vec<Problem>) -> Written {
    let (mut status, mut code) = (StatusCode::UNPROCESSABLE_ENTITY, "invalid");
    let entries = problems
        .into_iter()
        .map(|problem| {
            if matches!(problem.fault, Fault::NotJson(_) | Fault::Empty) {
                (status, code) = (StatusCode::BAD_REQUEST, "malformed");
            }
            Entry { pointer: Some(pointer(problem.path.iter())), parameter: None, detail: told(&problem.fault) }
        })
        .collect();
    with_entries(status, code, "The body does not validate", entries)
}

fn told(fault: &Fault) -> String {
    match fault {
        Fault::NotJson(at) => format!("not JSON from byte {at} on"),
        Fault::Empty => "a JSON object is needed".to_owned(),
        Fault::Missing => "required".to_owned(),
        Fault::Unknown => "no such member".to_owned(),
        Fault::Type(wanted) => format!("should be {}", type_name(*wanted)),
        Fault::Value(_, message) => format!("should be {message}"),
    }
}

impl Told for Error {
    fn problems(&self) -> Vec<verdict::Problem> {
        match self {
            Self::Refused(refusal) => vec![verdict::Problem::of_cause(refusal)],
            Self::MissingScope(scope) => vec![verdict::Problem::of_body(Code::Forbidden, scope.as_str())],
            Self::Invalid(problems) => {
                problems.iter().map(|problem| verdict::Problem::of_fault(problem, told(&problem.fault))).collect()
            }
            Self::Parameter(name, detail) => vec![verdict::Problem::of_parameter(*name, Code::Value, *detail)],
            Self::IdempotencyKey => {
                vec![verdict::Problem::of_parameter(idempotency::KEY, Code::Value, IDEMPOTENCY_KEY)]
            }
            // what was sent before is not known
            Self::IdempotencyKeyReused => Vec::new(),
            Self::Domain(error) => vec![verdict::Problem::of_domain(error)],
        }
    }

    fn answer(self) -> Written {
        self.render()
    }
}

fn type_name(wanted: Type) -> &'static str {
    match wanted {
        Type::Object => "an object",
        Type::Array => "an array",
        Type::Text => "a string",
        Type::Integer => "an integer",
        Type::Boolean => "a boolean",
        Type::Time => "an RFC 3339 date-time",
    }
}

fn render(error: Domain) -> Written {
    match error {
        Domain::NotFound(noun) => {
            let (code, detail) = match noun {
                Noun::Organization => ("organization-not-found", "There is no such organization"),
                Noun::User => ("user-not-found", "There is no such user"),
                Noun::Seat => ("seat-not-held", "The user holds no seat"),
                Noun::Token => ("token-not-found", "There is no such token"),
                Noun::Key => ("key-not-found", "There is no such key"),
                Noun::Group => ("group-not-found", "There is no such group"),
                Noun::RoleBinding => ("role-binding-not-found", "There is no such role binding"),
                Noun::Credential => ("credential-not-found", "There is no such credential"),
                Noun::Delivery => ("delivery-not-found", "There is no such delivery"),
                Noun::Mail => ("mail-not-found", "There is no such mail"),
            };
            problem(StatusCode::NOT_FOUND, code, detail)
        }
        Domain::Conflict(conflict) => {
            let (code, detail) = match conflict {
                Conflict::EmailTaken => ("email-taken", "The organization has a user with this e-mail"),
                Conflict::LoginTaken => ("login-taken", "The organization has a user with this login"),
                Conflict::SeatHeld => ("seat-held", "The user holds a seat already"),
                Conflict::SeatAssigned => ("seat-assigned", "The user holds a seat"),
                Conflict::TokenActive => ("token-active", "The user has a live token"),
                Conflict::TokenRevoked => ("token-revoked", "The token is revoked already"),
                Conflict::KeyRevoked => ("key-revoked", "The key is revoked already"),
                Conflict::LastAdmin => ("last-admin", "The user is the organization's only admin"),
                Conflict::SeatsInUse => ("seats-in-use", "More seats are held than the organization would have"),
                Conflict::GroupNameTaken => ("group-name-taken", "The organization has a group with this name"),
                Conflict::PasswordSet => ("password-set", "The user has a password already"),
                Conflict::Bound => ("bound", "The principal has a role binding already"),
                Conflict::AuthIdTaken => ("auth-id-taken", "The organization has a group with this distinguished name"),
                Conflict::Stale => ("stale", "It is no longer as the request names it"),
                Conflict::Unfinished => {
                    let detail = "The call of this Idempotency-Key is still being answered";
                    return problem(StatusCode::CONFLICT, "idempotency-unfinished", detail).later();
                }
            };
            problem(StatusCode::CONFLICT, code, detail)
        }
        Domain::NoFreeSeats => problem(StatusCode::CONFLICT, "no-free-seats", "Every seat is held"),
        Domain::RateLimited(wait) => refuse(Refusal::RateLimited(wait)),
        Domain::Internal(context) => {
            log::error!("native: {context}");
            refuse(Refusal::Internal)
        }
    }
}
