//! Stubs: answers that stand before the API's own, as WireMock has them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use bytes::Bytes;
use http::request::Parts;
use http::{Method, StatusCode};
use parking_lot::Mutex;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;
use wiremock::Request;

mod mapping;
mod matching;
mod node;
mod pattern;
mod response;
mod schema;

use crate::admin::problem;
use crate::journal::Exchange;
use crate::show;
use mapping::STARTED;
use node::Node;

pub(crate) use mapping::Mapping;
pub(crate) use matching::{RequestPattern, Verdict, described};
pub use node::StubError;
pub(crate) use pattern::ValuePattern;
pub(crate) use schema::{described_request, import, scenario_state, settings};

/// The most mappings that are kept.
const MAX_MAPPINGS: usize = 1000;
/// The longest delay, in milliseconds.
const MAX_DELAY: u32 = 600_000;
/// How many near misses are told, as by WireMock.
const NEAR_MISSES: usize = 3;

/// The stubs of a server.
#[derive(Default)]
pub(crate) struct Stubs(Mutex<State>);

#[derive(Default)]
struct State {
    /// In the order in which they are asked: the lowest priority first, of one priority the newest.
    mappings: Vec<Arc<Mapping>>,
    /// The states of scenarios that have left their first.
    states: BTreeMap<String, String>,
    /// The delay of an answer that has none of its own, in milliseconds.
    delay: Option<u32>,
}

/// A scenario: a state that its mappings ask for and change.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Scenario {
    /// The name.
    id: String,
    name: String,
    state: String,
    /// The states that its mappings name, and the first.
    possible_states: Vec<String>,
    #[schemars(with = "Vec<Mapping>")]
    mappings: Vec<Value>,
}

/// A request and what came near it, or the reverse.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NearMiss {
    /// The request, as the journal has it or as it was described.
    #[schemars(with = "Map<String, Value>")]
    request: Value,
    /// The stub that came near.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Mapping")]
    stub_mapping: Option<Value>,
    /// The pattern to which the request came near.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "RequestPattern")]
    request_pattern: Option<Value>,
    match_result: MatchResult,
    tessera: Differences,
}

/// How far off it is.
#[derive(Serialize, JsonSchema)]
struct MatchResult {
    /// From 0, which matches, to 1.
    distance: f64,
}

/// Each thing that differs.
#[derive(Serialize, JsonSchema)]
struct Differences {
    differences: Vec<Difference>,
}

/// One thing that differs.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Difference {
    /// What of the request: `method`, `header accept`, `scenario onboarding`.
    part: String,
    /// The pattern, as it was written.
    expected: Value,
    /// What was there instead, without secrets; not told of a body, which stands in the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    actual: Option<Value>,
    /// Why it cannot be told whether it differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    undecided: Option<&'static str>,
}

/// An answer by a stub.
pub(crate) struct Served {
    /// The stub's id.
    pub(crate) id: String,
    /// How long it is to be kept back.
    pub(crate) delay: Duration,
    /// What it answers.
    pub(crate) response: Response,
}

