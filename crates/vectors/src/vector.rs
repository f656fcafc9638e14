//! The vectors: files of cases, each a list of steps; what a step expects is matched in [`crate::matching`].

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

/// What a step names or captures: `{{name}}` is replaced by it.
pub type Variables = BTreeMap<String, Value>;

/// One file of vectors.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suite {
    /// Whose contract it is.
    pub vendor: String,
    /// Steps that come before those of each case with an organization.
    #[serde(default)]
    pub setup: Vec<Step>,
    /// The cases.
    pub cases: Vec<Case>,
}

/// One case: an organization made for it, and steps.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Its name, unique in its vendor.
    pub name: String,
    /// What says so.
    pub source: String,
    /// What the organization has besides the defaults; null for no organization.
    #[serde(default = "empty_object")]
    pub org: Value,
    /// A second organization, where the case needs one.
    #[serde(default)]
    pub other_org: Value,
    /// The steps.
    pub steps: Vec<Step>,
}

/// One request, and what its answer must be.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The request, variables not yet replaced.
    pub request: Value,
    /// The expectation, variables not yet replaced.
    #[serde(default = "empty_object")]
    pub expect: Value,
}

fn empty_object() -> Value {
    Value::Object(Map::new())
}

impl Suite {
    /// Reads a file of vectors.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
        serde_json::from_slice(text.as_bytes()).map_err(|e| format!("{}: {e}", path.display()))
    }
}

/// Replaces the variables in every string, keys included. A string that is one variable and nothing else becomes a
/// number where the variable is one.
pub fn substitute(value: &Value, variables: &Variables) -> Result<Value, String> {
    Ok(match value {
        Value::String(text) => match whole(text).and_then(|name| variables.get(name)) {
            Some(number @ (Value::Number(_) | Value::Bool(_))) => number.clone(),
            _ => Value::String(fill(text, variables)?),
        },
        Value::Array(items) => items.iter().map(|item| substitute(item, variables)).collect::<Result<_, _>>()?,
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| Ok((fill(key, variables)?, substitute(value, variables)?)))
            .collect::<Result<Map<_, _>, String>>()?
            .into(),
        other => other.clone(),
    })
}

fn whole(text: &str) -> Option<&str> {
    let (name, rest) = variable(text)?;
    rest.is_empty().then_some(name)
}

/// The name of the variable with which the text starts, and what comes after it.
fn variable(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix("{{")?;
    let end = inside.find(|c: char| !c.is_alphanumeric() && c != '_')?;
    let (name, rest) = inside.split_at(end);
    Some((name, rest.strip_prefix("}}")?)).filter(|_| !name.is_empty())
}

fn fill(text: &str, variables: &Variables) -> Result<String, String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some((name, after)) = variable(rest) {
            let value = variables.get(name).ok_or_else(|| format!("unknown variable {{{{{name}}}}}"))?;
            filled.push_str(&spelled(value));
            rest = after;
        } else {
            filled.push(first);
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
    }
    Ok(filled)
}

/// A variable's value inside a text, spelled as the reference runner, in Python, spells it.
fn spelled(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Null => "None".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn variables() -> Variables {
        let pairs = [("n", json!(7)), ("s", json!("x")), ("t", json!(true)), ("z", json!(null))];
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn filled(value: &Value) -> Value {
        substitute(value, &variables()).unwrap()
    }

    #[test]
    fn a_whole_variable_keeps_its_number() {
        assert_eq!(filled(&json!({"a": "{{n}}", "b": ["{{t}}", "{{s}}"]})), json!({"a": 7, "b": [true, "x"]}));
    }

    #[test]
    fn inside_a_text_it_is_spelled_out() {
        assert_eq!(filled(&json!("a{{n}}{{s}}-{{t}}{{z}}")), json!("a7x-TrueNone"));
        assert_eq!(filled(&json!({"k{{n}}": 1})), json!({"k7": 1}));
    }

    #[test]
    fn other_braces_stay() {
        for text in ["{{}}", "{{ n }}", "{id={n}}", "{{n", "{{n}", "é{{n-m}}"] {
            assert_eq!(filled(&json!(text)), json!(text));
        }
        assert_eq!(filled(&json!("{{{n}}}")), json!("{7}"));
        assert_eq!(filled(&json!("{a={{n}}}")), json!("{a=7}"));
    }

    #[test]
    fn an_unknown_variable_is_an_error() {
        assert_eq!(substitute(&json!("a{{b}}"), &variables()), Err("unknown variable {{b}}".to_owned()));
    }
}
