//! What a request must be like, and how near one comes that is not. Matching is by the `wiremock` crate's matchers where
//! it has one with WireMock's meaning; those of headers it reads otherwise, for it takes a comma for the end of a value.

use std::str::FromStr as _;

use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use regex::Regex;
use serde_json::{Value, json};
use url::{Position, Url};
use wiremock::{Match, Request, matchers};

use super::Difference;
use super::node::{Node, StubError};
use super::pattern::{ValuePattern, whole};
use crate::journal::Exchange;
use crate::redact;

/// The most conditions of one pattern.
const MAX_CONDITIONS: usize = 100;
/// How much of two texts is held against each other to tell how far apart they are, in characters.
const MAX_COMPARED: usize = 200;
/// How far apart they are at the least, though what is compared of them were the same.
const LEAST_DISTANCE: f64 = 0.001;

/// A request as matchers read it. One whose target is no path has none.
pub(super) fn request(method: Method, target: &Uri, headers: HeaderMap, body: &[u8]) -> Option<Request> {
    let url = canonical(target.path_and_query()?.as_str())?;
    Some(Request { url, method, headers, body: body.to_vec() })
}

/// A path and query as a URL has them, so that requests and patterns are written alike.
fn canonical(target: &str) -> Option<Url> {
    if !target.starts_with('/') {
        return None;
    }
    Url::parse(&format!("http://localhost{target}")).ok()
}

/// A request as the journal has it.
pub(super) fn recorded(exchange: &Exchange) -> Option<Request> {
    request(exchange.method.clone(), &exchange.target, exchange.headers.clone(), &exchange.body.bytes)
}

/// Reads a request as a client describes one, in the form in which the journal tells it.
pub(crate) fn described(value: &Value) -> Result<Request, StubError> {
    let node = Node::root(value);
    let mut target = None;
    let mut method = Method::GET;
    let mut headers = HeaderMap::new();
    let mut body = Vec::new();
    for (name, node) in node.members()? {
        match name {
            "url" => target = Some(canonical(node.text()?).ok_or_else(|| node.wrong("it must be a path"))?),
            "method" => method = read_method(&node)?,
            "headers" => {
                for (name, node) in node.members()? {
                    let values = if node.value.is_array() { node.items()? } else { vec![node] };
                    for value in values {
                        headers.append(header_name(name, &value)?, header_value(&value)?);
                    }
                }
            }
            "cookies" => {
                for (name, node) in node.members()? {
                    let pair = format!("{name}={}", node.text()?);
                    let pair = HeaderValue::try_from(pair).map_err(|_| node.wrong("it must be a cookie's value"))?;
                    headers.append(header::COOKIE, pair);
                }
            }
            "body" => node.text()?.as_bytes().clone_into(&mut body),
            // the rest of what the journal tells follows from these
            _ => {}
        }
    }
    let url = target.ok_or_else(|| node.wrong("a request needs a url"))?;
    Ok(Request { url, method, headers, body })
}

fn read_method(node: &Node<'_>) -> Result<Method, StubError> {
    Method::from_str(&node.text()?.to_ascii_uppercase()).map_err(|_| node.wrong("it must be a method"))
}

pub(super) fn header_name(name: &str, node: &Node<'_>) -> Result<HeaderName, StubError> {
    HeaderName::from_str(name).map_err(|_| node.wrong("no header has such a name"))
}

pub(super) fn header_value(node: &Node<'_>) -> Result<HeaderValue, StubError> {
    HeaderValue::from_str(node.text()?).map_err(|_| node.wrong("no header has such a value"))
}

/// Where in a request a value stands.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Method,
    /// The path and the query.
    Url,
    Path,
    Header(HeaderName),
    Query(String),
    Cookie(String),
    Body,
}