impl Stubs {
    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.lock().mappings.is_empty()
    }

    /// Answers a request that a stub wants.
    pub(crate) fn answer(&self, parts: &Parts, body: &Bytes) -> Option<Served> {
        if self.is_empty() {
            return None;
        }
        let request = matching::request(parts.method.clone(), &parts.uri, parts.headers.clone(), body)?;
        let mut mappings = self.all().into_iter();
        let found = mappings.find(|mapping| mapping.request.matches(&request) && self.enter(mapping))?;
        let delay = found.response.delay.or(self.delay()).unwrap_or_default();
        let delay = Duration::from_millis(delay.into());
        Some(Served { id: found.id().to_owned(), delay, response: found.response.render() })
    }

    /// Whether a mapping's scenario is in the state that it wants; the scenario goes on if it is.
    fn enter(&self, mapping: &Mapping) -> bool {
        let Some(step) = &mapping.scenario else { return true };
        let mut state = self.0.lock();
        if step.required.as_deref().is_some_and(|required| required != state.of(&step.scenario)) {
            return false;
        }
        if let Some(next) = &step.next {
            state.states.insert(step.scenario.clone(), next.clone());
        }
        true
    }

    /// Forgets all, and the delay.
    pub(crate) fn reset(&self) {
        *self.0.lock() = State::default();
    }

    /// All mappings, in the order in which they are asked.
    pub(crate) fn all(&self) -> Vec<Arc<Mapping>> {
        self.0.lock().mappings.clone()
    }

    /// One by its id.
    pub(crate) fn find(&self, id: &str) -> Option<Arc<Mapping>> {
        let id = Uuid::parse_str(id).ok()?.hyphenated().to_string();
        self.0.lock().mappings.iter().find(|mapping| mapping.id() == id).cloned()
    }

    /// Adds a mapping. It takes the place of one with its id.
    pub(crate) fn add(&self, value: &Value) -> Result<Arc<Mapping>, StubError> {
        let node = Node::root(value);
        let mapping = Arc::new(Mapping::read(&node)?);
        let mut state = self.0.lock();
        put(&mut state.mappings, Arc::clone(&mapping), &node)?;
        state.prune();
        Ok(mapping)
    }

    /// Puts a mapping in the place of the one with this id, if there is one.
    pub(crate) fn replace(&self, id: &str, value: &Value) -> Result<Option<Arc<Mapping>>, StubError> {
        let Some(present) = self.find(id) else { return Ok(None) };
        let node = Node::root(value);
        let mapping = Arc::new(Mapping::read(&node)?.with_id(present.id().to_owned()));
        let mut state = self.0.lock();
        put(&mut state.mappings, Arc::clone(&mapping), &node)?;
        state.prune();
        Ok(Some(mapping))
    }

    /// Adds the mappings of an import: all or none.
    pub(crate) fn import(&self, value: &Value) -> Result<(), StubError> {
        let (mut wanted, mut keeps_present, mut deletes_others) = (Vec::new(), false, false);
        for (name, node) in Node::root(value).members()? {
            match name {
                "mappings" => wanted = node.items()?,
                "importOptions" => {
                    for (name, node) in node.members()? {
                        match (name, node.value.as_str()) {
                            ("duplicatePolicy", Some("OVERWRITE")) => keeps_present = false,
                            ("duplicatePolicy", Some("IGNORE")) => keeps_present = true,
                            ("duplicatePolicy", _) => return Err(node.wrong("it must be OVERWRITE or IGNORE")),
                            ("deleteAllNotInImport", _) => deletes_others = node.flag()?,
                            _ => return Err(node.unknown("option")),
                        }
                    }
                }
                _ => return Err(node.unknown("member of an import")),
            }
        }
        let mut state = self.0.lock();
        let mut mappings = state.mappings.clone();
        let mut imported = BTreeSet::new();
        // the last first, so that what is listed first is the newest, as where it was exported
        for node in wanted.into_iter().rev() {
            let mapping = Mapping::read(&node)?;
            imported.insert(mapping.id().to_owned());
            if !(keeps_present && mappings.iter().any(|present| present.id() == mapping.id())) {
                put(&mut mappings, Arc::new(mapping), &node)?;
            }
        }
        mappings.retain(|mapping| !deletes_others || imported.contains(mapping.id()));
        state.mappings = mappings;
        state.prune();
        Ok(())
    }

    /// Forgets the mappings that this is true of.
    pub(crate) fn remove(&self, mut which: impl FnMut(&Mapping) -> bool) {
        let mut state = self.0.lock();
        state.mappings.retain(|mapping| !which(mapping));
        state.prune();
    }

    /// The delay of an answer that has none of its own, in milliseconds.
    pub(crate) fn delay(&self) -> Option<u32> {
        self.0.lock().delay
    }

    /// Changes that delay, as WireMock's settings write it.
    pub(crate) fn set(&self, settings: &Value) -> Result<(), StubError> {
        let mut delay = None;
        for (name, node) in Node::root(settings).members()? {
            match name {
                "fixedDelay" => delay = Some(node.integer(MAX_DELAY)?),
                _ => return Err(node.unknown("setting")),
            }
        }
        self.0.lock().delay = delay;
        Ok(())
    }

    /// The scenarios that mappings name, in WireMock's form.
    pub(crate) fn scenarios(&self) -> Vec<Scenario> {
        let state = self.0.lock();
        let shown = |(name, mappings): (&str, Vec<&Mapping>)| Scenario {
            id: name.to_owned(),
            name: name.to_owned(),
            state: state.of(name).to_owned(),
            possible_states: possible(&mappings).into_iter().map(str::to_owned).collect(),
            mappings: mappings.iter().map(|mapping| mapping.told()).collect(),
        };
        state.scenarios().into_iter().map(shown).collect()
    }

    /// Puts a scenario into a state, or into its first; whether there is such a scenario.
    pub(crate) fn set_state(&self, scenario: &str, wanted: &Value) -> Result<bool, StubError> {
        let mut next = STARTED.to_owned();
        let mut state = self.0.lock();
        let possible = match state.scenarios().get(scenario) {
            Some(mappings) => possible(mappings).into_iter().map(str::to_owned).collect::<BTreeSet<_>>(),
            None => return Ok(false),
        };
        if !wanted.is_null() {
            for (name, node) in Node::root(wanted).members()? {
                match name {
                    "state" if possible.contains(node.text()?) => node.text()?.clone_into(&mut next),
                    "state" => return Err(node.wrong(format!("{scenario:?} has no such state"))),
                    _ => return Err(node.unknown("member of a scenario")),
                }
            }
        }
        state.states.insert(scenario.to_owned(), next);
        Ok(true)
    }

    /// Puts every scenario into its first state.
    pub(crate) fn reset_scenarios(&self) {
        self.0.lock().states.clear();
    }

    /// The mappings that come nearest to a recorded request, the nearest first, in WireMock's form.
    pub(crate) fn near(&self, exchange: &Exchange) -> Vec<NearMiss> {
        let Some(request) = matching::recorded(exchange) else { return Vec::new() };
        self.near_request(&request, &json!(show::request(exchange)), !exchange.body.is_whole())
    }

    /// The mappings that come nearest to a request that is told like this.
    pub(crate) fn near_request(&self, request: &Request, told: &Value, is_cut: bool) -> Vec<NearMiss> {
        let shown = |(distance, mapping): (f64, Arc<Mapping>)| {
            let mut differences = mapping.request.differences(request, is_cut);
            differences.extend(self.state_difference(&mapping));
            NearMiss {
                request: told.clone(),
                stub_mapping: Some(mapping.told()),
                request_pattern: None,
                match_result: MatchResult { distance },
                tessera: Differences { differences },
            }
        };
        let distances = self.all().into_iter().map(|mapping| (mapping.request.distance(request), mapping));
        nearest(distances).map(shown).collect()
    }

    /// What keeps a mapping from answering though the request is like it.
    fn state_difference(&self, mapping: &Mapping) -> Option<Difference> {
        let step = mapping.scenario.as_ref()?;
        let required = step.required.as_deref()?;
        let state = self.0.lock();
        let actual = state.of(&step.scenario);
        (actual != required).then(|| Difference {
            part: format!("scenario {}", step.scenario),
            expected: required.into(),
            actual: Some(actual.into()),
            undecided: None,
        })
    }
}

