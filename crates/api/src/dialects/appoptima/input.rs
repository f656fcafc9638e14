//! Reading paths and bodies.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::error::Error;
use crate::endpoint::{Call, Received};
use crate::verdict::Code;
use crate::watch;

/// The id at the end of the path, percent-decoded; blank, or none at all, is 400 [D]. It is not read as a parameter, for
/// an id may be the name of a path of its own (`bulk`).
pub(super) fn id(call: &Call, not_set: &'static str) -> Result<String, Error> {
    let last = call.parts.uri.path().rsplit('/').next().unwrap_or_default();
    let id = percent_decode_str(last).decode_utf8_lossy().into_owned();
    if id.trim().is_empty() { Err(Error::Unfit(Code::Missing, not_set)) } else { Ok(id) }
}

/// A body as JSON, whatever its media type; `none` is said of one with nothing in it.
pub(super) fn json(call: &Received, none: &'static str, invalid: &'static str) -> Result<Value, Error> {
    serde_json::from_slice(content(call, none)?).map_err(|_| Error::Unfit(Code::Malformed, invalid))
}

/// A body; `none` is said of one with nothing in it: no body, `null` or `[]`.
pub(super) fn content<'a>(call: &'a Received, none: &'static str) -> Result<&'a [u8], Error> {
    let body = call.body()?;
    let is_empty = |text: &[u8]| text.iter().all(u8::is_ascii_whitespace);
    let within = |text: &[u8]| text.strip_prefix(b"[")?.strip_suffix(b"]").map(is_empty);
    let trimmed = body.trim_ascii();
    if trimmed.is_empty() || trimmed == b"null" || within(trimmed) == Some(true) {
        return Err(Error::Unfit(Code::Empty, none));
    }
    Ok(body)
}

/// Leaves the members that nobody took, of the object at this place of a list, or of the body itself [D: they are ignored].
pub(super) fn leave(at: Option<usize>, object: &Map<String, Value>) {
    if !object.is_empty() {
        watch::unread(at.map(|at| at.to_string()).as_slice(), object.keys());
    }
}

/// The same, where they are names alone.
pub(super) fn leave_names(at: Option<usize>, names: &[String]) {
    if !names.is_empty() {
        watch::unread(at.map(|at| at.to_string()).as_slice(), names.iter());
    }
}

/// Whether a member is set: neither left out nor null, `""` or blank.
pub(super) fn is_set(object: &Map<String, Value>, member: &str) -> bool {
    match object.get(member) {
        None | Some(Value::Null) => false,
        Some(Value::String(text)) => !text.chars().all(char::is_whitespace),
        Some(_) => true,
    }
}