impl Place {
    /// The values that are there; one that is like the pattern is enough.
    fn values(&self, request: &Request) -> Vec<String> {
        match self {
            Self::Method => vec![request.method.to_string()],
            Self::Url => vec![target(request).to_owned()],
            Self::Path => vec![request.url.path().to_owned()],
            Self::Header(name) => {
                let values = request.headers.get_all(name).iter();
                values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect()
            }
            Self::Query(wanted) => {
                let pairs = request.url.query_pairs().filter(|(name, _)| name == wanted);
                pairs.map(|(_, value)| value.into_owned()).collect()
            }
            Self::Cookie(wanted) => {
                let lines = request.headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
                let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
                pairs.filter(|(name, _)| name == wanted).map(|(_, value)| value.to_owned()).collect()
            }
            Self::Body => vec![String::from_utf8_lossy(&request.body).into_owned()],
        }
    }

    /// Those values as they may be shown, one as it is.
    fn shown(&self, request: &Request) -> Value {
        let values = self.values(request);
        let mut shown = match self {
            Self::Method => values,
            Self::Url | Self::Path => values.iter().map(|target| redact::target(target)).collect(),
            Self::Header(name) => {
                request.headers.get_all(name).iter().map(|value| redact::header(name, value)).collect()
            }
            Self::Query(name) => {
                let shown = values.iter().map(|value| redact::target(&format!("?{name}={value}")));
                shown.map(|pair| pair.get(name.len() + 2..).unwrap_or_default().to_owned()).collect()
            }
            Self::Cookie(_) => values.iter().map(|_| redact::REDACTED.to_owned()).collect(),
            Self::Body => Vec::new(),
        };
        if shown.len() > 1 { shown.into() } else { shown.pop().map_or(Value::Null, Value::from) }
    }

    fn name(&self) -> String {
        match self {
            Self::Method => "method".to_owned(),
            Self::Url => "url".to_owned(),
            Self::Path => "urlPath".to_owned(),
            Self::Header(name) => format!("header {name}"),
            Self::Query(name) => format!("query parameter {name}"),
            Self::Cookie(name) => format!("cookie {name}"),
            Self::Body => "body".to_owned(),
        }
    }

    /// How much it counts in a distance: as for WireMock.
    fn weight(&self) -> f64 {
        match self {
            Self::Url | Self::Path => 10.0,
            Self::Method => 3.0,
            _ => 1.0,
        }
    }
}

fn target(request: &Request) -> &str {
    &request.url[Position::BeforePath..Position::AfterQuery]
}

/// One thing that must be so.
struct Condition {
    place: Place,
    /// It as it was written.
    told: Value,
    /// The very text that is wanted, where that is what is wanted.
    text: Option<String>,
    matcher: Box<dyn Match>,
}

impl Condition {
    fn new(place: Place, told: Value, pattern: ValuePattern) -> Self {
        let text = if let ValuePattern::EqualTo { text, .. } = &pattern { Some(text.clone()) } else { None };
        let matcher = matcher(place.clone(), pattern);
        Self { place, told, text, matcher }
    }

    /// From 0, which matches, to 1.
    fn distance(&self, request: &Request) -> f64 {
        if self.matcher.matches(request) {
            return 0.0;
        }
        let Some(wanted) = &self.text else { return 1.0 };
        let cut = |text: &str| text.chars().take(MAX_COMPARED).collect::<String>();
        let likeness = |value: &String| strsim::normalized_levenshtein(&cut(wanted), &cut(value));
        let likeness = self.place.values(request).iter().map(likeness).fold(0.0, f64::max);
        (1.0 - likeness).max(LEAST_DISTANCE)
    }
}

