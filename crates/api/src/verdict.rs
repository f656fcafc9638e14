//! Verdicts: what an operation says of a request by the request alone, and by what is assumed of the directory behind it. It is
//! read by the very functions that read it on the server, and refused by the dialect's own error, so that both say the same. Who
//! calls is not asked: the credential counts as good, and whatever the path names as there.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Serialize;
use serde_json::{Map, Value};
use tessera_directory::error::Error as Domain;
use tessera_directory::password_policy::PasswordPolicy;

use crate::body::Read;
use crate::endpoint::{Head, Received, Refusal as Cause};
use crate::members::{self, Fault, Given, Members, Type};
use crate::{assumed, dialects};

pub use crate::assumed::Assumed;
pub use crate::respond::Written;

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
            Domain::NoFreeSeats | Domain::RateLimited(_) | Domain::Internal(_) => Code::Forbidden,
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
            | Cause::RateLimited(_)
            | Cause::Unavailable
            | Cause::Internal => Self::of_body(Code::Forbidden, "Not permitted"),
        }
    }
}

/// What an operation says of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// What is at fault.
    pub problems: Vec<Problem>,
    /// What is taken, and yet will not do what it looks like.
    pub warnings: Vec<Problem>,
    /// The answer. None where the request is taken, and where a part of it is: what that answer shows is in the directory.
    pub refusal: Option<Written>,
}

impl Verdict {
    /// What was read without a fault.
    pub(crate) fn good<T>(_: T) -> Self {
        Self::default()
    }

    /// The same, with the answer where it is known.
    pub(crate) fn answered(self, is_known: bool, answer: impl FnOnce() -> Written) -> Self {
        Self { refusal: is_known.then(answer), ..self }
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

/// What no URI has as it is.
const UNFIT: &AsciiSet = &CONTROLS.add(b' ').add(b'#');

/// The head of a request that is asked about.
struct Asked {
    query: String,
    headers: Vec<(String, String)>,
}

impl Head for Asked {
    fn query(&self) -> &str {
        &self.query
    }

    fn header(&self, name: &str) -> Option<String> {
        let of_name = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let values: Vec<&str> = of_name.map(|(_, value)| value.as_str()).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }
}

impl Question {
    fn received(self) -> Result<(Received, Assumed), Unanswered> {
        if self.headers.iter().any(|(_, value)| value.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t')) {
            return Err(Unanswered("a header has a value that none has".to_owned()));
        }
        let query = utf8_percent_encode(&self.query, UNFIT).to_string();
        let parameters = self.parameters.into_iter().map(|(name, value)| (Cow::Owned(name), value)).collect();
        let body = Read::whole(Bytes::from(self.body));
        Ok((Received::new(Arc::new(Asked { query, headers: self.headers }), parameters, body), self.assumed))
    }
}

/// A dialect's error, as far as verdicts need it.
pub(crate) trait Told {
    /// What is at fault.
    fn problems(&self) -> Vec<Problem>;

    /// The answer, with all that the dialect gives each of its answers.
    fn answer(self) -> Written;
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
        refusal: Some(error.answer()),
    }))
}
