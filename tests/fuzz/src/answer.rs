//! What must hold of every answer, whatever was asked.

use contract::http::Response;
use contract::verdicts;
use http::{Method, StatusCode, header};
use serde_json::{Map, Value};
use tessera_api::fuzzing::dialect_of;
use tessera_api::verdict::{self, Question, VENDORS, Verdict};

use crate::request::{Credential, Sent};
use crate::world::{Answer, World};

/// What is wrong with an answer by itself.
pub(crate) fn flaw(sent: &Sent, answer: &Answer) -> Option<&'static str> {
    let status = answer.status;
    if status.is_server_error() {
        return Some("the server failed");
    }
    let media_type = answer.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default();
    if status == StatusCode::NO_CONTENT && !answer.body.is_empty() {
        return Some("there is content where there is none");
    }
    // what is no body cannot be JSON
    if sent.method == Method::HEAD {
        return None;
    }
    let says_json = essence == "application/json" || essence.ends_with("+json");
    let json: Option<Value> = serde_json::from_slice(&answer.body).ok();
    if says_json && json.is_none() {
        return Some("it is not the JSON that it says it is");
    }
    if status.is_client_error() {
        // a credential is sent in the scheme of the path's own dialect, and in the place of what stands there
        let is_own = matches!(sent.credential, Credential::None | Credential::Session);
        let authorization = sent.headers.get(header::AUTHORIZATION).filter(|_| is_own);
        let dialect = dialect_of(sent.target.path(), authorization).unwrap_or_default();
        if !says_json || !json.is_some_and(|json| is_error(dialect, status, &json)) {
            return Some("the error is not in the form of its API");
        }
    }
    None
}

/// Whether this is an error in the form of an API.
fn is_error(dialect: &str, status: StatusCode, json: &Value) -> bool {
    let text = |pointer: &str| json.pointer(pointer).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    let number = |pointer: &str| json.pointer(pointer).and_then(Value::as_u64) == Some(status.as_u16().into());
    match dialect {
        "anaconda" => {
            let is_oauth = text("/error") && text("/error_description");
            is_oauth || text("/error/code") && text("/error/message") || json.get("detail").is_some_and(Value::is_array)
        }
        // of many that are sent at once a part may be taken
        "appoptima" => json.is_array() || number("/error/code") && text("/error/message"),
        "astra" => {
            let is_told = json.get("status").and_then(Value::as_str) == Some(status.as_str());
            is_told && ["/type", "/title", "/detail", "/correlationID"].into_iter().all(text)
        }
        "octane" => {
            let is_one = ["/error_code", "/correlation_id", "/description"].into_iter().all(text);
            is_one || json.get("errors").and_then(Value::as_array).is_some_and(|errors| !errors.is_empty())
        }
        "ricloud" => text("/error") && text("/message"),
        _ => number("/status") && ["/type", "/title", "/detail"].into_iter().all(text),
    }
}

/// Whether a call that was answered so has changed nothing.
pub(crate) fn changes_nothing(sent: &Sent, answer: &Answer) -> bool {
    if answer.status.is_success() {
        // what it finds unsealed it seals
        return sent.method.is_safe() && sent.target.path() != "/v1/audit/verify";
    }
    // of many that are sent at once a part may be taken
    let json = answer.json();
    !json.is_array() && json.get("errors").is_none_or(|_| json.get("data").is_none())
}

/// What is said of a request without a server, by an operation that judges.
pub(crate) fn verdict(world: &World, sent: &Sent) -> Option<(String, Verdict)> {
    let path = sent.target.path();
    // the credential counts as good, and the parameters as decoded
    if sent.credential != Credential::Key || path.contains('%') || sent.headers.len() != sent.headers.keys_len() {
        return None;
    }
    let (route, parameters) = verdicts::route(&world.routes, sent.method.as_str(), path)?;
    let operation = format!("{}.{}", route.dialect, route.operation);
    let header = |name| Some((String::from(header::HeaderName::as_str(name)), sent.header(name)?.into()));
    let members: [(&str, Value); 5] = [
        ("operation", operation.clone().into()),
        ("assumed", world.assumed.clone()),
        ("parameters", parameters.into()),
        ("query", sent.target.query().unwrap_or_default().into()),
        ("headers", sent.headers.keys().filter_map(header).collect::<Map<_, _>>().into()),
    ];
    let members = members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let question = Question::read(members, sent.body.to_vec()).ok()?;
    Some((operation, verdict::judge(VENDORS, question).ok()?))
}

/// How a verdict and the server's answer cannot both be right.
pub(crate) fn disagreement(operation: &str, verdict: &Verdict, answer: &Answer) -> Option<&'static str> {
    let header = |(name, value): (&header::HeaderName, &header::HeaderValue)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let headers = answer.headers.iter().map(header).collect();
    let response = Response { status: answer.status.as_u16(), headers, body: answer.body.clone() };
    verdicts::compare(operation, verdict, &response).err()
}
