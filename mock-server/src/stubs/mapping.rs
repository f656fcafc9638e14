//! A mapping: WireMock's JSON, and what it says.

use serde_json::{Map, Value};
use tessera_directory::ports::Entropy as _;
use uuid::{Builder, Uuid};

use super::matching::RequestPattern;
use super::node::{Node, StubError};
use super::response::ResponseDefinition;
use crate::entropy::SystemEntropy;

/// The priority of a mapping that has none.
const DEFAULT_PRIORITY: u32 = 5;
/// The state in which a scenario begins.
pub(crate) const STARTED: &str = "Started";

/// A request and its answer.
pub(crate) struct Mapping {
    id: String,
    /// All that was sent, and the id.
    told: Map<String, Value>,
    /// The lowest number wins.
    pub(super) priority: u32,
    pub(super) request: RequestPattern,
    pub(super) response: ResponseDefinition,
    pub(super) scenario: Option<Step>,
}

/// A mapping's part in a scenario.
pub(super) struct Step {
    pub(super) scenario: String,
    /// The state in which alone it answers.
    pub(super) required: Option<String>,
    /// The state after it has answered.
    pub(super) next: Option<String>,
}

impl Mapping {
    /// Reads a mapping. Where it has no id, it gets one.
    pub(super) fn read(node: &Node<'_>) -> Result<Self, StubError> {
        let mut id = None;
        let mut priority = DEFAULT_PRIORITY;
        let (mut request, mut response) = (None, None);
        let (mut scenario, mut required, mut next) = (None, None, None);
        for (name, node) in node.members()? {
            match name {
                "id" | "uuid" => {
                    let given = Uuid::parse_str(node.text()?).map_err(|_| node.wrong("it must be a UUID"))?;
                    if id.replace(given).is_some_and(|other| other != given) {
                        return Err(node.wrong("id and uuid are one"));
                    }
                }
                "priority" => priority = node.integer(i32::MAX.unsigned_abs())?,
                "request" => request = Some(RequestPattern::read(&node)?),
                "response" => response = Some(ResponseDefinition::read(&node)?),
                "scenarioName" => scenario = Some(node.text()?.to_owned()),
                "requiredScenarioState" => required = Some((node.text()?.to_owned(), node)),
                "newScenarioState" => next = Some((node.text()?.to_owned(), node)),
                "postServeActions" | "serveEventListeners" if !is_empty(node.value) => {
                    return Err(node.wrong("this server does nothing after an answer"));
                }
                // told back, and nothing else
                _ => {}
            }
        }
        let scenario = match (scenario, required, next) {
            (None, Some((_, node)), _) | (None, None, Some((_, node))) => {
                return Err(node.wrong("a state needs a scenarioName"));
            }
            (None, None, None) => None,
            (Some(scenario), required, next) => {
                let (required, next) = (required.map(|(state, _)| state), next.map(|(state, _)| state));
                Some(Step { scenario, required, next })
            }
        };
        let request = match request {
            Some(request) => request,
            None => RequestPattern::parse(&Value::Object(Map::new()))?,
        };
        let mapping = Self {
            id: String::new(),
            told: node.value.as_object().cloned().unwrap_or_default(),
            priority,
            request,
            response: response.unwrap_or_default(),
            scenario,
        };
        Ok(mapping.with_id(id.unwrap_or_else(new_id).hyphenated().to_string()))
    }

    pub(super) fn with_id(mut self, id: String) -> Self {
        for name in ["id", "uuid"] {
            self.told.insert(name.to_owned(), id.clone().into());
        }
        self.id = id;
        self
    }

    /// A UUID in lower case.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// All that was sent, and the id.
    pub(crate) fn told(&self) -> Value {
        Value::Object(self.told.clone())
    }

    /// What clients note on it for themselves.
    pub(super) fn metadata(&self) -> Option<&Value> {
        self.told.get("metadata")
    }
}

/// From the system, so that it takes nothing from a seeded randomness.
fn new_id() -> Uuid {
    let mut bytes = [0; 16];
    SystemEntropy.fill(&mut bytes);
    Builder::from_random_bytes(bytes).into_uuid()
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}
