//! Exchanges as WireMock's stub mappings.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Response, header, request};
use serde_json::{Map, Value, json};

use crate::redact::{self, REDACTED};
use crate::{show, target};

/// The state in which a scenario begins.
const STARTED: &str = "Started";

/// How many other requests a pattern takes for the one that it was made of: those with the fewest are asked first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Breadth {
    /// None that differs.
    Exact,
    /// Those that differ in a secret.
    Secrets,
    /// Those with any body.
    AnyBody,
}

/// An exchange without its secrets.
#[derive(Debug)]
pub(super) struct Exchange {
    /// WireMock's request pattern.
    request: Value,
    breadth: Breadth,
    /// WireMock's response definition.
    response: Value,
    /// The method and the target, for a reader.
    line: String,
}

impl Exchange {
    pub(super) fn of(parts: &request::Parts, sent: &Bytes, answer: &Response<Bytes>) -> Self {
        let target = target::normal(&parts.uri).unwrap_or_else(|| parts.uri.clone()).to_string();
        let shown = redact::target(&target);
        let line = format!("{} {shown}", parts.method);
        let mut breadth = Breadth::Exact;
        let mut request = Map::new();
        request.insert("method".to_owned(), parts.method.as_str().into());
        if shown.contains(REDACTED) {
            request.insert("urlPattern".to_owned(), pattern(&shown, "[^/?&]*").into());
            breadth = Breadth::Secrets;
        } else {
            request.insert("url".to_owned(), target.into());
        }
        match body_pattern(&parts.headers, sent) {
            Some((pattern, body)) => {
                request.insert("bodyPatterns".to_owned(), json!([pattern]));
                breadth = breadth.max(body);
            }
            None => breadth = Breadth::AnyBody,
        }
        Self { request: request.into(), breadth, response: response(answer), line }
    }
}

/// What the body of such a request is like; nothing where it is empty, or nothing is sure of it.
fn body_pattern(headers: &HeaderMap, sent: &Bytes) -> Option<(Value, Breadth)> {
    let media_type = media_type(headers);
    // the boundary of its parts is another each time
    if sent.is_empty() || media_type.is_some_and(|media_type| media_type.starts_with("multipart/")) {
        return None;
    }
    if let Ok(mut body) = serde_json::from_slice::<Value>(sent) {
        if !redact::json(&mut body, false) {
            return Some((json!({"equalToJson": body.to_string()}), Breadth::Exact));
        }
        let pattern = json!({"equalToJson": without_secrets(body)?.to_string(), "ignoreExtraElements": true});
        return Some((pattern, Breadth::Secrets));
    }
    std::str::from_utf8(sent).ok()?;
    let shown = redact::body(media_type, sent, true);
    if shown == REDACTED {
        None
    } else if shown.contains(REDACTED) {
        Some((json!({"matches": pattern(&shown, "[^&]*")}), Breadth::Secrets))
    } else {
        Some((json!({"equalTo": shown}), Breadth::Exact))
    }
}

/// A value whose secrets are taken out, without the members that had one: so they match any. An array that had one is left
/// out whole, for its items are matched by their places.
fn without_secrets(value: Value) -> Option<Value> {
    match value {
        Value::String(text) if text.contains(REDACTED) => None,
        Value::Array(items) => items.into_iter().map(without_secrets).collect::<Option<Vec<_>>>().map(Value::Array),
        Value::Object(members) => {
            let members = members.into_iter().filter_map(|(name, value)| Some((name, without_secrets(value)?)));
            Some(Value::Object(members.collect()))
        }
        value => Some(value),
    }
}

/// A regular expression of a text without its secrets, in whose place may stand what the wildcard takes.
fn pattern(shown: &str, wildcard: &str) -> String {
    shown.split(REDACTED).map(regex::escape).collect::<Vec<_>>().join(wildcard)
}

/// The answer, as it is given again. Its length follows from the body, and the date is that of the day.
fn response(answer: &Response<Bytes>) -> Value {
    let mut headers = answer.headers().clone();
    headers.remove(header::CONTENT_LENGTH);
    headers.remove(header::DATE);
    let mut response = json!({"status": answer.status().as_u16(), "headers": show::headers(&headers)});
    let shown = redact::body(media_type(&headers), answer.body(), true);
    let is_text = std::str::from_utf8(answer.body()).is_ok() || shown.contains(REDACTED);
    match response.as_object_mut() {
        Some(members) if !shown.is_empty() => {
            let (name, body) = if is_text { ("body", shown) } else { ("base64Body", STANDARD.encode(answer.body())) };
            members.insert(name.to_owned(), body.into());
        }
        _ => {}
    }
    response
}

fn media_type(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok())
}

