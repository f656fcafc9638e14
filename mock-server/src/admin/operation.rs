//! Operations of the control API: what serves one, next to what the document says of it, so that neither is without the other.

use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::routing::{self, MethodRouter};
use http::StatusCode;
use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::control::Control;

/// How a schema is told, given who tells it.
pub(super) type Told = fn(&mut SchemaGenerator) -> Schema;

/// A type's schema.
pub(super) fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// A type's schema in the place where it is asked for, under no name.
pub(super) fn inline<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    T::json_schema(generator)
}

/// A method and a path, what serves them, and what is said of them.
pub(super) struct Operation {
    /// In lower case, as the document has it.
    pub(super) method: &'static str,
    /// Under the prefix, its parameter in braces.
    pub(super) path: &'static str,
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
    /// An object whose members are the query's parameters.
    pub(super) query: Option<Told>,
    pub(super) body: Option<Body>,
    pub(super) answers: Vec<Answer>,
    /// Whether it takes no token.
    pub(super) is_public: bool,
    pub(super) handler: MethodRouter<Control>,
}

/// What an operation takes.
pub(super) struct Body {
    pub(super) told: Told,
    pub(super) is_required: bool,
}

/// What an operation may answer.
pub(super) enum Answer {
    /// JSON.
    Json(StatusCode, Told),
    /// A text of this media type.
    Text(&'static str),
    /// No body.
    Empty(StatusCode),
    /// A problem.
    Problem(StatusCode),
    /// 422 in WireMock's form.
    StubErrors,
}

impl Operation {
    fn new(method: &'static str, path: &'static str, handler: MethodRouter<Control>) -> Self {
        let (id, summary, query, body, answers) = ("", "", None, None, Vec::new());
        let operation = Self { method, path, id, summary, query, body, answers, is_public: false, handler };
        let operation = operation.refuses(&[StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN]);
        if path.contains('{') { operation.refuses(&[StatusCode::BAD_REQUEST]) } else { operation }
    }

    /// Its name, unique among all, and what it does.
    pub(super) fn called(self, id: &'static str, summary: &'static str) -> Self {
        Self { id, summary, ..self }
    }

    /// Takes parameters in the query.
    pub(super) fn queries(self, told: Told) -> Self {
        Self { query: Some(told), ..self }.refuses(&[StatusCode::BAD_REQUEST])
    }

    /// Takes JSON.
    pub(super) fn takes(self, told: Told) -> Self {
        self.reads(told, Answer::Problem(StatusCode::UNPROCESSABLE_ENTITY))
    }

    /// Takes JSON in WireMock's form.
    pub(super) fn takes_wiremock(self, told: Told) -> Self {
        self.reads(told, Answer::StubErrors)
    }

    fn reads(mut self, told: Told, invalid: Answer) -> Self {
        self.body = Some(Body { told, is_required: true });
        self.answers.push(invalid);
        self.refuses(&[StatusCode::BAD_REQUEST, StatusCode::PAYLOAD_TOO_LARGE])
    }

    /// Its body may be left out.
    pub(super) fn or_nothing(mut self) -> Self {
        self.body = self.body.map(|body| Body { is_required: false, ..body });
        self
    }

    /// Its body may be of any length.
    pub(super) fn of_any_length(mut self) -> Self {
        self.handler = self.handler.layer(DefaultBodyLimit::disable());
        self.answers.retain(|answer| !matches!(answer, Answer::Problem(StatusCode::PAYLOAD_TOO_LARGE)));
        self
    }

    fn answers(mut self, answer: Answer) -> Self {
        self.answers.push(answer);
        self
    }

    /// Answers with 200 and JSON.
    pub(super) fn gives(self, told: Told) -> Self {
        self.answers(Answer::Json(StatusCode::OK, told))
    }

    /// Answers with 201 and JSON.
    pub(super) fn creates(self, told: Told) -> Self {
        self.answers(Answer::Json(StatusCode::CREATED, told))
    }

    /// Answers with a text of this media type.
    pub(super) fn tells(self, media_type: &'static str) -> Self {
        self.answers(Answer::Text(media_type))
    }

    /// Answers with this status and nothing else.
    pub(super) fn does(self, status: StatusCode) -> Self {
        self.answers(Answer::Empty(status))
    }

    /// Takes no token.
    pub(super) fn public(mut self) -> Self {
        self.is_public = true;
        self.answers.retain(|answer| !matches!(answer, Answer::Problem(StatusCode::UNAUTHORIZED)));
        self
    }

    /// May answer with problems of these statuses.
    pub(super) fn refuses(mut self, statuses: &[StatusCode]) -> Self {
        self.answers.extend(statuses.iter().copied().map(Answer::Problem));
        self
    }
}

pub(super) fn get<H: Handler<T, Control>, T: 'static>(path: &'static str, handler: H) -> Operation {
    Operation::new("get", path, routing::get(handler))
}

pub(super) fn put<H: Handler<T, Control>, T: 'static>(path: &'static str, handler: H) -> Operation {
    Operation::new("put", path, routing::put(handler))
}

pub(super) fn post<H: Handler<T, Control>, T: 'static>(path: &'static str, handler: H) -> Operation {
    Operation::new("post", path, routing::post(handler))
}

pub(super) fn delete<H: Handler<T, Control>, T: 'static>(path: &'static str, handler: H) -> Operation {
    Operation::new("delete", path, routing::delete(handler))
}
