//! `GET /__admin/openapi.json`: the control API's OpenAPI document, told from its [`Operation`]s.

use axum::Json;
use http::StatusCode;
use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::PREFIX;
use super::error::Problem;
use super::operation::{Answer, Operation, of};
use super::routes::operations;
use super::wiremock::StubErrors;

/// Where the document keeps its schemas.
const SCHEMAS: &str = "/components/schemas";

/// The document.
pub(super) async fn get() -> Json<Value> {
    Json(document())
}

/// The OpenAPI 3.1 document of the control API, `/__admin`.
pub fn document() -> Value {
    let [mut told, mut taken] = generators();
    let mut paths: Map<String, Value> = Map::new();
    for operation in operations() {
        let path = format!("{PREFIX}{}", operation.path.replace("{*", "{"));
        let method = operation.method;
        if let Value::Object(item) = paths.entry(path).or_insert_with(|| json!({})) {
            item.insert(method.to_owned(), described(&operation, &mut told, &mut taken));
        }
    }
    let responses = problems(&mut told);
    let mut schemas = taken.take_definitions(true);
    for (name, schema) in told.take_definitions(true) {
        debug_assert!(schemas.get(&name).is_none_or(|other| *other == schema), "{name} has two meanings");
        schemas.insert(name, schema);
    }
    schemas.sort_keys();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Tessera's control API",
            "description": "What tests need of mock-server and no vendor has. Where WireMock has the same, its paths and bodies are \
                WireMock's.",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "http://127.0.0.1:8080", "description": "mock-server as it listens by itself" }],
        "security": [{}, { "token": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": responses,
            "securitySchemes": { "token": {
                "type": "http",
                "scheme": "bearer",
                "description": "What `--admin-token` says. Where the server listens on this machine alone, none is needed.",
            }},
        },
    })
}

/// Who tells the schemas of answers, and who those of what is taken: there a member may be left out that an answer has.
fn generators() -> [SchemaGenerator; 2] {
    let settings = || {
        SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = SCHEMAS.into();
            settings.meta_schema = None;
        })
    };
    [settings().for_serialize().into_generator(), settings().for_deserialize().into_generator()]
}

fn described(operation: &Operation, told: &mut SchemaGenerator, taken: &mut SchemaGenerator) -> Value {
    let mut described = Map::new();
    let mut tell = |member: &str, value: Value| described.insert(member.to_owned(), value);
    tell("operationId", operation.id.into());
    tell("summary", operation.summary.into());
    if operation.is_public {
        tell("security", json!([]));
    }
    let mut parameters: Vec<Value> = operation
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| name.trim_start_matches('*'))
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect();
    if let Some(query) = operation.query {
        parameters.extend(of_query(&query(taken)));
    }
    if !parameters.is_empty() {
        tell("parameters", parameters.into());
    }
    if let Some(body) = &operation.body {
        let content = json!({ "application/json": { "schema": (body.told)(taken) } });
        tell("requestBody", json!({ "required": body.is_required, "content": content }));
    }
    let mut answers: Vec<(StatusCode, Value)> = operation.answers.iter().map(|answer| answered(answer, told)).collect();
    answers.sort_by_key(|(status, _)| *status);
    let answers = answers.into_iter().map(|(status, answer)| (status.as_str().to_owned(), answer));
    tell("responses", answers.collect::<Map<_, _>>().into());
    described.into()
}

/// The parameters that an object's members are.
fn of_query(object: &Schema) -> Vec<Value> {
    let members = object.get("properties").and_then(Value::as_object);
    let parameter = |(name, schema): (&String, &Value)| json!({ "name": name, "in": "query", "schema": schema });
    members.into_iter().flatten().map(parameter).collect()
}

/// An answer under its status.
fn answered(answer: &Answer, told: &mut SchemaGenerator) -> (StatusCode, Value) {
    let (status, content) = match answer {
        Answer::Json(status, schema) => (*status, Some(json!({ "application/json": { "schema": schema(told) } }))),
        Answer::Text(media_type) => {
            (StatusCode::OK, Some(json!({ (*media_type): { "schema": { "type": "string" } } })))
        }
        Answer::Empty(status) => (*status, None),
        Answer::Problem(status) => return (*status, reference(*status)),
        Answer::StubErrors => {
            let content = json!({ "application/json": { "schema": of::<StubErrors>(told) } });
            let description = "What is written in WireMock's form does not validate.";
            return (StatusCode::UNPROCESSABLE_ENTITY, json!({ "description": description, "content": content }));
        }
    };
    let description = status.canonical_reason();
    let answer = match content {
        None => json!({ "description": description }),
        Some(content) => json!({ "description": description, "content": content }),
    };
    (status, answer)
}

/// The problems that operations answer with, by their statuses.
const PROBLEMS: [(StatusCode, &str); 8] = [
    (StatusCode::BAD_REQUEST, "The path, the query or the body cannot be read."),
    (StatusCode::UNAUTHORIZED, "The server has a token, and it was not sent."),
    (StatusCode::FORBIDDEN, "This is for the machine of the server, and for no page of another origin."),
    (StatusCode::NOT_FOUND, "What is asked for is not there."),
    (StatusCode::CONFLICT, "There are as many as are kept."),
    (StatusCode::PAYLOAD_TOO_LARGE, "The body is over 2 MiB."),
    (StatusCode::UNPROCESSABLE_ENTITY, "The body does not validate."),
    (StatusCode::INTERNAL_SERVER_ERROR, "The store failed."),
];

fn reference(status: StatusCode) -> Value {
    json!({ "$ref": format!("#/components/responses/{}", status.as_str()) })
}

fn problems(told: &mut SchemaGenerator) -> Map<String, Value> {
    let problem = json!({ "application/problem+json": { "schema": of::<Problem>(told) } });
    let described = |(status, description): (StatusCode, &str)| {
        (status.as_str().to_owned(), json!({ "description": description, "content": problem }))
    };
    PROBLEMS.into_iter().map(described).collect()
}
