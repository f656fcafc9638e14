//! Errors: `{"error": "<code>", "message": "<sentence>"}`, with `params` where parameters are at fault [D].

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value};
use tessera_directory::error::{Conflict, Error as Domain, Noun};

use crate::endpoint::Refusal;
use crate::members::{Fault, Problem, Type};
use crate::verdict::{self, Code, Told, Written};
use crate::watch;

/// Why a call is refused.
#[derive(Debug)]
pub(super) enum Error {
    /// By no rule of the directory.
    Refused(Refusal),
    /// The organisation was turned off at its owner's wish.
    Deactivated,
    /// The organisation was turned off by the administrator.
    Blocked,
    /// The body is not a JSON object.
    InvalidBody,
    /// Parameters are at fault.
    Invalid(Vec<Problem>),
    /// Data is to be retrieved, and there is nowhere to put it.
    Unconfigured,
    /// The organisation lacks this scope.
    MissingScope(String),
    /// Not for this organisation.
    Forbidden(&'static str),
    /// The organisation has no such object.
    NotFound,
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

impl Error {
    /// One parameter is at fault.
    pub(super) fn parameter(name: &str, reason: &str) -> Self {
        Self::Invalid(vec![Problem { path: vec![name.to_owned()], fault: Fault::Value("value", reason.to_owned()) }])
    }
}

#[derive(Serialize)]
struct Body<'a> {
    error: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    params: Option<Value>,
}

fn plain(status: StatusCode, error: &str, message: &str) -> Written {
    Written::json(status, &Body { error, message, params: None })
}

fn invalid(problems: Vec<Problem>) -> Written {
    let mut params = Map::new();
    for Problem { path, fault } in problems {
        let (name, below) = path.split_first().map_or(("", path.as_slice()), |(name, below)| (name.as_str(), below));
        let reason = if below.is_empty() { reason(&fault) } else { format!("{}: {}", below.join("."), reason(&fault)) };
        let reasons = params.entry(name).or_insert_with(|| Value::Array(Vec::new()));
        if let Some(reasons) = reasons.as_array_mut() {
            reasons.push(reason.into());
        }
    }
    let message = "One or more parameters are invalid.";
    let body = Body { error: "invalid-parameter", message, params: Some(Value::Object(params)) };
    Written::json(StatusCode::BAD_REQUEST, &body)
}

fn reason(fault: &Fault) -> String {
    match fault {
        Fault::NotJson(_) | Fault::Empty => "This is not JSON.".into(),
        Fault::Missing => "This parameter is required.".into(),
        Fault::Unknown => "This is not known.".into(),
        Fault::Type(wanted) => format!("This should be {}.", described(*wanted)),
        Fault::Value(_, reason) => reason.clone(),
    }
}

fn described(wanted: Type) -> &'static str {
    match wanted {
        Type::Object => "an object",
        Type::Array => "an array",
        Type::Text => "a string",
        Type::Integer => "an integer",
        Type::Boolean => "a boolean",
        Type::Time => "a date-time",
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        self.render().into_response()
    }
}

impl Error {
    /// The answer.
    pub(super) fn render(self) -> Written {
        const FORBIDDEN: StatusCode = StatusCode::FORBIDDEN;
        watch::refused(&self);
        match self {
            Self::Refused(refusal) => refuse(refusal),
            Self::Deactivated => plain(FORBIDDEN, "deactivated", "The organisation is deactivated."),
            Self::Blocked => plain(FORBIDDEN, "blocked", "The organisation is blocked."),
            Self::InvalidBody => plain(StatusCode::BAD_REQUEST, "invalid-body", NO_OBJECT),
            Self::Invalid(problems) => invalid(problems),
            Self::Unconfigured => {
                plain(FORBIDDEN, "unconfigured", "The organisation's storage config is missing: none is valid.")
            }
            Self::MissingScope(scope) => plain(FORBIDDEN, "missing-scope", &missing_scope(&scope)),
            Self::Forbidden(message) => plain(FORBIDDEN, "forbidden", message),
            Self::NotFound => not_found(),
            Self::Domain(error) => render(error),
        }
    }
}

const NO_OBJECT: &str = "The request body should be a JSON object.";
const NOTHING_HERE: &str = "There is nothing here.";

