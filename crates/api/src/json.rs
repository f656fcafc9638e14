//! JSON on its way to and from the directory, by the one writer that answers have: another would be compiled besides.

use serde_json::Value;

/// A value as JSON.
pub(crate) fn text(value: &Value) -> String {
    // it does not fail: the keys are texts
    serde_json::to_string(value).unwrap_or_default()
}

/// The JSON that the directory keeps, as a part of an answer.
pub(crate) fn kept(text: &str) -> Value {
    serde_json::from_slice(text.as_bytes()).unwrap_or_default()
}
