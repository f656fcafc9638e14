//! JSON on its way to and from the directory, by the one writer that answers have: another would be compiled besides.

use serde_json::Value;

/// A value as JSON.
pub(crate) fn text(value: &Value) -> String {
    // neither fails: the keys are texts, and what is written is UTF-8
    serde_json::to_vec(value).ok().and_then(|written| String::from_utf8(written).ok()).unwrap_or_default()
}

/// The JSON that the directory keeps, as a part of an answer.
pub(crate) fn kept(text: &str) -> Value {
    serde_json::from_slice(text.as_bytes()).unwrap_or_default()
}
