//! Verdicts: what an operation says of a request by the request alone, and by what is assumed of the directory behind it. It is
//! read by the very functions that read it on the server, and refused by the dialect's own error, so that both say the same. Who
//! calls is not asked: the credential counts as good, and whatever the path names as there.

use std::borrow::Cow;
use std::fmt;

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{HeaderName, Method, header};
use http_body_util::{BodyExt as _, Collected};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Serialize;
use serde_json::{Map, Value};
use tessera_directory::error::Error as Domain;
use tessera_directory::password_policy::PasswordPolicy;

use crate::body::Read;
use crate::endpoint::{Received, Refusal as Cause};
use crate::members::{self, Fault, Given, Members, Type};
use crate::{assumed, dialects};

pub use crate::assumed::Assumed;

/// What is at fault, in one word that all dialects share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The body is not what its media type says.
    Malformed,
    /// There is no body, or nothing in it.
    Empty,
    /// What must be there is not.
    Missing,
    /// What nobody knows.
    Unknown,
    /// A value of another type than it should have.
    Type,
    /// A value that breaks a rule.
    Value,
    /// The same once more.
    Duplicate,
    /// What another has already.
    Taken,
    /// The name of something that is not there.
    Absent,
    /// A password that the policy does not admit.
    Policy,
    /// What cannot be changed, or written at all.
    Fixed,
    /// A query that is none.
    Syntax,
    /// Too much for one call.
    TooLarge,
    /// A media type that is not taken, or not served.
    MediaType,
    /// What the organization, as it is assumed, may not do.
    Forbidden,
}

/// What is wrong at one place of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The place in the body, as RFC 6901 writes it; empty for the whole of it, and for what is not in it.
    pub pointer: String,
    /// The parameter of path or query that is at fault, or the header, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<Cow<'static, str>>,
    /// Where it begins: in a body that is malformed the byte, from 0; in a query the character of the statement, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<usize>,
    /// What it is.
    pub code: Code,
    /// The vendor's words for it.
    pub message: Cow<'static, str>,
}

impl Problem {
    /// What is wrong with a value by itself.
    pub fn of_value(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self::of_body(code, message)
    }

    /// What is wrong with the body as a whole.
    pub(crate) fn of_body(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self { pointer: String::new(), parameter: None, at: None, code, message: message.into() }
    }

    /// What is wrong with a member of the body.
    pub(crate) fn of_member(path: &[&str], code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        let path: Vec<String> = path.iter().map(|&name| name.to_owned()).collect();
        Self { pointer: members::pointer(path.iter()), ..Self::of_body(code, message) }
    }

    /// What is wrong with a parameter.
    pub(crate) fn of_parameter(
        name: impl Into<Cow<'static, str>>,
        code: Code,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { parameter: Some(name.into()), ..Self::of_body(code, message) }
    }

    /// A fault that was found while the body was read, in a dialect's words.
    pub(crate) fn of_fault(problem: &members::Problem, message: impl Into<Cow<'static, str>>) -> Self {
        let (code, at) = match &problem.fault {
            Fault::NotJson(at) => (Code::Malformed, Some(*at)),
            Fault::Empty => (Code::Empty, None),
            Fault::Missing => (Code::Missing, None),
            Fault::Unknown => (Code::Unknown, None),
            Fault::Type(_) => (Code::Type, None),
            Fault::Value(..) => (Code::Value, None),
        };
        Self { pointer: members::pointer(problem.path.iter()), at, ..Self::of_body(code, message) }
    }

    /// The same in these words.
    pub(crate) fn saying(self, message: impl Into<Cow<'static, str>>) -> Self {
        Self { message: message.into(), ..self }
    }

    /// The same in the item at this place of a list.
    pub(crate) fn below(self, at: usize) -> Self {
        Self { pointer: format!("/{at}{}", self.pointer), ..self }
    }

    /// What the directory refuses by what is assumed of it.
    pub(crate) fn of_domain(error: &Domain) -> Self {
        let code = match error {
            Domain::NotFound(_) => Code::Absent,
            Domain::Conflict(_) => Code::Taken,
            Domain::NoFreeSeats | Domain::Internal(_) => Code::Forbidden,
        };
        Self::of_body(code, error.to_string())
    }

