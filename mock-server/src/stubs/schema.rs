//! What is written in WireMock's form, as JSON Schemas. [`super::node::Node`] reads it, where a member that is null counts as
//! left out.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::mapping::Mapping;
use super::matching::RequestPattern;
use super::pattern::ValuePattern;
use super::response::ResponseDefinition;
use super::{MAX_DELAY, STARTED};

/// An object of these members, each of which may be null, and of no others.
fn closed(description: &str, members: &[(&str, Value)]) -> Schema {
    let nullable = |schema: &Value| json!({ "anyOf": [schema, { "type": "null" }] });
    let members: Map<String, Value> =
        members.iter().map(|(name, schema)| ((*name).to_owned(), nullable(schema))).collect();
    json_schema!({
        "description": description,
        "type": "object",
        "properties": members,
        "additionalProperties": false,
    })
}

/// The same, with whatever else a client notes.
fn open(description: &str, members: &[(&str, Value)]) -> Schema {
    let mut schema = closed(description, members);
    schema.insert("additionalProperties".to_owned(), true.into());
    schema
}

fn text(description: &str) -> Value {
    json!({ "type": "string", "description": description })
}

fn delay() -> Value {
    json!({ "type": "integer", "minimum": 0, "maximum": MAX_DELAY, "description": "In milliseconds." })
}

/// Values by their names.
fn by_name(of: &Value) -> Value {
    json!({ "type": "object", "additionalProperties": of })
}

fn header_values() -> Value {
    by_name(&json!({ "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }] }))
}

impl JsonSchema for Mapping {
    fn schema_name() -> Cow<'static, str> {
        "StubMapping".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let description =
            "A stub: a request and its answer. What else is noted in it, as `name` or `metadata`, is told back.";
        open(
            description,
            &[
                ("id", json!({ "type": "string", "format": "uuid" })),
                ("uuid", json!({ "type": "string", "format": "uuid", "description": "The same." })),
                (
                    "priority",
                    json!({ "type": "integer", "minimum": 0, "default": 5, "description": "The lowest wins." }),
                ),
                ("request", generator.subschema_for::<RequestPattern>().to_value()),
                ("response", generator.subschema_for::<ResponseDefinition>().to_value()),
                ("scenarioName", text("The scenario that it is part of.")),
                ("requiredScenarioState", text("The state in which alone it answers.")),
                ("newScenarioState", text("The state after it has answered.")),
            ],
        )
    }
}

impl JsonSchema for RequestPattern {
    fn schema_name() -> Cow<'static, str> {
        "RequestPattern".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<ValuePattern>().to_value();
        let credentials = json!({
            "type": "object",
            "properties": { "username": { "type": "string" }, "password": { "type": "string" } },
            "additionalProperties": false,
        });
        closed(
            "What a request must be like; all of it must hold.",
            &[
                ("method", text("In any case; ANY is any.")),
                ("url", text("The path and the query.")),
                ("urlPattern", text("A regular expression of the path and the query.")),
                ("urlPath", text("The path.")),
                ("urlPathPattern", text("A regular expression of the path.")),
                ("headers", by_name(&value)),
                ("queryParameters", by_name(&value)),
                ("cookies", by_name(&value)),
                ("basicAuth", credentials.clone()),
                ("basicAuthCredentials", credentials),
                ("bodyPatterns", json!({ "type": "array", "items": value })),
                ("metadata", json!({ "type": "object" })),
            ],
        )
    }
}

impl JsonSchema for ValuePattern {
    fn schema_name() -> Cow<'static, str> {
        "ValuePattern".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let flag = json!({ "type": "boolean" });
        let path = json!({ "anyOf": [
            { "type": "string" },
            {
                "type": "object",
                "properties": { "expression": { "type": "string" } },
                "required": ["expression"],
                "additionalProperties": true,
                "description": "An expression next to a pattern of what it selects.",
            },
        ]});
        closed(
            "What a value must be like: one operator, with what goes with it.",
            &[
                ("equalTo", text("This text.")),
                ("equalToIgnoreCase", text("This text in any case.")),
                ("contains", text("A text with this in it.")),
                ("doesNotContain", text("A text without it.")),
                ("matches", text("A text that this matches from its beginning to its end.")),
                ("doesNotMatch", text("A text that it does not.")),
                ("absent", json!({ "const": true, "description": "Not there." })),
                ("anything", json!({ "description": "Whatever is or is not there." })),
                ("equalToJson", json!({ "description": "This JSON, as such or written as a text." })),
                ("matchesJsonPath", path),
                ("caseInsensitive", flag.clone()),
                ("ignoreArrayOrder", flag.clone()),
                ("ignoreExtraElements", flag),
            ],
        )
    }
}

impl JsonSchema for ResponseDefinition {
    fn schema_name() -> Cow<'static, str> {
        "ResponseDefinition".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let faults =
            ["EMPTY_RESPONSE", "MALFORMED_RESPONSE_CHUNK", "RANDOM_DATA_THEN_CLOSE", "CONNECTION_RESET_BY_PEER"];
        closed(
            "What a stub answers; at the most one of the three bodies.",
            &[
                ("status", json!({ "type": "integer", "minimum": 200, "maximum": 999, "default": 200 })),
                ("statusMessage", json!({ "type": "string" })),
                ("headers", header_values()),
                ("body", json!({ "type": "string" })),
                ("jsonBody", json!({})),
                ("base64Body", json!({ "type": "string", "contentEncoding": "base64" })),
                (
                    "fault",
                    json!({ "enum": faults, "description": "How the connection breaks, in place of an answer." }),
                ),
                ("fixedDelayMilliseconds", delay()),
                ("transformers", json!({ "type": "array", "maxItems": 0 })),
                ("transformerParameters", json!({})),
                ("metadata", json!({})),
                ("fromConfiguredStub", json!({})),
            ],
        )
    }
}

/// Mappings that are added together.
pub(crate) fn import(generator: &mut SchemaGenerator) -> Schema {
    let options = closed(
        "What becomes of the mappings that are there.",
        &[
            ("duplicatePolicy", json!({ "enum": ["OVERWRITE", "IGNORE"], "default": "OVERWRITE" })),
            ("deleteAllNotInImport", json!({ "type": "boolean", "default": false })),
        ],
    );
    let mapping = generator.subschema_for::<Mapping>();
    closed(
        "Mappings, which are added all or none.",
        &[("mappings", json!({ "type": "array", "items": mapping })), ("importOptions", options.to_value())],
    )
}

/// What holds for every stub.
pub(crate) fn settings(_: &mut SchemaGenerator) -> Schema {
    closed("What holds for every stub that does not say otherwise.", &[("fixedDelay", delay())])
}

/// The state that a scenario is to be in.
pub(crate) fn scenario_state(_: &mut SchemaGenerator) -> Schema {
    let state = json!({ "type": "string", "default": STARTED, "description": "One that its mappings name." });
    closed("The state that a scenario is to be in.", &[("state", state)])
}

/// A request as a client describes one.
pub(crate) fn described_request(_: &mut SchemaGenerator) -> Schema {
    let mut schema = open(
        "A request, in the form in which the journal tells one.",
        &[
            ("method", json!({ "type": "string", "default": "GET" })),
            ("headers", header_values()),
            ("cookies", by_name(&json!({ "type": "string" }))),
            ("body", json!({ "type": "string" })),
        ],
    );
    if let Some(Value::Object(members)) = schema.get_mut("properties") {
        members.insert("url".to_owned(), text("The path and the query."));
    }
    schema.insert("required".to_owned(), json!(["url"]));
    schema
}