fn matcher(place: Place, pattern: ValuePattern) -> Box<dyn Match> {
    match (place, pattern) {
        (Place::Method, ValuePattern::EqualTo { text, .. }) => Box::new(matchers::method(text)),
        (Place::Path, ValuePattern::EqualTo { text, ignore_case: false }) => Box::new(matchers::path(text)),
        (Place::Path, ValuePattern::Matches(regex)) => Box::new(matchers::path_regex(regex.as_str())),
        (Place::Query(name), ValuePattern::EqualTo { text, ignore_case: false }) => {
            Box::new(matchers::query_param(name, text))
        }
        (Place::Query(name), ValuePattern::Contains(part)) => Box::new(matchers::query_param_contains(name, part)),
        (Place::Query(name), ValuePattern::Absent) => Box::new(matchers::query_param_is_missing(name)),
        (Place::Body, ValuePattern::EqualTo { text, ignore_case: false }) => Box::new(matchers::body_string(text)),
        (Place::Body, ValuePattern::Contains(part)) => Box::new(matchers::body_string_contains(part)),
        (Place::Body, ValuePattern::EqualToJson { json, ignore_array_order: false, ignore_extra_elements: false }) => {
            Box::new(matchers::body_json(json))
        }
        (Place::Body, ValuePattern::EqualToJson { json, ignore_array_order: false, ignore_extra_elements: true }) => {
            Box::new(matchers::body_partial_json(json))
        }
        // a body is always there, as one of no bytes
        (Place::Body, ValuePattern::Absent) => Box::new(|request: &Request| request.body.is_empty()),
        (place, pattern) => Box::new(move |request: &Request| {
            let values = place.values(request);
            if values.is_empty() {
                return pattern.holds(None);
            }
            values.iter().any(|value| pattern.holds(Some(value)))
        }),
    }
}

/// What a request must be like.
pub(crate) struct RequestPattern {
    conditions: Vec<Condition>,
    told: Value,
}

/// What holding a pattern against a recorded request says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Matches,
    Differs,
    /// The rest matches, and it asks for the body, of which only the beginning is kept.
    Undecided,
}

impl RequestPattern {
    /// Reads a pattern that is not part of a mapping.
    pub(crate) fn parse(value: &Value) -> Result<Self, StubError> {
        Self::read(&Node::root(value))
    }

    pub(super) fn read(node: &Node<'_>) -> Result<Self, StubError> {
        let mut conditions = Vec::new();
        let mut has_url = false;
        for (name, node) in node.members()? {
            if matches!(name, "url" | "urlPattern" | "urlPath" | "urlPathPattern")
                && std::mem::replace(&mut has_url, true)
            {
                return Err(node.wrong("a pattern has one of url, urlPattern, urlPath and urlPathPattern"));
            }
            match name {
                "method" if node.text()?.eq_ignore_ascii_case("ANY") => {}
                "method" => {
                    let text = read_method(&node)?.to_string();
                    conditions.push(Condition::new(Place::Method, node.value.clone(), equal_to(text)));
                }
                "url" | "urlPath" => conditions.push(address(name, &node)?),
                "urlPattern" | "urlPathPattern" => {
                    let regex = Regex::new(&whole(node.text()?)).map_err(|error| node.wrong(error.to_string()))?;
                    let place = if name == "urlPattern" { Place::Url } else { Place::Path };
                    let told = json!({ "matches": node.value });
                    conditions.push(Condition::new(place, told, ValuePattern::Matches(regex)));
                }
                "headers" => {
                    for (name, node) in node.members()? {
                        conditions.push(condition(Place::Header(header_name(name, &node)?), &node)?);
                    }
                }
                "queryParameters" => {
                    for (name, node) in node.members()? {
                        conditions.push(condition(Place::Query(name.to_owned()), &node)?);
                    }
                }
                "cookies" => {
                    for (name, node) in node.members()? {
                        conditions.push(condition(Place::Cookie(name.to_owned()), &node)?);
                    }
                }
                "basicAuth" | "basicAuthCredentials" => conditions.push(basic_auth(&node)?),
                "bodyPatterns" => {
                    for node in node.items()? {
                        conditions.push(condition(Place::Body, &node)?);
                    }
                }
                // what clients keep for themselves
                "metadata" => {}
                _ => return Err(node.unknown("request pattern")),
            }
        }
        if conditions.len() > MAX_CONDITIONS {
            return Err(node.wrong(format!("it must have {MAX_CONDITIONS} conditions or fewer")));
        }
        // what is dear to look at is looked at last
        conditions.sort_by_key(|condition| condition.place == Place::Body);
        Ok(Self { conditions, told: node.value.clone() })
    }

