//! Holds what the control API is asked and what it answers against its OpenAPI document.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

use std::cell::RefCell;
use std::sync::LazyLock;

use boon::{Compiler, Draft, Schemas};
use serde_json::{Map, Value};

/// Where the document is said to be, for the references in it.
const PLACE: &str = "https://tessera.test/openapi.json";

/// The document.
pub(crate) static DOCUMENT: LazyLock<Value> = LazyLock::new(tessera_mock::openapi);

/// What reads the schemas of the document, and those that it has read.
fn reader() -> RefCell<(Compiler, Schemas)> {
    let mut compiler = Compiler::new();
    compiler.set_default_draft(Draft::V2020_12);
    compiler.enable_format_assertions();
    let mut document = DOCUMENT.clone();
    close(&mut document["components"]["schemas"]);
    compiler.add_resource(PLACE, document).unwrap();
    RefCell::new((compiler, Schemas::new()))
}

thread_local! {
    static READER: RefCell<(Compiler, Schemas)> = reader();
}

/// Lets no object have a member that it does not name, unless it says so: what is told is to be in the document.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if members.contains_key("properties") {
                members.entry("additionalProperties").or_insert(false.into());
            }
            members.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

/// A request of the control API and its answer.
pub(crate) struct Exchange<'a> {
    /// In capitals.
    pub(crate) method: &'a str,
    /// The path and the query.
    pub(crate) target: &'a str,
    /// The body that was sent.
    pub(crate) sent: &'a [u8],
    pub(crate) status: u16,
    /// The media type of the answer; empty where it has none.
    pub(crate) media_type: &'a str,
    pub(crate) body: &'a [u8],
}

/// Fails unless the document has the answer, and the request where it was taken. Gives the operation's id; nothing for what
/// is no operation.
pub(crate) fn check(exchange: &Exchange<'_>) -> Option<String> {
    let Exchange { method, target, sent, status, media_type, body } = *exchange;
    let name = format!("{method} {target}: {status}");
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    if path != "/__admin" && !path.starts_with("/__admin/") {
        return None;
    }
    let found = template(path).and_then(|(template, item)| Some((template, item.get(&method.to_lowercase())?)));
    let Some((template, operation)) = found else {
        assert!(matches!(status, 401 | 403 | 404 | 405), "{name}: the document has no such operation");
        hold(&name, "/components/schemas/Problem", body);
        return None;
    };
    let mut place = pointer(&["paths", template, &method.to_lowercase(), "responses", &status.to_string()]);
    let mut answer = &operation["responses"][status.to_string()];
    assert!(answer.is_object(), "{name}: the document has no such answer: {}", String::from_utf8_lossy(body));
    if let Some(reference) = answer["$ref"].as_str() {
        reference.trim_start_matches('#').clone_into(&mut place);
        answer = DOCUMENT.pointer(&place).unwrap();
    }
    match answer.get("content").and_then(Value::as_object).and_then(|content| content.iter().next()) {
        None => assert!(body.is_empty(), "{name}: the document has no body"),
        Some((wanted, _)) => {
            let found = media_type.split(';').next().unwrap_or_default();
            let is_wanted = wanted.strip_suffix('*').map_or(wanted == found, |kind| found.starts_with(kind));
            assert!(is_wanted, "{name}: {found}, not {wanted}");
            if wanted.ends_with("json") {
                hold(&name, &format!("{place}{}", pointer(&["", "content", wanted, "schema"])), body);
            }
        }
    }
    if (200..300).contains(&status) {
        was_right(&name, template, operation, &method.to_lowercase(), sent, query);
    }
    Some(operation["operationId"].as_str().unwrap().to_owned())
}

/// What was taken is what the document says is taken.
fn was_right(name: &str, template: &str, operation: &Value, method: &str, sent: &[u8], query: &str) {
    if sent.is_empty() {
        assert_ne!(operation["requestBody"]["required"], true, "{name}: it needs a body");
    } else if operation.get("requestBody").is_some() {
        let schema = ["paths", template, method, "requestBody", "content", "application/json", "schema"];
        hold(&format!("{name}: as sent"), &pointer(&schema), sent);
    }
    let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let key = pair.split('=').next();
        let is_told = |parameter: &Value| parameter["in"] == "query" && parameter["name"].as_str() == key;
        assert!(parameters.iter().any(is_told), "{name}: the document has no parameter {key:?}");
    }
}

fn pointer(steps: &[&str]) -> String {
    let steps: Vec<String> = steps.iter().map(|step| step.replace('~', "~0").replace('/', "~1")).collect();
    format!("/{}", steps.join("/")).replace("//", "/")
}

/// Holds JSON against the schema at a place of the document.
fn hold(name: &str, place: &str, json: &[u8]) {
    let json: Value = serde_json::from_slice(json)
        .unwrap_or_else(|error| panic!("{name}: {error}: {}", String::from_utf8_lossy(json)));
    // a fragment is part of a URL
    let place = place.replace('{', "%7B").replace('}', "%7D");
    READER.with_borrow_mut(|(compiler, schemas)| {
        let schema = compiler.compile(&format!("{PLACE}#{place}"), schemas);
        let schema = schema.unwrap_or_else(|error| panic!("{name}: {error}"));
        if let Err(error) = schemas.validate(&json, schema) {
            panic!("{name}: {error:#}\n{json}");
        }
    });
}

/// The path of the document that a path is, the most literal one.
fn template(path: &str) -> Option<(&'static str, &'static Map<String, Value>)> {
    let is_like = |template: &str| {
        let (told, asked): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
        told.len() == asked.len()
            && told.iter().zip(asked).all(|(told, asked)| told.starts_with('{') && !asked.is_empty() || *told == asked)
    };
    let paths = DOCUMENT["paths"].as_object().unwrap().iter();
    let found =
        paths.filter(|(template, _)| is_like(template)).min_by_key(|(template, _)| template.matches('{').count());
    found.map(|(template, item)| (template.as_str(), item.as_object().unwrap()))
}