    /// Why a call is refused by no rule of the directory.
    pub(crate) fn of_cause(cause: &Cause) -> Self {
        match cause {
            Cause::TooLarge => Self::of_body(Code::TooLarge, "Too much for one call"),
            Cause::Unauthenticated
            | Cause::Forbidden
            | Cause::NoRoute
            | Cause::NoMethod(_)
            | Cause::Unreadable
            | Cause::Conflict
            | Cause::NoFreeSeats
            | Cause::RateLimited
            | Cause::Unavailable
            | Cause::Internal => Self::of_body(Code::Forbidden, "Not permitted"),
        }
    }
}

/// An answer that refuses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// The status.
    pub status: u16,
    /// The headers that the API gives it, their names in lower case; what a host adds is not among them.
    pub headers: Vec<(String, String)>,
    /// The body. Where a vendor's error has an id of its own that is new each time, its letters and digits are all `0`.
    pub body: String,
}

/// What an operation says of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// What is at fault.
    pub problems: Vec<Problem>,
    /// What is taken, and yet will not do what it looks like.
    pub warnings: Vec<Problem>,
    /// The answer. None where the request is taken, and where a part of it is: what that answer shows is in the directory.
    pub refusal: Option<Refusal>,
}

impl Verdict {
    /// What was read without a fault.
    pub(crate) fn good<T>(_: T) -> Self {
        Self::default()
    }

    /// The same, with the answer where it is known.
    pub(crate) fn answered(self, is_known: bool, answer: impl FnOnce() -> Response) -> Self {
        Self { refusal: is_known.then(|| refusal(answer())), ..self }
    }
}

/// A request that is asked about.
#[derive(Debug)]
pub struct Question {
    operation: String,
    parameters: Vec<(String, String)>,
    query: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    assumed: Assumed,
}

impl Question {
    /// Reads a request from the members of an object, beside its body: `operation`, the dialect's name, a dot, and its own;
    /// `parameters` of the path, decoded; the `query` as it stands in the URL; `headers`; what is `assumed`.
    pub fn read(members: Map<String, Value>, body: Vec<u8>) -> Result<Self, Unanswered> {
        let mut members = Members::of(members);
        let operation = members.text("operation");
        let operation = members.require("operation", operation, Type::Text).unwrap_or_default();
        let query = members.text("query").value().unwrap_or_default();
        let mut texts = |name| match members.object(name) {
            Given::Value(mut object) => {
                let texts = object.texts();
                members.put_back(object);
                texts
            }
            Given::Null | Given::Absent => Vec::new(),
        };
        let (parameters, headers) = (texts("parameters"), texts("headers"));
        let assumed = match members.object("assumed") {
            Given::Value(object) => Assumed::read(object)?,
            Given::Null | Given::Absent => Assumed::default(),
        };
        members.refuse_others();
        members.finish()?;
        Ok(Self { operation, parameters, query, headers, body, assumed })
    }
}

/// A question that has no answer: what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unanswered(pub String);