    /// It as it was written.
    pub(crate) fn told(&self) -> &Value {
        &self.told
    }

    pub(super) fn matches(&self, request: &Request) -> bool {
        self.conditions.iter().all(|condition| condition.matcher.matches(request))
    }

    /// Whether a recorded request is like it.
    pub(crate) fn judge(&self, exchange: &Exchange) -> Verdict {
        let Some(request) = recorded(exchange) else { return Verdict::Differs };
        let is_cut = |condition: &Condition| condition.place == Place::Body && !exchange.body.is_whole();
        let mut conditions = self.conditions.iter();
        if !conditions.all(|condition| is_cut(condition) || condition.matcher.matches(&request)) {
            Verdict::Differs
        } else if self.conditions.iter().any(is_cut) {
            Verdict::Undecided
        } else {
            Verdict::Matches
        }
    }

    /// How far a request is from it, from 0, which matches, to 1.
    pub(super) fn distance(&self, request: &Request) -> f64 {
        let weights: f64 = self.conditions.iter().map(|condition| condition.place.weight()).sum();
        let sum: f64 =
            self.conditions.iter().map(|condition| condition.place.weight() * condition.distance(request)).sum();
        if weights > 0.0 { sum / weights } else { 0.0 }
    }

    /// What of a request is not like it, without secrets. Of a body that was cut it cannot be told.
    pub(super) fn differences(&self, request: &Request, is_cut: bool) -> Vec<Difference> {
        let is_undecided = |condition: &Condition| is_cut && condition.place == Place::Body;
        let different =
            self.conditions.iter().filter(|condition| is_undecided(condition) || !condition.matcher.matches(request));
        let told = |condition: &Condition| {
            let is_body = condition.place == Place::Body;
            Difference {
                part: condition.place.name(),
                expected: condition.told.clone(),
                // a body stands in the request
                actual: (!is_body).then(|| condition.place.shown(request)),
                undecided: (is_body && is_cut).then_some("it was cut"),
            }
        };
        different.map(told).collect()
    }
}

fn equal_to(text: String) -> ValuePattern {
    ValuePattern::EqualTo { text, ignore_case: false }
}

fn condition(place: Place, node: &Node<'_>) -> Result<Condition, StubError> {
    Ok(Condition::new(place, node.value.clone(), ValuePattern::read(node)?))
}

fn address(name: &str, node: &Node<'_>) -> Result<Condition, StubError> {
    let text = node.text()?;
    let url = canonical(text).ok_or_else(|| node.wrong("it must begin with /"))?;
    let (place, text) = if name == "url" {
        (Place::Url, &url[Position::BeforePath..Position::AfterQuery])
    } else if url.query().is_some() {
        return Err(node.wrong("it must have no query: write url, or queryParameters"));
    } else {
        (Place::Path, url.path())
    };
    Ok(Condition::new(place, json!({ "equalTo": node.value }), equal_to(text.to_owned())))
}

fn basic_auth(node: &Node<'_>) -> Result<Condition, StubError> {
    let (mut username, mut password) = ("", "");
    for (name, node) in node.members()? {
        match name {
            "username" => username = node.text()?,
            "password" => password = node.text()?,
            _ => return Err(node.unknown("credential")),
        }
    }
    let matcher = Box::new(matchers::basic_auth(username, password));
    let told = json!({ "basicAuth": { "username": username, "password": redact::REDACTED } });
    Ok(Condition { place: Place::Header(header::AUTHORIZATION), told, text: None, matcher })
}
