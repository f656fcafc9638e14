//! Exchanges as they are shown: WireMock's serve events, their secrets taken out, and besides, as `tessera`, what this server
//! knows of them.

use std::collections::BTreeMap;

use chrono::SecondsFormat;
use http::{HeaderMap, StatusCode, header};
use serde_json::{Map, Value, json};

use crate::journal::{Exchange, Kept};
use crate::redact;

/// One exchange.
pub(crate) fn exchange(exchange: &Exchange) -> Value {
    let mut shown = json!({
        "id": exchange.id(),
        "request": request(exchange),
        "wasMatched": exchange.was_matched(),
        "timing": { "totalTime": u64::try_from(exchange.took.as_millis()).unwrap_or(u64::MAX) },
        "tessera": tessera(exchange),
    });
    if let (Some(answer), Some(members)) = (&exchange.answer, shown.as_object_mut()) {
        let answer = json!({
            "status": answer.status.as_u16(),
            "headers": headers(&answer.headers),
            "body": body(&answer.headers, &answer.body),
        });
        members.insert("response".to_owned(), answer);
    }
    shown
}

/// Its request: WireMock's logged request.
pub(crate) fn request(exchange: &Exchange) -> Value {
    let target = redact::target(&exchange.target.to_string());
    let host = exchange.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    json!({
        "url": target,
        "absoluteUrl": format!("http://{host}{target}"),
        "method": exchange.method.as_str(),
        "headers": headers(&exchange.headers),
        "body": body(&exchange.headers, &exchange.body),
        "loggedDate": exchange.at.timestamp_millis(),
        "loggedDateString": exchange.at.to_rfc3339_opts(SecondsFormat::Millis, true),
        "queryParams": query(&exchange.target.to_string()),
    })
}

fn tessera(exchange: &Exchange) -> Value {
    let notes = &exchange.notes;
    json!({
        "number": exchange.number,
        "vendor": notes.reached.map(|reached| reached.dialect),
        "operation": notes.reached.map(|reached| reached.operation),
        "stub": notes.stub,
        "fault": notes.fault,
        "unread": notes.unread,
        "took_microseconds": u64::try_from(exchange.took.as_micros()).unwrap_or(u64::MAX),
        "truncated": !exchange.body.is_whole(),
    })
}

/// Why an exchange was answered as it was: what answered, and what refused it.
pub(crate) fn why(exchange: &Exchange) -> Value {
    let notes = &exchange.notes;
    let status = exchange.answer.as_ref().map(|answer| answer.status);
    json!({
        "id": exchange.id(),
        "status": status.map(|status| status.as_u16()),
        "answered_by": answered_by(exchange),
        "refused": status.is_none_or(|status| status.is_client_error() || status.is_server_error()),
        "rule": notes.rule.as_deref().filter(|_| notes.fault.is_none()),
        "credential": notes.credential,
        "fault": notes.fault,
        "unread": notes.unread,
        "because": because(exchange, status),
    })
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
pub(crate) fn headers(headers: &HeaderMap) -> Map<String, Value> {
    let mut shown: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, value) in headers {
        shown.entry(name.as_str()).or_default().push(redact::header(name, value));
    }
    let joined = |mut values: Vec<String>| match values.pop() {
        Some(only) if values.is_empty() => Value::from(only),
        last => values.into_iter().chain(last).collect(),
    };
    shown.into_iter().map(|(name, values)| (name.to_owned(), joined(values))).collect()
}

fn body(headers: &HeaderMap, body: &Kept) -> String {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    redact::body(media_type, &body.bytes, body.is_whole())
}

/// The query's parameters by name, each with its values, as WireMock has them.
fn query(target: &str) -> Map<String, Value> {
    let target = redact::target(target);
    let mut parameters: BTreeMap<String, Vec<String>> = BTreeMap::new();
    if let Some((_, query)) = target.split_once('?') {
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            parameters.entry(name.into_owned()).or_default().push(value.into_owned());
        }
    }
    parameters.into_iter().map(|(name, values)| (name.clone(), json!({ "key": name, "values": values }))).collect()
}
