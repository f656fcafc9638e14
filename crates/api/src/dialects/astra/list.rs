//! Lists [D, O]: what their query asks for, and their envelope.

use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::Value;
use tessera_directory::collection::ordered;
use tessera_directory::document::{Condition, Found, MAX_CONDITIONS, Place, Query, Shape, Step};
use tessera_directory::error::Error as Domain;

use super::error::{Error, Field};
use super::filter::{self, Filter};
use crate::endpoint::Received;
use crate::json;

/// Which members the items of a list have.
pub(super) trait Schema {
    /// Whether an item has a member of this name.
    fn has(&self, name: &str) -> bool;
    /// Whether the way leads to something.
    fn knows(&self, way: &[Step]) -> bool;
}

impl Schema for Shape {
    fn has(&self, name: &str) -> bool {
        Shape::has(self, name)
    }

    fn knows(&self, way: &[Step]) -> bool {
        Shape::knows(self, way)
    }
}

/// Items that are all at hand, with the ways that lead to something in such an item, as a filter has them.
pub(super) struct Items {
    /// The ways: to each member, and on to what is in it. What `metadata` holds need not be among them.
    pub(super) members: &'static [&'static str],
    /// The items.
    pub(super) items: Vec<Value>,
}

/// The ways of every item's metadata.
const METADATA: &[&str] = &[
    "metadata.creationTimestamp",
    "metadata.modificationTimestamp",
    "metadata.createdBy",
    "metadata.labels[*].name",
    "metadata.labels[*].value",
];

impl Schema for Items {
    fn has(&self, name: &str) -> bool {
        let is_named = |way: &&str| way.split(['.', '[']).next() == Some(name);
        self.members.iter().any(is_named) || self.items.iter().any(|item| item.get(name).is_some())
    }

    fn knows(&self, way: &[Step]) -> bool {
        let metadata = if self.members.contains(&"metadata") { METADATA } else { &[] };
        let passes = |known: &&str| filter::parse_way(known).is_some_and(|known| known.starts_with(way));
        self.members.iter().chain(metadata).any(passes)
            || self.items.iter().any(|item| !filter::follow(item, way).is_empty())
    }
}

/// What a list's query asks for.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    include: Option<Vec<String>>,
    filters: Vec<Filter>,
    order: Option<(Vec<Step>, bool)>,
    limit: Option<u32>,
    skip: u32,
    count: bool,
    /// Where a page before this one ended. What it passed over is not passed over again.
    after: Option<Place>,
}

/// Refuses every parameter, on a call that is no list.
pub(super) fn none(call: &Received) -> Result<(), Error> {
    let unknown: Vec<Field> = call.queries().map(|(name, _)| Field::new(&name, "is not taken by this call")).collect();
    if unknown.is_empty() { Ok(()) } else { Err(Error::UnknownParameters(unknown)) }
}

impl Parameters {
    /// Reads the query of a list.
    pub(super) fn read(call: &Received, schema: &impl Schema) -> Result<Self, Error> {
        const ONCE: &[&str] = &["include", "orderBy", "limit", "skip", "count", "continue"];
        let mut read = Self::default();
        let (mut unknown, mut invalid, mut seen) = (Vec::new(), Vec::new(), Vec::new());
        for (name, value) in call.queries() {
            let fault = match &*name {
                "filter" => read.take_filter(&value, schema),
                known if ONCE.contains(&known) && seen.contains(&name) => Err("is given twice"),
                "include" => read.take_include(&value, schema),
                "orderBy" => read.take_order(&value, schema),
                "limit" => number(&value).map(|number| read.limit = Some(number)),
                "skip" => number(&value).map(|number| read.skip = number),
                "count" => {
                    read.count = true;
                    if value == "true" { Ok(()) } else { Err("must be true") }
                }
                "continue" => token(&value).map(|place| read.after = Some(place)),
                _ => {
                    unknown.push(Field::new(&name, "is no parameter of a list"));
                    Ok(())
                }
            };
            if let Err(reason) = fault {
                invalid.push(Field::new(&name, reason));
            }
            seen.push(name);
        }
        if !unknown.is_empty() {
            return Err(Error::UnknownParameters(unknown));
        }
        if invalid.is_empty() { Ok(read) } else { Err(Error::InvalidParameters(invalid)) }
    }

