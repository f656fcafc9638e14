//! Reading what a call asks for: `fields`, `query`, `order_by`, `limit`, `offset`, and ids.

use std::borrow::Cow;

use chrono::DateTime;
use percent_encoding::percent_decode_str;
use tessera_directory::Timestamp;
use tessera_directory::filter::{Filter, Selection};

use super::entity::{Entity, Kind};
use super::error::Error;
use super::query;
use super::record::Fields;
use crate::endpoint::Received;
use crate::time as times;

const DEFAULT_LIMIT: u32 = 1000;
const MAX_LIMIT: u32 = 10_000;
/// How many references deep fields may be named [D].
const MAX_LEVELS: usize = 3;

/// Reads an RFC 3339 time. Unlike elsewhere one without an offset is none.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    let time = DateTime::parse_from_rfc3339(text).ok()?;
    DateTime::from_timestamp_millis(time.timestamp_millis()).filter(|time| times::is_writable(*time))
}

/// The id at the end of a path; nothing if it is none, and so nobody's.
pub(super) fn id(call: &Received) -> Option<i64> {
    let id = call.parameter("id");
    let is_plain = !id.starts_with('0') && id.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| id.parse().ok())?
}

/// The first query parameter of a name, decoded.
fn parameter<'a>(call: &'a Received, name: &str) -> Option<Cow<'a, str>> {
    call.queries().find(|(known, _)| known == name).map(|(_, value)| value)
}

/// `fields`.
pub(super) fn fields(call: &Received, entity: Entity) -> Result<Fields, Error> {
    match parameter(call, "fields") {
        Some(text) if !text.trim().is_empty() => named(&text, entity, 0),
        _ => Ok(Fields::Default),
    }
}

fn named(text: &str, entity: Entity, level: usize) -> Result<Fields, Error> {
    let mut names: Vec<(&'static str, Option<Fields>)> = Vec::new();
    for part in parts(text)?.into_iter().map(|part| part.trim_matches(' ')).filter(|part| !part.is_empty()) {
        let (name, inner) = match part.split_once('{') {
            None => (part, None),
            Some((name, inner)) => {
                let inner = inner.strip_suffix('}').ok_or(Error::IllegalArgument(FIELDS, BRACES))?;
                (name.trim_matches(' '), Some(inner))
            }
        };
        let field = entity.field(name).ok_or_else(|| Error::UnknownField(entity, name.to_owned(), Some(FIELDS)))?;
        let inner = match (inner, field.kind) {
            (None, _) => None,
            (Some(_), _) if level == MAX_LEVELS => return Err(Error::IllegalArgument(FIELDS, "at most three levels")),
            (Some(inner), Kind::Reference(target) | Kind::References(target)) if inner.trim().is_empty() => {
                let _ = target;
                Some(Fields::Named(Vec::new()))
            }
            (Some(inner), Kind::Reference(target) | Kind::References(target)) => Some(named(inner, target, level + 1)?),
            (Some(_), _) => return Err(Error::IllegalArgument(FIELDS, "braces belong to a reference")),
        };
        if !names.iter().any(|(known, _)| *known == field.name) {
            names.push((field.name, inner));
        }
    }
    Ok(Fields::Named(names))
}

const FIELDS: &str = "fields";
const BRACES: &str = "the braces do not match";

/// The parts between commas that lie in no braces.
fn parts(text: &str) -> Result<Vec<&str>, Error> {
    let (mut parts, mut level, mut begin) = (Vec::new(), 0_usize, 0);
    for (at, char) in text.char_indices() {
        match char {
            '{' => level += 1,
            '}' => level = level.checked_sub(1).ok_or(Error::IllegalArgument(FIELDS, BRACES))?,
            ',' if level == 0 => {
                parts.extend(text.get(begin..at));
                begin = at + 1;
            }
            _ => {}
        }
    }
    if level > 0 {
        return Err(Error::IllegalArgument(FIELDS, BRACES));
    }
    parts.extend(text.get(begin..));
    Ok(parts)
}

/// What is asked of a list.
pub(super) struct Listing {
    pub(super) fields: Fields,
    pub(super) selection: Selection<&'static str>,
}

/// Reads what is asked of a list.
pub(super) fn listing(call: &Received, entity: Entity, targets: &dyn query::Targets) -> Result<Listing, Error> {
    let fields = fields(call, entity)?;
    let filter = match raw_query(call) {
        None => Filter::All(Vec::new()),
        Some(raw) => {
            let text = decoded(raw).ok_or_else(|| Error::InvalidQuery("The query is not encoded well".into(), None))?;
            query::read(&text, entity, targets)?
        }
    };
    let order = match parameter(call, "order_by") {
        None => Vec::new(),
        Some(text) => order(&text, entity)?,
    };
    let limit = match parameter(call, "limit") {
        None => DEFAULT_LIMIT,
        Some(text) => decimal(&text)
            .and_then(|limit| u32::try_from(limit).ok())
            .filter(|limit| (1..=MAX_LIMIT).contains(limit))
            .ok_or(Error::IllegalArgument("limit", "an integer from 1 to 10000"))?,
    };
    let offset = match parameter(call, "offset") {
        None => 0,
        Some(text) => decimal(&text).ok_or(Error::IllegalArgument("offset", "an integer from 0"))?,
    };
    Ok(Listing { fields, selection: Selection { filter, order, limit, offset } })
}

/// The first `query`, as it came: a bad `%` in it is an error, where elsewhere it stands for itself.
fn raw_query(call: &Received) -> Option<&str> {
    let pairs = call.raw_query().split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.into_iter().find(|(name, _)| decoded(name).is_some_and(|name| name == "query")).map(|(_, value)| value)
}

fn decoded(text: &str) -> Option<String> {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('%') {
        let is_escape = after.as_bytes().first_chunk::<2>().is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit));
        if !is_escape {
            return None;
        }
        rest = after;
    }
    let text = text.replace('+', " ");
    Some(percent_decode_str(&text).decode_utf8().ok()?.into_owned())
}

/// A plain decimal integer, or the greatest there is in its place.
fn decimal(text: &str) -> Option<u64> {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| text.parse().unwrap_or(u64::MAX))
}

fn order(text: &str, entity: Entity) -> Result<Vec<(&'static str, bool)>, Error> {
    let text = text.trim_matches(' ');
    let text = text.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')).unwrap_or(text);
    let mut order: Vec<(&'static str, bool)> = Vec::new();
    if text.trim().is_empty() {
        return Ok(order);
    }
    for part in text.split(',') {
        let part = part.trim_matches(' ');
        let (name, backwards) = part.strip_prefix('-').map_or((part, false), |name| (name.trim_matches(' '), true));
        let field = entity.field(name).ok_or_else(|| Error::UnknownField(entity, name.to_owned(), Some("order_by")))?;
        // once more by the same field decides nothing
        if !order.iter().any(|(known, _)| *known == field.name) {
            order.push((field.name, backwards));
        }
    }
    Ok(order)
}
