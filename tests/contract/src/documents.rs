//! The OpenAPI documents are what the server does: each answer of the vectors has its status in the document of its dialect
//! and fits the schema there, in which no object has a member that is not told; and each status that a document has is met.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::{LazyLock, Mutex};

use boon::{Compiler, Draft, Schemas};
use serde_json::{Map, Value, json};
use tessera_api::{Route, fault};
use tessera_openapi::{BY_A_FAULT, EVERYWHERE};

use crate::files;
use crate::http::{Body, Request, Response};
use crate::run::{Exchange, Run};
use crate::verdicts::route;

/// Writes the examples where it is set: those that are missing, or with the value `anew` all of them.
const WRITE: &str = "TESSERA_WRITE_EXAMPLES";

/// The longest answer that is an example.
const MAX_EXAMPLE: usize = 4096;

static DOCUMENTS: LazyLock<BTreeMap<&str, Result<Value, String>>> = LazyLock::new(|| {
    // what is written anew is not yet told
    let of = |vendor| (vendor, tessera_openapi::document(vendor));
    tessera_openapi::vendors().into_iter().map(of).collect()
});

/// What was met: of each operation, by its status, the best example and how good it is.
type Met = BTreeMap<(&'static str, &'static str), BTreeMap<u16, (Rank, Value)>>;
static MET: Mutex<Met> = Mutex::new(BTreeMap::new());

/// How good an example is; the least is the best. What shows nothing comes last, then a vendor's own file comes first.
type Rank = (bool, std::cmp::Reverse<usize>, usize, usize);

/// Holds the exchanges of a case against the documents, and notes what was met. The case is told by the places of its file
/// and of itself. The answer is a report of the first that is not in them.
pub fn difference((file, case): (usize, usize), run: &Run) -> Option<String> {
    static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(tessera_api::routes);
    for (step, exchange) in run.exchanges.iter().enumerate() {
        let Ok(target) = std::str::from_utf8(&exchange.sent.path) else { continue };
        let path = target.split('?').next().unwrap_or_default();
        let Some((route, _)) = route(&ROUTES, &exchange.sent.method, path) else { continue };
        let is_by_fault = asks_for_a_fault(&exchange.sent);
        let status = exchange.response.status;
        // that there is no such fault is told before a dialect is asked
        if is_by_fault && status == 400 {
            continue;
        }
        let held = if std::env::var_os(WRITE).is_some() { Ok(()) } else { hold(route, exchange, is_by_fault) };
        if let Err(why) = held {
            return Some(format!("{}: {}: the document of {}: {why}", exchange.step, exchange.request, route.dialect));
        }
        let operation = if is_by_fault { BY_A_FAULT } else { route.operation };
        let rank = (!shows(route, exchange), std::cmp::Reverse(file), case, step);
        let Ok(mut met) = MET.lock() else { return Some("what was met cannot be noted".to_owned()) };
        let statuses = met.entry((route.dialect, operation)).or_default();
        if statuses.get(&status).is_none_or(|(best, _)| rank < *best) {
            statuses.insert(status, (rank, example(exchange, &run.variables)));
        }
    }
    None
}

fn asks_for_a_fault(sent: &Request) -> bool {
    sent.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(fault::HEADER.as_str()))
}

/// Whether an exchange shows something: an answer that is neither too long nor empty, to a request that fits the document.
fn shows(route: &Route, exchange: &Exchange) -> bool {
    let answer = &exchange.response.body;
    let is_empty = String::from_utf8_lossy(answer).contains("[]") && exchange.response.status < 300;
    let fits = || match sent(&exchange.sent) {
        None => true,
        Some(body) => {
            let operation = operation(route);
            let content = operation.and_then(|operation| operation.pointer("/requestBody/content")?.as_object());
            let media = content.and_then(|content| content.keys().next());
            media.is_some_and(|media| {
                let place = [&place(route)[..], &["requestBody", "content", media, "schema"]].concat();
                valid(route.dialect, &place, &body).is_ok()
            })
        }
    };
    answer.len() <= MAX_EXAMPLE && !is_empty && fits()
}

fn example(exchange: &Exchange, variables: &crate::vector::Variables) -> Value {
    let Response { status, body, .. } = &exchange.response;
    let mut example = Map::new();
    if (200..300).contains(status)
        && let Some(sent) = sent(&exchange.sent)
    {
        example.insert("sent".to_owned(), sent);
    }
    if let Some(media) = media(&exchange.response) {
        let base = variables.get("base").and_then(Value::as_str).unwrap_or_default();
        let text = String::from_utf8_lossy(body).replace(base, "http://127.0.0.1:8080");
        example.insert("type".to_owned(), media.into());
        example.insert("body".to_owned(), serde_json::from_slice(text.as_bytes()).unwrap_or_else(|_| text.into()));
    }
    example.into()
}

/// What was sent, if it is JSON or a form.
fn sent(request: &Request) -> Option<Value> {
    let Body::Whole(body) = &request.body else { return None };
    let media = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    if media.is_some_and(|(_, media)| media.starts_with("application/x-www-form-urlencoded")) {
        let fields = form_urlencoded::parse(body).map(|(name, value)| (name.into_owned(), value.into_owned().into()));
        return Some(fields.collect::<Map<String, Value>>().into());
    }
    serde_json::from_slice(body).ok()
}

fn media(response: &Response) -> Option<String> {
    let media = response.header("content-type")?;
    Some(media.split(';').next().unwrap_or_default().trim().to_owned())
}

