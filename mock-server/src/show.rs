//! Exchanges as they are shown: WireMock's serve events, their secrets taken out, and besides, as `tessera`, what this server
//! knows of them.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::SecondsFormat;
use http::{HeaderMap, StatusCode, header};
use schemars::JsonSchema;
use serde::Serialize;

use crate::journal::{Exchange, Kept};
use crate::redact;

/// Headers by their names in lower case.
pub(crate) type Headers = BTreeMap<String, OneOrMany>;

/// A request and what became of it: WireMock's serve event.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServeEvent {
    /// A UUID that tells the request's place in the order of arrival.
    id: String,
    request: LoggedRequest,
    /// Whether a stub or an operation was there for it.
    was_matched: bool,
    timing: Timing,
    tessera: Noted,
    /// Not there where the connection was broken instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<LoggedResponse>,
}

/// A request as it came, its secrets taken out: WireMock's logged request.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LoggedRequest {
    /// The path and the query.
    url: String,
    absolute_url: String,
    method: String,
    headers: Headers,
    /// The first 64 KiB.
    body: String,
    /// In milliseconds since 1970.
    logged_date: i64,
    #[schemars(extend("format" = "date-time"))]
    logged_date_string: String,
    /// The query's parameters by name.
    query_params: BTreeMap<String, QueryParameter>,
}

/// An answer as it was given, its secrets taken out.
#[derive(Debug, Serialize, JsonSchema)]
struct LoggedResponse {
    status: u16,
    headers: Headers,
    /// The first 64 KiB.
    body: String,
}

/// A header's value, or its values where it has several.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum OneOrMany {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

/// A parameter of a query, with each of its values.
#[derive(Debug, Serialize, JsonSchema)]
struct QueryParameter {
    key: String,
    values: Vec<String>,
}

/// How long it took.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Timing {
    /// In milliseconds.
    total_time: u64,
}

/// What this server knows of an exchange besides.
#[derive(Debug, Serialize, JsonSchema)]
struct Noted {
    /// Its place in the order of arrival, from 1.
    number: u64,
    /// The dialect that it reached.
    vendor: Option<&'static str>,
    /// The operation that it reached, by its name in `mock-server routes`.
    operation: Option<&'static str>,
    /// The id of the stub that answered.
    stub: Option<String>,
    /// The fault that befell it.
    fault: Option<&'static str>,
    /// Members of the body that nobody looked at, as JSON pointers.
    unread: Vec<String>,
    took_microseconds: u64,
    /// Whether the body is longer than what is kept of it.
    truncated: bool,
}

/// Why an exchange was answered as it was: what answered, and what refused it.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Why {
    id: String,
    /// Null where the connection was broken.
    status: Option<u16>,
    answered_by: String,
    /// Whether it was refused.
    refused: bool,
    /// The rule that refused it, in the words of the source.
    rule: Option<String>,
    /// What was wrong with its credential.
    credential: Option<String>,
    /// The fault that befell it.
    fault: Option<&'static str>,
    /// Members of the body that nobody looked at, as JSON pointers.
    unread: Vec<String>,
    /// All this in a sentence.
    because: String,
}

/// One exchange.
pub(crate) fn exchange(exchange: &Exchange) -> ServeEvent {
    let response = exchange.answer.as_ref().map(|answer| LoggedResponse {
        status: answer.status.as_u16(),
        headers: headers(&answer.headers),
        body: body(&answer.headers, &answer.body),
    });
    ServeEvent {
        id: exchange.id(),
        request: request(exchange),
        was_matched: exchange.was_matched(),
        timing: Timing { total_time: whole(exchange.took, Duration::as_millis) },
        tessera: noted(exchange),
        response,
    }
}

/// Its request.
pub(crate) fn request(exchange: &Exchange) -> LoggedRequest {
    let target = redact::target(&exchange.target.to_string());
    let host = exchange.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    LoggedRequest {
        absolute_url: format!("http://{host}{target}"),
        url: target,
        method: exchange.method.to_string(),
        headers: headers(&exchange.headers),
        body: body(&exchange.headers, &exchange.body),
        logged_date: exchange.at.timestamp_millis(),
        logged_date_string: exchange.at.to_rfc3339_opts(SecondsFormat::Millis, true),
        query_params: query(&exchange.target.to_string()),
    }
}