/// Mappings as an import has them.
pub(crate) fn import_of(mappings: &[Map<String, Value>]) -> Value {
    json!({ "mappings": mappings })
}

/// The answer of stubs that stand alone to a request that none of them is for.
pub(crate) fn nobody_wants(method: &Method, path: &str) -> Response {
    let detail =
        format!("No stub is for {method} {path}: GET /__admin/requests/unmatched/near-misses tells which come nearest");
    problem(StatusCode::NOT_FOUND, &detail)
}

/// The recorded requests that come nearest to a pattern, the nearest first, in WireMock's form.
pub(crate) fn near_pattern(pattern: &RequestPattern, exchanges: &[Arc<Exchange>]) -> Vec<NearMiss> {
    let requests = exchanges.iter().filter_map(|exchange| Some((exchange, matching::recorded(exchange)?)));
    let distances = requests.map(|(exchange, request)| (pattern.distance(&request), (exchange, request)));
    let shown = |(distance, (exchange, request)): (f64, (&Arc<Exchange>, Request))| NearMiss {
        request: json!(show::request(exchange)),
        stub_mapping: None,
        request_pattern: Some(pattern.told().clone()),
        match_result: MatchResult { distance },
        tessera: Differences { differences: pattern.differences(&request, !exchange.body.is_whole()) },
    };
    nearest(distances).map(shown).collect()
}