/// The file of mappings. A request that was answered in several ways is a scenario: the answers come again in their order,
/// and the last one stays.
pub(super) fn document(exchanges: &[Exchange]) -> Value {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut requests: Vec<(&Exchange, Vec<&Value>)> = Vec::new();
    for exchange in exchanges {
        let place = *places.entry(exchange.request.to_string()).or_insert(requests.len());
        match requests.get_mut(place) {
            Some((_, responses)) => responses.push(&exchange.response),
            None => requests.push((exchange, vec![&exchange.response])),
        }
    }
    requests.sort_by_key(|(exchange, _)| exchange.breadth);
    let mut mappings = Vec::new();
    for (number, (exchange, mut responses)) in requests.into_iter().enumerate() {
        // a last answer stays as it is
        while let [.., one, last] = responses.as_slice()
            && one == last
        {
            responses.pop();
        }
        let mut steps = responses.into_iter().enumerate().peekable();
        let mut is_alone = true;
        while let Some((step, response)) = steps.next() {
            let mut mapping = json!({"request": exchange.request, "response": response});
            let is_last = steps.peek().is_none();
            is_alone &= is_last;
            if let (Some(members), false) = (mapping.as_object_mut(), is_alone) {
                let scenario = format!("{}: {}", number + 1, exchange.line);
                members.insert("scenarioName".to_owned(), scenario.into());
                members.insert("requiredScenarioState".to_owned(), state(step).into());
                if !is_last {
                    members.insert("newScenarioState".to_owned(), state(step + 1).into());
                }
            }
            mappings.push(mapping);
        }
    }
    json!({ "mappings": mappings })
}

fn state(step: usize) -> String {
    if step == 0 { STARTED.to_owned() } else { format!("after {step}") }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    const KEY: &str = "tsr_key_DemoAcmeKeyForLocalTestingOnly0gIwS3";

    fn exchange(method: &str, target: &str, media_type: &str, sent: &str, answer: &str) -> Exchange {
        let request =
            Request::builder().method(method).uri(target).header("content-type", media_type).body(()).unwrap();
        let answer = Response::builder()
            .header("content-type", "application/json")
            .header("date", "Sun, 22 Nov 2026 10:00:00 GMT")
            .header("set-cookie", "a=secret; Path=/")
            .body(Bytes::from(answer.to_owned()));
        Exchange::of(&request.into_parts().0, &Bytes::from(sent.to_owned()), &answer.unwrap())
    }

    fn request(target: &str, media_type: &str, sent: &str) -> Value {
        exchange("POST", target, media_type, sent, "").request
    }

    #[test]
    fn a_request_is_matched_without_its_secrets() {
        let json = "application/json";
        assert_eq!(
            request("/a?q=1", json, r#"{"n": 1}"#),
            json!({"method": "POST", "url": "/a?q=1", "bodyPatterns": [{"equalToJson": r#"{"n":1}"#}]})
        );
        assert_eq!(
            request("/a", json, r#"{"n": 1, "password": "x", "m": {"token": "y", "k": [1]}}"#),
            json!({"method": "POST", "url": "/a", "bodyPatterns": [
                {"equalToJson": r#"{"n":1,"m":{"k":[1]}}"#, "ignoreExtraElements": true},
            ]})
        );
        assert_eq!(request("/a", json, &format!("[{KEY:?}]")), json!({"method": "POST", "url": "/a"}));
        assert_eq!(
            request(&format!("/a.b/{KEY}?token=x&n=1"), "text/plain", "hi"),
            json!({
                "method": "POST", "urlPattern": r"/a\.b/[^/?&]*\?token=[^/?&]*\&n=1",
                "bodyPatterns": [{"equalTo": "hi"}],
            })
        );
        assert_eq!(
            request("/t", "application/x-www-form-urlencoded", "a=b.c&client_secret=x&z=1").pointer("/bodyPatterns/0"),
            Some(&json!({"matches": r"a=b\.c\&client_secret=[^&]*\&z=1"}))
        );
        assert_eq!(request("/t", "multipart/form-data; boundary=1", "--1"), json!({"method": "POST", "url": "/t"}));
    }

    #[test]
    fn an_answer_is_kept_without_its_secrets() {
        let answer = exchange("GET", "/a", "a/b", "", r#"{"token": "x", "error": {"code": "gone"}}"#).response;
        let headers = json!({"content-type": "application/json", "set-cookie": "a=[redacted]; Path=/"});
        let body = r#"{"token":"[redacted]","error":{"code":"gone"}}"#;
        assert_eq!(answer, json!({"status": 200, "headers": headers, "body": body}));
        let binary = response(&Response::new(Bytes::from_static(&[0xff, 0x00])));
        assert_eq!(binary, json!({"status": 200, "headers": {}, "base64Body": "/wA="}));
    }

    #[test]
    fn answers_that_differ_are_a_scenario() {
        let asked = |answer: &str| exchange("GET", "/a", "a/b", "", answer);
        let told = |answers: &[&str]| {
            let exchanges: Vec<Exchange> = answers.iter().map(|answer| asked(answer)).collect();
            let document = document(&exchanges);
            let mappings = document["mappings"].as_array().unwrap();
            mappings
                .iter()
                .map(|mapping| {
                    let text =
                        |pointer: &str| mapping.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
                    [text("/response/body"), text("/requiredScenarioState"), text("/newScenarioState")].join("|")
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(told(&["1", "1", "1"]), ["1||"]);
        assert_eq!(told(&["1", "1", "2", "2"]), ["1|Started|after 1", "1|after 1|after 2", "2|after 2|"]);
    }

    #[test]
    fn what_is_told_more_closely_is_asked_first() {
        let exchanges = [
            exchange("POST", "/a", "a/b", "", "any"),
            exchange("POST", "/a", "a/b", r#"{"token": "x"}"#, "secret"),
            exchange("POST", "/a", "a/b", "{}", "exact"),
        ];
        let document = document(&exchanges);
        let bodies: Vec<&Value> = (0..3).map(|at| &document["mappings"][at]["response"]["body"]).collect();
        assert_eq!(bodies, ["exact", "secret", "any"]);
    }
}