    fn take_filter(&mut self, value: &str, schema: &impl Schema) -> Result<(), &'static str> {
        let filters = filter::parse(value).ok_or("must be like: member eq 'value'")?;
        if !filters.iter().all(|filter| schema.knows(&filter.way)) {
            return Err("names a member that is not there");
        }
        self.filters.extend(filters);
        if self.filters.len() > MAX_CONDITIONS { Err("has too many conditions") } else { Ok(()) }
    }

    fn take_include(&mut self, value: &str, schema: &impl Schema) -> Result<(), &'static str> {
        let names: Vec<String> = value.split(',').map(str::to_owned).collect();
        if !names.iter().all(|name| schema.has(name)) {
            return Err("names a member that is not there");
        }
        self.include = Some(names);
        Ok(())
    }

    fn take_order(&mut self, value: &str, schema: &impl Schema) -> Result<(), &'static str> {
        let (way, downwards) = filter::parse_order(value).ok_or("must be a member, or a member and desc")?;
        if !schema.knows(&way) {
            return Err("names a member that is not there");
        }
        self.order = Some((way, downwards));
        Ok(())
    }

    /// How many items are passed over, on the first page.
    fn skip(&self) -> u32 {
        if self.after.is_some() { 0 } else { self.skip }
    }

    /// The same as a query to the store.
    pub(super) fn query(&self, shape: &Shape) -> Result<Query, Error> {
        let find = |way: &[Step]| {
            shape.find(way).ok_or_else(|| Error::from(Domain::Internal("a known member is not there".into())))
        };
        let conditions = self
            .filters
            .iter()
            .map(|filter| {
                Ok(Condition {
                    operand: find(&filter.way)?,
                    comparison: filter.comparison,
                    value: filter.value.clone(),
                })
            })
            .collect::<Result<_, Error>>()?;
        let order = match &self.order {
            Some((way, downwards)) => Some((find(way)?, *downwards)),
            None => None,
        };
        let after = self.after.clone();
        Ok(Query { conditions, order, skip: self.skip(), after, limit: self.limit, count: self.count })
    }

    /// The answer from items that are all at hand.
    pub(super) fn pick(&self, items: Items) -> Result<Response, Error> {
        let (way, downwards) = self.order.as_ref().map_or((None, false), |(way, downwards)| (Some(way), *downwards));
        let place = |(seq, item): (i64, Value)| {
            let member = way.and_then(|way| filter::follow(&item, way).first().map(|member| filter::text_of(member)));
            (Place { value: member.unwrap_or_default(), seq }, item)
        };
        let compare = |one: &Place, other: &Place| {
            let order = one.value.cmp(&other.value);
            (if downwards { order.reverse() } else { order }).then(one.seq.cmp(&other.seq))
        };
        let holds = |(_, item): &(i64, Value)| self.filters.iter().all(|filter| filter.holds(item));
        let items = (0..).zip(items.items).filter(holds).map(place).collect();
        let mut items: Vec<(Place, Value)> = ordered(items, &|(one, _), (other, _)| compare(one, other));
        let total = i64::try_from(items.len()).unwrap_or(i64::MAX);
        if let Some(after) = &self.after {
            items.retain(|(place, _)| compare(place, after).is_gt());
        }
        let mut page = items.split_off(items.len().min(self.skip() as usize));
        let limit = self.limit.map_or(usize::MAX, |limit| limit as usize);
        let more = page.len() > limit;
        page.truncate(limit);
        let (mut places, documents): (Vec<Place>, Vec<String>) =
            page.into_iter().map(|(place, item)| (place, json::text(&item))).unzip();
        let end = places.pop().filter(|_| more);
        self.answer(Found { documents, end, total: self.count.then_some(total), has_user: true })
    }

    /// The answer with the documents that were found.
    pub(super) fn answer(&self, found: Found) -> Result<Response, Error> {
        let next = found.end.as_ref().map(token_of);
        let items = match &self.include {
            None => found.documents,
            Some(names) => found.documents.iter().map(|document| row(document, names)).collect(),
        };
        // the documents are JSON already
        let mut body = format!("{{\"items\":[{}],\"metadata\":", items.join(",")).into_bytes();
        let metadata = serde_json::to_vec(&Metadata { count: found.total, r#continue: next });
        body.extend(metadata.map_err(|error| Domain::Internal(error.to_string()))?);
        body.push(b'}');
        Ok((StatusCode::OK, [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body)
            .into_response())
    }
}

/// A document as an array of some of its members' values.
fn row(document: &str, names: &[String]) -> String {
    let document = json::kept(document);
    json::text(&names.iter().map(|name| document.get(name).cloned().unwrap_or_default()).collect())
}

#[derive(Serialize)]
struct Metadata {
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#continue: Option<String>,
}

/// A number from 1 up. What is more than there can be of anything is as much as there can be.
fn number(text: &str) -> Result<u32, &'static str> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0') && !text.is_empty();
    if is_number { Ok(text.parse().unwrap_or(u32::MAX)) } else { Err("must be a number from 1 up") }
}

/// The token that goes on behind a place: base64 of a JSON array of `value` and `seq`. All letters are ASCII, and none of
/// them one that could make a `+` or a `/`.
fn token_of(place: &Place) -> String {
    let json = json::text(&Value::from(vec![Value::from(place.value.as_str()), Value::from(place.seq)]));
    let mut units = [0; 2];
    let mut escaped = String::with_capacity(json.len());
    for letter in json.chars() {
        if letter.is_ascii() && !matches!(letter, '>' | '?' | '~' | '\u{7f}') {
            escaped.push(letter);
        } else {
            let units = letter.encode_utf16(&mut units);
            escaped.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    BASE64_STANDARD.encode(escaped)
}

fn token(text: &str) -> Result<Place, &'static str> {
    let place = || {
        let json = BASE64_STANDARD.decode(text).ok()?;
        let Value::Array(place) = serde_json::from_slice(&json).ok()? else { return None };
        let [Value::String(value), seq] = place.as_slice() else { return None };
        Some(Place { value: value.clone(), seq: seq.as_i64()? })
    };
    place().filter(|place| token_of(place) == text).ok_or("must be a token that a list gave")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens() {
        let everything: String = ('\u{1}'..='\u{2fff}').chain(['😀', '>', '?', '~']).collect();
        for value in ["", "a", "a?", "a>>", "~~~~", &everything] {
            for seq in [1, 2, 10, 999, i64::MAX] {
                let place = Place { value: value.to_owned(), seq };
                let text = token_of(&place);
                assert!(!text.contains(['+', '/']), "{text}");
                assert_eq!(token(&text), Ok(place));
            }
        }
        // `{}`, an index, a text that is escaped otherwise
        for bad in ["", "!!", "e30=", "eyJjb2xsZWN0aW9uSW5kZXgiOi0xfQ==", "WyJcdTAwNjEiLDFd"] {
            assert!(token(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn numbers() {
        assert_eq!((number("1"), number("250"), number("99999999999999999999")), (Ok(1), Ok(250), Ok(u32::MAX)));
        for bad in ["", "0", "01", "-1", "+1", "two", "1.0", " 1"] {
            assert!(number(bad).is_err(), "{bad}");
        }
    }
}
