//! Errors: `{"error": {"code", "message"}}`, and FastAPI's `{"detail": […]}` for what does not validate [O:`ErrorResponse`,
//! O:`HTTPValidationError`]. `auth_required` is fixed by [C]; the other codes are ours.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Serialize;
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
    /// The organization's subscription has ended.
    SubscriptionInactive,
    /// A parameter or the body does not validate.
    Invalid(Vec<Detail>),
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
        Self::Invalid(problems.into_iter().map(Detail::of_body).collect())
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        vec![problem].into()
    }
}

/// One entry of a validation error.
#[derive(Debug, Serialize)]
pub(super) struct Detail {
    loc: Vec<String>,
    msg: String,
    r#type: &'static str,
    /// What it is in the words of all dialects.
    #[serde(skip)]
    told: verdict::Problem,
}

impl Detail {
    /// A parameter at fault; `place` is `path` or `query`.
    pub(super) fn of_parameter(place: &str, name: &str, kind: &'static str, message: &str) -> Self {
        let told = verdict::Problem::of_parameter(name.to_owned(), Code::Value, message.to_owned());
        Self { loc: vec![place.to_owned(), name.to_owned()], msg: message.to_owned(), r#type: kind, told }
    }

    /// A part of the body at fault, in pydantic's words.
    fn of_body(problem: Problem) -> Self {
        let told = verdict::Problem::of_fault(&problem, "");
        let mut loc = vec!["body".to_owned()];
        loc.extend(problem.path);
        let (kind, msg) = match problem.fault {
            Fault::NotJson(at) => {
                loc.push(at.to_string());
                ("json_invalid", "JSON decode error".to_owned())
            }
            Fault::Empty | Fault::Missing => ("missing", "Field required".to_owned()),
            Fault::Unknown => ("extra_forbidden", "Extra inputs are not permitted".to_owned()),
            Fault::Type(wanted) => {
                let (kind, msg) = match wanted {
                    Type::Object => {
                        ("model_attributes_type", "Input should be a valid dictionary or object to extract fields from")
                    }
                    Type::Array => ("list_type", "Input should be a valid list"),
                    Type::Text => ("string_type", "Input should be a valid string"),
                    Type::Integer => ("int_type", "Input should be a valid integer"),
                    Type::Boolean => ("bool_type", "Input should be a valid boolean"),
                    Type::Time => ("datetime_parsing", "Input should be a valid datetime"),
                };
                (kind, msg.to_owned())
            }
            Fault::Value(kind, message) => (kind, message),
        };
        Self { loc, msg, r#type: kind, told }
    }
}

#[derive(Serialize)]
struct Details {
    detail: Vec<Detail>,
}

#[derive(Serialize)]
struct Body<'a> {
    error: Inner<'a>,
}

#[derive(Serialize)]
struct Inner<'a> {
    code: &'a str,
    message: &'a str,
}

fn plain(status: u16, code: &str, message: &str) -> Written {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Written::json(status, &Body { error: Inner { code, message } })
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
            Self::SubscriptionInactive => plain(403, "subscription_inactive", INACTIVE),
            Self::Invalid(detail) => Written::json(StatusCode::UNPROCESSABLE_ENTITY, &Details { detail }),
            Self::Domain(error) => render(error),
        }
    }
}

impl Told for Error {
    fn problems(&self) -> Vec<verdict::Problem> {
        match self {
            Self::Refused(refusal) => vec![verdict::Problem::of_cause(refusal)],
            Self::SubscriptionInactive => vec![verdict::Problem::of_body(Code::Forbidden, INACTIVE)],
            Self::Invalid(details) => {
                let told = |detail: &Detail| detail.told.clone().saying(detail.msg.clone());
                details.iter().map(told).collect()
            }
            Self::Domain(error) => vec![verdict::Problem::of_domain(error)],
        }
    }

    fn answer(self) -> Written {
        self.render()
    }
}

const INACTIVE: &str = "The organization has no active subscription";

fn refuse(refusal: Refusal) -> Written {
    match refusal {
        Refusal::Unauthenticated => {
            plain(401, "auth_required", "Authentication required").with("www-authenticate", "Bearer")
        }
        Refusal::Forbidden => plain(403, "forbidden", "You may not do this here"),
        Refusal::NoRoute => plain(404, "not_found", "Not found"),
        Refusal::NoMethod(allow) => plain(405, "method_not_allowed", "Method not allowed").with("allow", allow),
        Refusal::TooLarge => plain(413, "payload_too_large", "The body is over 8 MiB"),
        Refusal::Unreadable => {
            let problem = Problem { path: Vec::new(), fault: Fault::NotJson(0) };
            Error::from(problem).render()
        }
        Refusal::Conflict => plain(409, "conflict", "The change does not fit"),
        Refusal::NoFreeSeats => render(Domain::NoFreeSeats),
        Refusal::RateLimited(wait) => plain(429, "rate_limited", "Too many requests").after(wait),
        Refusal::Unavailable => plain(503, "service_unavailable", "Service unavailable").later(),
        Refusal::Internal => plain(500, "internal_error", "Internal error"),
    }
}

fn render(error: Domain) -> Written {
    match error {
        Domain::NotFound(noun) => match noun {
            // the caller's own organization, deleted since it was authenticated
            Noun::Organization => refuse(Refusal::Forbidden),
            Noun::User => plain(404, "user_not_found", "User not found"),
            Noun::Seat => plain(404, "seat_not_assigned", "A seat is not currently assigned to the user"),
            Noun::Token => plain(404, "user_token_not_found", "User token not found"),
            Noun::Key => plain(404, "service_account_not_found", "Service account not found"),
            // no operation here leads to these
            Noun::Group | Noun::RoleBinding | Noun::Credential | Noun::Delivery | Noun::Mail => {
                plain(404, "not_found", "Not found")
            }
        },
        Domain::Conflict(conflict) => match conflict {
            Conflict::EmailTaken | Conflict::LoginTaken => {
                plain(409, "user_already_exists", "The organization has a user with this e-mail already")
            }
            Conflict::SeatHeld => plain(409, "seat_already_assigned", "A seat is already assigned to the user"),
            Conflict::SeatAssigned => {
                plain(409, "user_seat_assigned", "A seat is assigned to the user: take it away first")
            }
            Conflict::TokenActive => plain(409, "user_token_active", "The user has a token: revoke it first"),
            Conflict::TokenRevoked => plain(409, "user_token_already_revoked", "The token is already revoked"),
            Conflict::LastAdmin => plain(409, "last_admin", "The user is the organization's only admin"),
            // no operation here leads to these
            Conflict::KeyRevoked
            | Conflict::SeatsInUse
            | Conflict::GroupNameTaken
            | Conflict::PasswordSet
            | Conflict::Bound
            | Conflict::AuthIdTaken
            | Conflict::Stale
            | Conflict::Unfinished => plain(409, "conflict", "The change does not fit"),
        },
        Domain::NoFreeSeats => plain(402, "no_free_seats", "No free seats remaining in the organization subscription"),
        Domain::RateLimited(wait) => refuse(Refusal::RateLimited(wait)),
        Domain::Internal(context) => {
            log::error!("anaconda: {context}");
            refuse(Refusal::Internal)
        }
    }
}