/// The way to an operation in its document.
fn place(route: &Route) -> [&str; 3] {
    static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(|| {
        // a document has methods in lower case
        let told = |route: Route| Route { method: route.method.to_lowercase(), ..route };
        tessera_api::routes().into_iter().map(told).collect()
    });
    let is_it = |told: &&Route| (told.dialect, told.operation) == (route.dialect, route.operation);
    ROUTES.iter().find(is_it).map_or(["", "", ""], |first| ["paths", first.path, &first.method])
}

fn operation(route: &Route) -> Option<&'static Value> {
    let document = DOCUMENTS.get(route.dialect)?.as_ref().ok()?;
    place(route).iter().try_fold(document, |value, step| value.get(step))
}

/// Holds an answer against the document.
fn hold(route: &Route, exchange: &Exchange, is_by_fault: bool) -> Result<(), String> {
    let Some(Ok(document)) = DOCUMENTS.get(route.dialect) else {
        return Err(format!("{:?}", DOCUMENTS.get(route.dialect)));
    };
    let operation = operation(route).ok_or("the operation is not there")?;
    let (response, status) = (&exchange.response, exchange.response.status.to_string());
    let told = operation.get("responses").and_then(|responses| responses.get(&status));
    let told = match told {
        None if is_by_fault => return Ok(()),
        None => return Err(format!("it has no status {status}: {}", response.text())),
        Some(told) => told,
    };
    let steps = [&place(route)[..], &["responses", &status]].concat();
    let (told, steps) = match told.get("$ref").and_then(Value::as_str) {
        None => (Some(told), steps),
        Some(_) => (
            document.pointer(&format!("/components/responses/{status}")),
            vec!["components", "responses", status.as_str()],
        ),
    };
    let contents = told.and_then(|told| told.get("content")).and_then(Value::as_object);
    match (contents, media(response)) {
        (_, None) if response.body.is_empty() => Ok(()),
        (Some(contents), Some(media)) if contents.contains_key(&media) => {
            let body = if media.ends_with("json") && !media.ends_with("ndjson") {
                serde_json::from_slice(&response.body).map_err(|error| error.to_string())?
            } else {
                String::from_utf8_lossy(&response.body).into()
            };
            valid(route.dialect, &[&steps[..], &["content", &media, "schema"]].concat(), &body)
                .map_err(|why| format!("{status}: {why}\n{body}"))
        }
        (_, media) => Err(format!("{status}: it has no body of the type {media:?}")),
    }
}

thread_local! {
    static READER: RefCell<(Compiler, Schemas)> = {
        let mut compiler = Compiler::new();
        compiler.set_default_draft(Draft::V2020_12);
        compiler.enable_format_assertions();
        RefCell::new((compiler, Schemas::new()))
    };
}

/// Holds JSON against the schema at a place of a document.
fn valid(dialect: &str, steps: &[&str], json: &Value) -> Result<(), String> {
    let url = format!("https://tessera.test/{dialect}.json");
    let steps: Vec<String> = steps.iter().map(|step| step.replace('~', "~0").replace('/', "~1")).collect();
    // a fragment is part of a URL
    let place = format!("{url}#/{}", steps.join("/").replace('{', "%7B").replace('}', "%7D"));
    READER.with_borrow_mut(|(compiler, schemas)| {
        if let Some(Ok(document)) = DOCUMENTS.get(dialect) {
            // added once; again it is refused
            let _ = compiler.add_resource(&url, document.clone());
        }
        let schema = compiler.compile(&place, schemas).map_err(|error| error.to_string())?;
        schemas.validate(json, schema).map_err(|error| format!("{error:#}"))
    })
}

/// Compares all that was met with the examples that are kept, which the documents are made with, or writes those.
pub fn conclude() -> Result<String, String> {
    let met = MET.lock().map_err(|_| "what was met cannot be read")?;
    let mut wrong = Vec::new();
    let mut statuses = 0;
    for vendor in tessera_openapi::vendors() {
        let is_anew = std::env::var(WRITE).is_ok_and(|value| value == "anew");
        let kept = if is_anew { Map::new() } else { tessera_openapi::examples(vendor)? };
        let mut now = Map::new();
        for ((_, operation), by_status) in met.iter().filter(|((dialect, _), _)| *dialect == vendor) {
            let mut examples = Map::new();
            for (status, (_, example)) in by_status {
                let is_elsewhere = EVERYWHERE.iter().any(|(known, _)| known == status);
                if *operation == BY_A_FAULT && !is_elsewhere {
                    continue;
                }
                let kept = kept.get(*operation).and_then(|kept| kept.get(status.to_string()));
                statuses += 1;
                examples.insert(status.to_string(), kept.unwrap_or(example).clone());
            }
            now.insert((*operation).to_owned(), examples.into());
        }
        let all = |examples: &Map<String, Value>| -> BTreeSet<String> {
            let of = |(operation, by_status): (&String, &Value)| {
                let statuses: Vec<String> =
                    by_status.as_object().into_iter().flatten().map(|(s, _)| s.clone()).collect();
                statuses.into_iter().map(|status| format!("{vendor}.{operation}: {status}")).collect::<Vec<_>>()
            };
            examples.iter().flat_map(of).collect()
        };
        if std::env::var_os(WRITE).is_some() {
            let file = files::project().join(format!("crates/openapi/examples/{vendor}.json"));
            let text = serde_json::to_string_pretty(&json!(now)).map_err(|error| error.to_string())? + "\n";
            fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
        } else {
            wrong.extend(all(&kept).symmetric_difference(&all(&now)).cloned());
        }
    }
    if wrong.is_empty() {
        return Ok(format!("documents: {statuses} statuses are met, and each is told"));
    }
    Err(format!(
        "what the vectors meet and what the documents tell differ: run with {WRITE}=1, then `cargo xtask openapi`:\n  {}",
        wrong.join("\n  ")
    ))
}
