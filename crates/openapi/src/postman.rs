//! A dialect's Postman collection: a walk through its operations, which makes what it reads, changes and deletes.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::Api;
use crate::operation::{Credential, FORM, Operation};

const SCHEMA: &str = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json";

/// Gives each run names of its own.
const UNIQ: &str = "pm.environment.set('uniq', pm.environment.get('uniq') || Date.now().toString(36));";

/// The collection.
pub(crate) fn collection(api: &Api, document: &Value) -> Result<Value, String> {
    let items: Vec<Value> =
        api.operations.iter().map(|operation| item(api, operation, document)).collect::<Result<_, _>>()?;
    Ok(json!({
        "info": { "name": api.title, "description": api.description, "schema": SCHEMA },
        "event": [{ "listen": "prerequest", "script": { "type": "text/javascript", "exec": [UNIQ] } }],
        "item": items,
    }))
}

/// The environment: a mock-server on this machine, with the demo.
pub(crate) fn environment(api: &Api) -> Value {
    let variable = |(name, value): (&str, &str)| json!({ "key": name, "value": value, "enabled": true });
    let demo = tessera_directory::demo::json();
    let key = demo.pointer("/organizations/0/api_key").and_then(Value::as_str).unwrap_or_default();
    let common = [("base", "http://127.0.0.1:8080"), ("api_key", key), ("root_key", tessera_directory::demo::ROOT_KEY)];
    let values: Vec<Value> = common.into_iter().chain(api.variables.iter().copied()).map(variable).collect();
    json!({ "name": format!("{}, the demo", api.title), "values": values, "_postman_variable_scope": "environment" })
}

fn item(api: &Api, operation: &Operation, document: &Value) -> Result<Value, String> {
    let (path, method, described) =
        find(document, operation.id).ok_or_else(|| format!("{} is nowhere", operation.id))?;
    let path: Vec<String> = path.split('/').skip(1).map(|part| variable(operation, part)).collect();
    let query = operation.walk.query.map(|query| format!("?{query}")).unwrap_or_default();
    let mut url =
        json!({ "raw": format!("{{{{base}}}}/{}{query}", path.join("/")), "host": ["{{base}}"], "path": path });
    let asked = operation.walk.query.and_then(|query| query.split_once('='));
    if let (Some((name, value)), Some(url)) = (asked, url.as_object_mut()) {
        url.insert("query".to_owned(), json!([{ "key": name, "value": value }]));
    }
    let mut headers = Vec::new();
    match operation.credential {
        Credential::Own | Credential::OwnOrClient => headers.push(("Authorization", api.authorization)),
        Credential::Root => headers.push(("Authorization", "Bearer {{root_key}}")),
        Credential::None => {}
    }
    let mut request = json!({ "method": method.to_uppercase(), "url": url, "description": operation.summary });
    if let (Some(body), Some(sent)) = (&operation.body, &operation.walk.sends) {
        let media = body.media.first().copied().unwrap_or_default();
        headers.push(("Content-Type", media));
        if let Some(request) = request.as_object_mut() {
            request.insert("body".to_owned(), written(media, sent)?);
        }
    }
    if let Some(request) = request.as_object_mut() {
        let headers = headers.iter().map(|(name, value)| json!({ "key": name, "value": value }));
        request.insert("header".to_owned(), headers.collect());
    }
    let script = json!({ "type": "text/javascript", "exec": script(operation, described) });
    Ok(json!({ "name": operation.id, "request": request, "event": [{ "listen": "test", "script": script }] }))
}

/// Where an operation is in the document.
fn find<'a>(document: &'a Value, id: &str) -> Option<(&'a str, &'a str, &'a Value)> {
    let paths = document.get("paths")?.as_object()?;
    paths.iter().find_map(|(path, item)| {
        let (method, described) =
            item.as_object()?.iter().find(|(_, one)| one.get("operationId").is_some_and(|known| known == id))?;
        Some((path.as_str(), method.as_str(), described))
    })
}

/// A part of a path, a parameter as the environment's variable.
fn variable(operation: &Operation, part: &str) -> String {
    match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
        None => part.to_owned(),
        Some(name) => {
            let other = operation.walk.at.iter().find(|(parameter, _)| *parameter == name);
            format!("{{{{{}}}}}", other.map_or(name, |(_, variable)| variable))
        }
    }
}

fn written(media: &str, sent: &Value) -> Result<Value, String> {
    if media == FORM {
        let fields = sent.as_object().into_iter().flatten();
        let fields: Vec<Value> = fields.map(|(name, value)| json!({ "key": name, "value": value })).collect();
        return Ok(json!({ "mode": "urlencoded", "urlencoded": fields }));
    }
    let text = serde_json::to_string_pretty(sent).map_err(|error| error.to_string())?;
    Ok(json!({ "mode": "raw", "raw": text, "options": { "raw": { "language": "json" } } }))
}

/// Tests that the status is one that the document has, and the one that the walk is to meet; and keeps what later requests need.
fn script(operation: &Operation, described: &Value) -> Vec<String> {
    let responses = described.get("responses").and_then(Value::as_object).into_iter().flatten();
    let statuses: Vec<&str> = responses.map(|(status, _)| status.as_str()).collect();
    let wanted: BTreeSet<u16> = match operation.walk.meets {
        Some(status) => [status].into(),
        None => operation.answers.iter().map(|answer| answer.status).filter(|status| *status < 300).collect(),
    };
    let wanted: Vec<String> = wanted.iter().map(u16::to_string).collect();
    let mut script = vec![
        "pm.test('the status is documented', () => {".to_owned(),
        format!("  pm.expect(pm.response.code).to.be.oneOf([{}]);", statuses.join(", ")),
        "});".to_owned(),
        "pm.test('it does what it is here for', () => {".to_owned(),
        format!("  pm.expect(pm.response.code).to.be.oneOf([{}]);", wanted.join(", ")),
        "});".to_owned(),
    ];
    for (name, pointer) in &operation.walk.keeps {
        let steps = pointer.split('/').skip(1).map(|step| match step.parse::<usize>() {
            Ok(index) => format!("[{index}]"),
            Err(_) => format!(".{step}"),
        });
        script.push(format!("pm.environment.set('{name}', pm.response.json(){});", steps.collect::<String>()));
    }
    script
}