impl fmt::Display for Unanswered {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Unanswered {}

impl From<Vec<members::Problem>> for Unanswered {
    fn from(problems: Vec<members::Problem>) -> Self {
        let pointers = problems.iter().map(|problem| members::pointer(problem.path.iter()));
        Self(format!("these are not what they should be: {}", pointers.collect::<Vec<_>>().join(", ")))
    }
}

/// Reads a password policy, in the members that AppOptima has.
pub fn password_policy(members: Map<String, Value>) -> Result<PasswordPolicy, Unanswered> {
    let mut members = Members::of(members);
    let policy = assumed::read_policy(&mut members);
    members.finish()?;
    Ok(policy)
}

/// A vendor whose operations judge.
#[derive(Clone, Copy)]
pub struct Vendor {
    /// The dialect's name.
    pub name: &'static str,
    operations: fn() -> Vec<&'static str>,
    judge: fn(&str, &Received, &Assumed) -> Option<Verdict>,
}

impl Vendor {
    /// The names of the operations that judge, as a question has them.
    pub fn operations(&self) -> impl Iterator<Item = String> {
        (self.operations)().into_iter().map(|operation| format!("{}.{operation}", self.name))
    }
}

pub use dialects::{ANACONDA, APPOPTIMA, ASTRA, NATIVE, OCTANE, RICLOUD, octane_query};

/// Every vendor.
pub const VENDORS: &[Vendor] = &[NATIVE, ANACONDA, APPOPTIMA, ASTRA, OCTANE, RICLOUD];

/// What one of these vendors says of a request.
pub fn judge(vendors: &[Vendor], question: Question) -> Result<Verdict, Unanswered> {
    let none = || Unanswered("there is no operation of this name here that judges".to_owned());
    let operation = question.operation.clone();
    let (vendor, operation) = operation.split_once('.').ok_or_else(none)?;
    let vendor = vendors.iter().find(|known| known.name == vendor).ok_or_else(none)?;
    let (received, assumed) = question.received()?;
    (vendor.judge)(operation, &received, &assumed).ok_or_else(none)
}

/// The headers that a verdict depends on. That others are not read keeps all names of headers out of the npm package.
const HEADERS: [HeaderName; 3] = [header::ACCEPT, header::AUTHORIZATION, header::CONTENT_TYPE];
/// What no URI has as it is.
const UNFIT: &AsciiSet = &CONTROLS.add(b' ').add(b'#');

impl Question {
    fn received(self) -> Result<(Received, Assumed), Unanswered> {
        let uri = format!("/?{}", utf8_percent_encode(&self.query, UNFIT));
        let mut request = http::Request::builder().method(Method::POST).uri(uri);
        for (name, value) in self.headers {
            if let Some(known) = HEADERS.iter().find(|known| name.eq_ignore_ascii_case(known.as_str())) {
                request = request.header(known, value);
            }
        }
        let request = request.body(()).map_err(|_| Unanswered("a header has a value that none has".to_owned()))?;
        let parameters = self.parameters.into_iter().map(|(name, value)| (Cow::Owned(name), value)).collect();
        let body = Read::whole(Bytes::from(self.body));
        Ok((Received::new(request.into_parts().0, parameters, body), self.assumed))
    }
}

/// A dialect's error, as far as verdicts need it.
pub(crate) trait Told {
    /// What is at fault.
    fn problems(&self) -> Vec<Problem>;

    /// The answer, with all that the dialect gives each of its answers.
    fn answer(self) -> Response;
}

/// What an operation makes of a request.
pub(crate) type Judge<E> = fn(&Received, &Assumed) -> Result<Verdict, E>;

/// A dialect's operations that judge, by their names.
pub(crate) type Judges<E> = [(&'static str, Judge<E>)];

impl Vendor {
    pub(crate) const fn new(
        name: &'static str,
        operations: fn() -> Vec<&'static str>,
        judge: fn(&str, &Received, &Assumed) -> Option<Verdict>,
    ) -> Self {
        Self { name, operations, judge }
    }
}

/// The names of operations that judge.
pub(crate) fn names<E>(judges: &Judges<E>) -> Vec<&'static str> {
    judges.iter().map(|(operation, _)| *operation).collect()
}

/// The verdict of the operation of this name.
pub(crate) fn by<E: Told>(
    judges: &Judges<E>,
    operation: &str,
    received: &Received,
    assumed: &Assumed,
) -> Option<Verdict> {
    let (_, judge) = judges.iter().find(|(known, _)| *known == operation)?;
    Some(judge(received, assumed).unwrap_or_else(|error| Verdict {
        problems: error.problems(),
        warnings: Vec::new(),
        refusal: Some(refusal(error.answer())),
    }))
}

/// An answer as a refusal.
pub(crate) fn refusal(answer: impl IntoResponse) -> Refusal {
    let (parts, body) = answer.into_response().into_parts();
    // a body that is in memory is there at once
    let body = body.collect().now_or_never().and_then(Result::ok).map(Collected::to_bytes).unwrap_or_default();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Refusal {
        status: parts.status.as_u16(),
        headers: parts.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes()))).collect(),
        body: text(&body),
    }
}