fn nearest<T>(distances: impl Iterator<Item = (f64, T)>) -> impl Iterator<Item = (f64, T)> {
    let mut distances: Vec<(f64, T)> = distances.collect();
    distances.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    distances.into_iter().take(NEAR_MISSES)
}

/// Reads a pattern of the metadata of mappings.
pub(crate) fn metadata_pattern(value: &Value) -> Result<impl Fn(&Mapping) -> bool + use<>, StubError> {
    let pattern = ValuePattern::read(&Node::root(value))?;
    Ok(move |mapping: &Mapping| pattern.holds(mapping.metadata().map(Value::to_string).as_deref()))
}

impl State {
    /// A scenario's state.
    fn of(&self, scenario: &str) -> &str {
        self.states.get(scenario).map_or(STARTED, String::as_str)
    }

    /// The mappings of each scenario.
    fn scenarios(&self) -> BTreeMap<&str, Vec<&Mapping>> {
        let mut scenarios: BTreeMap<&str, Vec<&Mapping>> = BTreeMap::new();
        for mapping in &self.mappings {
            if let Some(step) = &mapping.scenario {
                scenarios.entry(&step.scenario).or_default().push(mapping);
            }
        }
        scenarios
    }

    /// Forgets the states of scenarios that no mapping names any more.
    fn prune(&mut self) {
        let mut states = std::mem::take(&mut self.states);
        let scenarios = self.scenarios();
        states.retain(|scenario, _| scenarios.contains_key(scenario.as_str()));
        self.states = states;
    }
}

/// The states that mappings of one scenario name, and the first.
fn possible<'a>(mappings: &[&'a Mapping]) -> BTreeSet<&'a str> {
    let steps = mappings.iter().filter_map(|mapping| mapping.scenario.as_ref());
    let named = steps.flat_map(|step| [step.required.as_deref(), step.next.as_deref()]).flatten();
    named.chain([STARTED]).collect()
}

/// Puts a mapping before those of its priority, or in the place of the one with its id.
fn put(mappings: &mut Vec<Arc<Mapping>>, mapping: Arc<Mapping>, node: &Node<'_>) -> Result<(), StubError> {
    if let Some(at) = mappings.iter().position(|present| present.id() == mapping.id()) {
        let present = mappings.remove(at);
        let at = if present.priority == mapping.priority { at } else { place(mappings, &mapping) };
        mappings.insert(at, mapping);
        return Ok(());
    }
    if mappings.len() >= MAX_MAPPINGS {
        return Err(node.wrong(format!("there are {MAX_MAPPINGS} mappings, as many as are kept: delete some first")));
    }
    mappings.insert(place(mappings, &mapping), mapping);
    Ok(())
}

fn place(mappings: &[Arc<Mapping>], mapping: &Mapping) -> usize {
    mappings.partition_point(|present| present.priority < mapping.priority)
}
