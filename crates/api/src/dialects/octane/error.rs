//! Errors [D]: `{"error_code", "correlation_id", "description", "description_translated", "properties"}`. The correlation id is
//! new each time, and in the log.

use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value as Json, json};
use tessera_directory::Directory;
use tessera_directory::error::{Conflict, Error as Domain, Noun};

use super::entity::Entity;
use super::query::Fault;
use crate::endpoint::Refusal;
use crate::{respond, watch};

/// How long a correlation id is.
const CORRELATION_LENGTH: usize = 25;

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
    /// A name that the entity has no field for: 400.
    UnknownField(Entity, String),
    /// Such a name in a query, at this character of the statement: 400.
    UnknownInQuery(Entity, String, usize),
    /// A value that is refused, or one that is missing: 400.
    IllegalValue(Entity, &'static str, &'static str),
    /// A field that nobody writes: 403.
    NotEditable(Entity, &'static str),
    /// A query that is none: 400.
    InvalidQuery(String),
    /// `limit`, `offset` and the form of `fields`: 400.
    IllegalArgument(&'static str),
    /// A body that is not what it should be: 400.
    General(&'static str),
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
                Self::InvalidQuery(format!("The query is invalid at character {at}: expected {expected}"))
            }
            Fault::UnknownField { entity, field, at } => Self::UnknownInQuery(entity, field, at),
        }
    }
}

/// What an error says.
struct Told {
    status: StatusCode,
    code: &'static str,
    description: String,
    properties: Json,
}

impl Told {
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
    pub(super) fn render(self, directory: &Directory) -> Response {
        let told = self.told();
        let mut response = respond::json(told.status, &self.body(directory));
        if let Self::Refused(Refusal::NoMethod(allow)) = &self
            && let Ok(allow) = HeaderValue::from_str(allow)
        {
            response.headers_mut().insert(header::ALLOW, allow);
        }
        if let Self::Refused(Refusal::RateLimited | Refusal::Unavailable) = &self {
            response = respond::later(response);
        }
        response
    }

    /// The body.
    pub(super) fn body(&self, directory: &Directory) -> Json {
        watch::refused(self);
        let Told { status, code, description, properties } = self.told();
        let correlation = directory.new_code(CORRELATION_LENGTH);
        if let Self::Domain(Domain::Internal(context)) = self {
            log::error!("octane, {correlation}: {context}");
        } else {
            log::debug!("octane, {correlation}: {status}, {code}");
        }
        json!({
            "error_code": code,
            "correlation_id": correlation,
            "description": description,
            "description_translated": description,
            "properties": properties,
        })
    }

    fn told(&self) -> Told {
        const BAD: StatusCode = StatusCode::BAD_REQUEST;
        const NOT_FOUND: &str = "platform.entity_not_found";
        let missing = |entity: Entity, id: &str| {
            let description = format!("The entity of id {id:?} and type {} does not exist", entity.word());
            Told::new(StatusCode::NOT_FOUND, NOT_FOUND, description)
        };
        match self {
            Self::Refused(refusal) => refused(refusal),
            Self::NoSpace(name) => missing(Entity::SharedSpace, name),
            Self::NoWorkspace(name) => {
                Told { code: "platform.workspace_not_found", ..missing(Entity::Workspace, name) }
            }
            Self::NotFound(entity, id) => missing(*entity, id),
            Self::MediaType => web(StatusCode::UNSUPPORTED_MEDIA_TYPE),
            Self::UnknownField(entity, field) => unknown_field(*entity, field, ""),
            Self::UnknownInQuery(entity, field, at) => {
                unknown_field(*entity, field, &format!(" (at character {at} of the query)"))
            }
            Self::IllegalValue(entity, field, rule) => {
                let description = format!("The value of the field '{field}' is illegal: {rule}");
                Told::new(BAD, "platform.illegal_field_value", description).of_field(*entity, field)
            }
            Self::NotEditable(entity, field) => {
                let description = format!("The field '{field}' is not editable");
                let code = "platform.modify_non_editable_field";
                Told::new(StatusCode::FORBIDDEN, code, description).of_field(*entity, field)
            }
            Self::InvalidQuery(description) => Told::new(BAD, "platform.invalid_query", description.as_str()),
            Self::IllegalArgument(description) => Told::new(BAD, "platform.illegal_argument", *description),
            Self::General(description) => Told::new(BAD, "platform.general_error", *description),
            Self::Domain(error) => domain(error),
        }
    }
}

fn unknown_field(entity: Entity, field: &str, place: &str) -> Told {
    let word = entity.word();
    let description = format!("The entity type '{word}' does not have a field/s by name/s '{field}'{place}");
    Told::new(StatusCode::BAD_REQUEST, "platform.unknown_field", description).of_field(entity, field)
}

/// What a web server says of itself [C].
fn web(status: StatusCode) -> Told {
    let description = format!("HTTP {} {}", status.as_u16(), status.canonical_reason().unwrap_or_default());
    Told::new(status, "platform.web_application", description)
}

fn internal() -> Told {
    Told::new(StatusCode::INTERNAL_SERVER_ERROR, "platform.general_error", "Internal error")
}

fn refused(refusal: &Refusal) -> Told {
    const NOT_AUTHORIZED: &str = "platform.not_authorized";
    match refusal {
        Refusal::Unauthenticated => {
            Told::new(StatusCode::UNAUTHORIZED, NOT_AUTHORIZED, "The request is not authenticated")
        }
        Refusal::Forbidden => Told::new(StatusCode::FORBIDDEN, NOT_AUTHORIZED, "The role Space Admin is required"),
        Refusal::NoRoute => web(StatusCode::NOT_FOUND),
        Refusal::NoMethod(_) => web(StatusCode::METHOD_NOT_ALLOWED),
        Refusal::TooLarge => web(StatusCode::PAYLOAD_TOO_LARGE),
        Refusal::Unreadable => Told::new(StatusCode::BAD_REQUEST, "platform.general_error", "The body broke off"),
        Refusal::Conflict => domain(&Domain::Conflict(Conflict::Stale)),
        Refusal::NoFreeSeats => domain(&Domain::NoFreeSeats),
        Refusal::RateLimited => web(StatusCode::TOO_MANY_REQUESTS),
        Refusal::Unavailable => web(StatusCode::SERVICE_UNAVAILABLE),
        Refusal::Internal => internal(),
    }
}

fn domain(error: &Domain) -> Told {
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
            | Noun::Delivery => {
                Told::new(StatusCode::NOT_FOUND, "platform.entity_not_found", "The entity does not exist")
            }
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
            | Conflict::Stale => Told::new(StatusCode::CONFLICT, "platform.general_error", "The change does not fit"),
        },
        // no operation here leads to it
        Domain::NoFreeSeats => Told::new(StatusCode::CONFLICT, "platform.general_error", "Every seat is held"),
        Domain::Internal(_) => internal(),
    }
}