fn noted(exchange: &Exchange) -> Noted {
    let notes = &exchange.notes;
    Noted {
        number: exchange.number,
        vendor: notes.reached.map(|reached| reached.dialect),
        operation: notes.reached.map(|reached| reached.operation),
        stub: notes.stub.clone(),
        fault: notes.fault,
        unread: notes.unread.clone(),
        took_microseconds: whole(exchange.took, Duration::as_micros),
        truncated: !exchange.body.is_whole(),
    }
}

/// A time in units that JSON's readers take.
fn whole(took: Duration, units: fn(&Duration) -> u128) -> u64 {
    u64::try_from(units(&took)).unwrap_or(u64::MAX)
}

/// Why an exchange was answered as it was.
pub(crate) fn why(exchange: &Exchange) -> Why {
    let notes = &exchange.notes;
    let status = exchange.answer.as_ref().map(|answer| answer.status);
    Why {
        id: exchange.id(),
        status: status.map(|status| status.as_u16()),
        answered_by: answered_by(exchange),
        refused: status.is_none_or(|status| status.is_client_error() || status.is_server_error()),
        rule: notes.rule.clone().filter(|_| notes.fault.is_none()),
        credential: notes.credential.clone(),
        fault: notes.fault,
        unread: notes.unread.clone(),
        because: because(exchange, status),
    }
}

fn answered_by(exchange: &Exchange) -> String {
    match (&exchange.notes.stub, exchange.notes.reached) {
        (Some(stub), _) => format!("the stub {stub}"),
        (None, Some(reached)) => format!("{} {}", reached.dialect, reached.operation),
        (None, None) => "nothing: no stub and no operation has this method and path".to_owned(),
    }
}

/// The same in a sentence.
fn because(exchange: &Exchange, status: Option<StatusCode>) -> String {
    let notes = &exchange.notes;
    if let Some(fault) = &notes.fault {
        return format!("a fault was asked for: {fault}");
    }
    if notes.stub.is_some() {
        return "a stub stands before the API".to_owned();
    }
    let Some(status) = status else { return "the connection was broken".to_owned() };
    if !status.is_client_error() && !status.is_server_error() {
        return "nothing refused it".to_owned();
    }
    if let Some(credential) = &notes.credential {
        return format!("the caller is nobody here: {credential}");
    }
    match (notes.reached, &notes.rule) {
        (None, _) => "no operation has this method and path: `mock-server routes` lists them".to_owned(),
        (Some(_), Some(rule)) => format!("it was refused by the rule {rule}"),
        (Some(_), None) => "the operation refused it; its answer says why".to_owned(),
    }
}

/// Headers by their names, each with its value or its values.
pub(crate) fn headers(headers: &HeaderMap) -> Headers {
    let mut shown: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, value) in headers {
        shown.entry(name.as_str()).or_default().push(redact::header(name, value));
    }
    let joined = |mut values: Vec<String>| match values.pop() {
        Some(only) if values.is_empty() => OneOrMany::One(only),
        last => OneOrMany::Many(values.into_iter().chain(last).collect()),
    };
    shown.into_iter().map(|(name, values)| (name.to_owned(), joined(values))).collect()
}

fn body(headers: &HeaderMap, body: &Kept) -> String {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    redact::body(media_type, &body.bytes, body.is_whole())
}

/// The query's parameters by name, each with its values, as WireMock has them.
fn query(target: &str) -> BTreeMap<String, QueryParameter> {
    let target = redact::target(target);
    let mut parameters = BTreeMap::new();
    if let Some((_, query)) = target.split_once('?') {
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let key = name.to_string();
            let parameter = parameters.entry(name.into_owned()).or_insert(QueryParameter { key, values: Vec::new() });
            parameter.values.push(value.into_owned());
        }
    }
    parameters
}
