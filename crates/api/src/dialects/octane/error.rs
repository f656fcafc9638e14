//! Errors [D]: `{"error_code", "correlation_id", "description", "description_translated", "properties"}`. The correlation id is
//! new each time, and in the log.

use http::StatusCode;
use serde_json::{Value as Json, json};
use tessera_directory::Directory;
use tessera_directory::error::{Conflict, Error as Domain, Noun};

use super::entity::Entity;
use super::query::Fault;
use crate::endpoint::Refusal;
use crate::verdict::{Code, Problem, Told, Written};
use crate::watch;

/// How long a correlation id is.
const CORRELATION_LENGTH: usize = 25;
/// The one of a verdict.
pub(super) const NO_CORRELATION: &str = "0000000000000000000000000";

/// A new correlation id.
pub(super) fn correlation(directory: &Directory) -> String {
    directory.new_code(CORRELATION_LENGTH)
}

/// Why a call is refused.
#[derive(Debug)]
pub(super) enum Error {
    /// By no rule of the directory.
    Refused(Refusal),
    /// There is no such space, or it is not the caller's: 404.
    NoSpace(String),
    /// There is no such workspace: 404.
    NoWorkspace(String),
    /// There is no such entity: 404.
    NotFound(Entity, String),
    /// The body's media type is none that is taken: 415.
    MediaType,
    /// A name that the entity has no field for, in a body or in this parameter: 400.
    UnknownField(Entity, String, Option<&'static str>),
    /// Such a name in a query, at this character of the statement: 400.
    UnknownInQuery(Entity, String, usize),
    /// A value that is refused, or one that is missing: 400.
    IllegalValue(Entity, &'static str, &'static str),
    /// A field that nobody writes: 403.
    NotEditable(Entity, &'static str),
    /// A query that is none: 400.
    InvalidQuery(String, Option<usize>),
    /// `limit`, `offset` and the form of `fields`, and what they should be: 400.
    IllegalArgument(&'static str, &'static str),
    /// A body that is not what it should be: 400.
    General(Code, &'static str),
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

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Invalid { expected, at } => {
                Self::InvalidQuery(format!("The query is invalid at character {at}: expected {expected}"), Some(at))
            }
            Fault::UnknownField { entity, field, at } => Self::UnknownInQuery(entity, field, at),
        }
    }
}

/// What an error says.
struct Said {
    status: StatusCode,
    code: &'static str,
    description: String,
    properties: Json,
}

impl Said {
    fn new(status: StatusCode, code: &'static str, description: impl Into<String>) -> Self {
        Self { status, code, description: description.into(), properties: Json::Null }
    }

    fn of_field(self, entity: Entity, field: &str) -> Self {
        Self { properties: json!({"entity_type": entity.word(), "field_name": field}), ..self }
    }
}

impl Error {
    /// The status.
    pub(super) fn status(&self) -> StatusCode {
        self.told().status
    }

    /// The answer.
    pub(super) fn render(self, correlation: &str) -> Written {
        let told = self.told();
        let mut response = Written::json(told.status, &self.body(correlation));
        if let Self::Refused(Refusal::NoMethod(allow)) = &self {
            response = response.with("allow", allow.clone());
        }
        match &self {
            Self::Refused(Refusal::RateLimited(wait)) | Self::Domain(Domain::RateLimited(wait)) => {
                response = response.after(*wait);
            }
            Self::Refused(Refusal::Unavailable) => response = response.later(),
            _ => {}
        }
        response
    }

    /// The body.
    pub(super) fn body(&self, correlation: &str) -> Json {
        watch::refused(self);
        let Said { status, code, description, properties } = self.told();
        if let Self::Domain(Domain::Internal(context)) = self {
            log::error!("octane, {correlation}: {context}");
        } else {
            log::info!("octane, {correlation}: {status}, {code}");
        }
        json!({
            "error_code": code,
            "correlation_id": correlation,
            "description": description,
            "description_translated": description,
            "properties": properties,
        })
    }