fn missing_scope(scope: &str) -> String {
    format!("The organisation does not have the scope {scope}.")
}

impl Told for Error {
    fn problems(&self) -> Vec<verdict::Problem> {
        let whole = |code, message: &'static str| vec![verdict::Problem::of_body(code, message)];
        match self {
            Self::Refused(refusal) => vec![verdict::Problem::of_cause(refusal)],
            Self::InvalidBody => whole(Code::Malformed, NO_OBJECT),
            Self::Invalid(problems) => {
                problems.iter().map(|problem| verdict::Problem::of_fault(problem, reason(&problem.fault))).collect()
            }
            Self::MissingScope(scope) => {
                vec![verdict::Problem::of_member(&["scopes", scope.as_str()], Code::Forbidden, missing_scope(scope))]
            }
            Self::Forbidden(message) => whole(Code::Forbidden, message),
            Self::Deactivated | Self::Blocked | Self::Unconfigured => whole(Code::Forbidden, "Not permitted"),
            Self::NotFound => vec![verdict::Problem::of_parameter("id", Code::Absent, NOTHING_HERE)],
            Self::Domain(error) => vec![verdict::Problem::of_domain(error)],
        }
    }

    fn answer(self) -> Written {
        self.render().uncached()
    }
}

fn not_found() -> Written {
    plain(StatusCode::NOT_FOUND, "not-found", NOTHING_HERE)
}

fn refuse(refusal: Refusal) -> Written {
    match refusal {
        Refusal::Unauthenticated => plain(StatusCode::UNAUTHORIZED, "unauthorized", "A valid key token is required.")
            .with("www-authenticate", "Token"),
        Refusal::Forbidden => plain(StatusCode::FORBIDDEN, "forbidden", "This key may not do this."),
        Refusal::NoRoute => not_found(),
        Refusal::NoMethod(allow) => {
            plain(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "This path has no such method.")
                .with("allow", allow)
        }
        Refusal::TooLarge => plain(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The request body is too large."),
        Refusal::Unreadable => plain(StatusCode::BAD_REQUEST, "invalid-body", "The request body broke off."),
        Refusal::Conflict => plain(StatusCode::BAD_REQUEST, "invalid-parameter", "The change does not fit."),
        Refusal::NoFreeSeats => render(Domain::NoFreeSeats),
        Refusal::RateLimited(wait) => {
            plain(StatusCode::TOO_MANY_REQUESTS, "too-many-requests", "The rate limit has been exceeded.").after(wait)
        }
        Refusal::Unavailable => {
            plain(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "The service is unavailable.").later()
        }
        Refusal::Internal => plain(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong here."),
    }
}

fn render(error: Domain) -> Written {
    match error {
        Domain::NotFound(noun) => match noun {
            // the caller's own organization, deleted since it was authenticated
            Noun::Organization => refuse(Refusal::Unauthenticated),
            Noun::User
            | Noun::Key
            | Noun::Seat
            | Noun::Token
            | Noun::Group
            | Noun::RoleBinding
            | Noun::Credential
            | Noun::Delivery
            | Noun::Mail => not_found(),
        },
        Domain::Conflict(conflict) => match conflict {
            Conflict::EmailTaken | Conflict::LoginTaken => {
                Error::parameter("identifier", "Another user has this identifier.").render()
            }
            Conflict::KeyRevoked => Error::parameter("id", "This key is blocked.").render(),
            // no operation here leads to these
            Conflict::SeatHeld
            | Conflict::SeatAssigned
            | Conflict::TokenActive
            | Conflict::TokenRevoked
            | Conflict::LastAdmin
            | Conflict::SeatsInUse
            | Conflict::GroupNameTaken
            | Conflict::PasswordSet
            | Conflict::Bound
            | Conflict::AuthIdTaken
            | Conflict::Stale
            | Conflict::Unfinished => plain(StatusCode::BAD_REQUEST, "invalid-parameter", "The change does not fit."),
        },
        // no operation here leads to it
        Domain::NoFreeSeats => plain(StatusCode::FORBIDDEN, "limit-exceeded", "Every seat is held."),
        Domain::RateLimited(wait) => refuse(Refusal::RateLimited(wait)),
        Domain::Internal(context) => {
            log::error!("ricloud: {context}");
            refuse(Refusal::Internal)
        }
    }
}