    fn told(&self) -> Said {
        const BAD: StatusCode = StatusCode::BAD_REQUEST;
        const NOT_FOUND: &str = "platform.entity_not_found";
        let missing = |entity: Entity, id: &str| {
            let description = format!("The entity of id {id:?} and type {} does not exist", entity.word());
            Said::new(StatusCode::NOT_FOUND, NOT_FOUND, description)
        };
        match self {
            Self::Refused(refusal) => refused(refusal),
            Self::NoSpace(name) => missing(Entity::SharedSpace, name),
            Self::NoWorkspace(name) => {
                Said { code: "platform.workspace_not_found", ..missing(Entity::Workspace, name) }
            }
            Self::NotFound(entity, id) => missing(*entity, id),
            Self::MediaType => web(StatusCode::UNSUPPORTED_MEDIA_TYPE),
            Self::UnknownField(entity, field, _) | Self::UnknownInQuery(entity, field, _) => {
                let word = entity.word();
                let description = format!("The entity type '{word}' does not have a field/s by name/s '{field}'");
                Said::new(BAD, "platform.unknown_field", description).of_field(*entity, field)
            }
            Self::IllegalValue(entity, field, rule) => {
                let description = format!("The value of the field '{field}' is illegal: {rule}");
                Said::new(BAD, "platform.illegal_field_value", description).of_field(*entity, field)
            }
            Self::NotEditable(entity, field) => {
                let description = format!("The field '{field}' is not editable");
                let code = "platform.modify_non_editable_field";
                Said::new(StatusCode::FORBIDDEN, code, description).of_field(*entity, field)
            }
            Self::InvalidQuery(description, _) => Said::new(BAD, "platform.invalid_query", description.as_str()),
            Self::IllegalArgument(parameter, rule) => {
                Said::new(BAD, "platform.illegal_argument", format!("{parameter}: {rule}"))
            }
            Self::General(_, description) => Said::new(BAD, "platform.general_error", *description),
            Self::Domain(error) => domain(error),
        }
    }
}

impl Told for Error {
    fn problems(&self) -> Vec<Problem> {
        let message = self.told().description;
        let syntax = |at| Problem { at, ..Problem::of_parameter("query", Code::Syntax, message.clone()) };
        vec![match self {
            Self::Refused(refusal) => Problem::of_cause(refusal),
            Self::UnknownField(_, _, Some(parameter)) => Problem::of_parameter(*parameter, Code::Unknown, message),
            Self::UnknownField(_, field, None) => Problem::of_member(&[field.as_str()], Code::Unknown, message),
            Self::UnknownInQuery(_, _, at) => Problem { code: Code::Unknown, ..syntax(Some(*at)) },
            Self::InvalidQuery(_, at) => syntax(*at),
            Self::IllegalValue(_, field, REQUIRED) => Problem::of_member(&[*field], Code::Missing, message),
            Self::IllegalValue(_, field, _) => Problem::of_member(&[*field], Code::Value, message),
            Self::NotEditable(_, field) => Problem::of_member(&[*field], Code::Fixed, message),
            Self::IllegalArgument(parameter, _) => Problem::of_parameter(*parameter, Code::Value, message),
            Self::MediaType => Problem::of_parameter("content-type", Code::MediaType, message),
            Self::General(code, _) => Problem::of_body(*code, message),
            Self::NoSpace(_) | Self::NoWorkspace(_) | Self::NotFound(..) => Problem::of_body(Code::Absent, message),
            Self::Domain(error) => Problem::of_domain(error),
        }]
    }

    fn answer(self) -> Written {
        self.render(NO_CORRELATION).uncached()
    }
}

/// The rule of a value that must be there.
pub(super) const REQUIRED: &str = "it is required";

/// What a web server says of itself [C].
fn web(status: StatusCode) -> Said {
    let description = format!("HTTP {} {}", status.as_u16(), status.canonical_reason().unwrap_or_default());
    Said::new(status, "platform.web_application", description)
}

fn internal() -> Said {
    Said::new(StatusCode::INTERNAL_SERVER_ERROR, "platform.general_error", "Internal error")
}

fn refused(refusal: &Refusal) -> Said {
    const NOT_AUTHORIZED: &str = "platform.not_authorized";
    match refusal {
        Refusal::Unauthenticated => {
            Said::new(StatusCode::UNAUTHORIZED, NOT_AUTHORIZED, "The request is not authenticated")
        }
        Refusal::Forbidden => Said::new(StatusCode::FORBIDDEN, NOT_AUTHORIZED, "The role Space Admin is required"),
        Refusal::NoRoute => web(StatusCode::NOT_FOUND),
        Refusal::NoMethod(_) => web(StatusCode::METHOD_NOT_ALLOWED),
        Refusal::TooLarge => web(StatusCode::PAYLOAD_TOO_LARGE),
        Refusal::Unreadable => Said::new(StatusCode::BAD_REQUEST, "platform.general_error", "The body broke off"),
        Refusal::Conflict => domain(&Domain::Conflict(Conflict::Stale)),
        Refusal::NoFreeSeats => domain(&Domain::NoFreeSeats),
        Refusal::RateLimited(_) => web(StatusCode::TOO_MANY_REQUESTS),
        Refusal::Unavailable => web(StatusCode::SERVICE_UNAVAILABLE),
        Refusal::Internal => internal(),
    }
}

fn domain(error: &Domain) -> Said {
    match error {
        Domain::NotFound(noun) => match noun {
            // the caller's own organization, deleted since it was authenticated
            Noun::Organization => refused(&Refusal::Unauthenticated),
            Noun::User
            | Noun::Seat
            | Noun::Token
            | Noun::Key
            | Noun::Group
            | Noun::RoleBinding
            | Noun::Credential
            | Noun::Delivery
            | Noun::Mail => Said::new(StatusCode::NOT_FOUND, "platform.entity_not_found", "The entity does not exist"),
        },
        Domain::Conflict(conflict) => match conflict {
            // no operation here leads to these
            Conflict::EmailTaken
            | Conflict::LoginTaken
            | Conflict::SeatHeld
            | Conflict::SeatAssigned
            | Conflict::TokenActive
            | Conflict::TokenRevoked
            | Conflict::KeyRevoked
            | Conflict::LastAdmin
            | Conflict::SeatsInUse
            | Conflict::GroupNameTaken
            | Conflict::PasswordSet
            | Conflict::Bound
            | Conflict::AuthIdTaken
            | Conflict::Stale
            | Conflict::Unfinished => {
                Said::new(StatusCode::CONFLICT, "platform.general_error", "The change does not fit")
            }
        },
        // no operation here leads to it
        Domain::NoFreeSeats => Said::new(StatusCode::CONFLICT, "platform.general_error", "Every seat is held"),
        Domain::RateLimited(_) => web(StatusCode::TOO_MANY_REQUESTS),
        Domain::Internal(_) => internal(),
    }
}
