//! What a value must be like: WireMock's string value patterns.

use regex::Regex;
use serde_json::Value;
use serde_json_path::JsonPath;

use super::node::{Node, StubError};

/// The longest JSONPath, in bytes.
const MAX_JSON_PATH: usize = 500;
/// The most filters and descents in one: the time that it takes is multiplied by each.
const MAX_BRANCHES: usize = 5;

/// What a value must be like.
#[derive(Debug)]
pub(crate) enum ValuePattern {
    /// Anything, or nothing at all.
    Anything,
    /// Not there.
    Absent,
    /// This text.
    EqualTo { text: String, ignore_case: bool },
    /// A text with this in it.
    Contains(String),
    /// A text without it.
    DoesNotContain(String),
    /// A text that this matches from its beginning to its end.
    Matches(Regex),
    /// A text that it does not.
    DoesNotMatch(Regex),
    /// This JSON.
    EqualToJson { json: Value, ignore_array_order: bool, ignore_extra_elements: bool },
    /// JSON in which this selects something, or something of this kind.
    MatchesJsonPath { path: JsonPath, of: Option<Box<ValuePattern>> },
}

/// A regular expression for a whole text, whose `.` is any character: as WireMock reads one.
pub(super) fn whole(pattern: &str) -> String {
    format!("(?s)^(?:{pattern})$")
}

fn regex(node: &Node<'_>) -> Result<Regex, StubError> {
    Regex::new(&whole(node.text()?)).map_err(|error| node.wrong(error.to_string()))
}

impl ValuePattern {
    pub(super) fn read(node: &Node<'_>) -> Result<Self, StubError> {
        Self::of_members(node, node.members()?)
    }

    fn of_members(node: &Node<'_>, members: Vec<(&str, Node<'_>)>) -> Result<Self, StubError> {
        let mut pattern = None;
        let mut modifiers = Vec::new();
        for (name, node) in members {
            if matches!(name, "caseInsensitive" | "ignoreArrayOrder" | "ignoreExtraElements") {
                modifiers.push((name, node));
            } else if pattern.replace(Self::operator(name, &node)?).is_some() {
                return Err(node.wrong("a pattern has one operator: write several patterns instead"));
            }
        }
        let mut pattern = pattern.ok_or_else(|| node.wrong("a pattern needs an operator, such as equalTo"))?;
        for (name, node) in modifiers {
            let set = node.flag()?;
            match (name, &mut pattern) {
                ("caseInsensitive", Self::EqualTo { ignore_case, .. }) => *ignore_case |= set,
                ("ignoreArrayOrder", Self::EqualToJson { ignore_array_order, .. }) => *ignore_array_order = set,
                ("ignoreExtraElements", Self::EqualToJson { ignore_extra_elements, .. }) => {
                    *ignore_extra_elements = set;
                }
                _ => return Err(node.wrong(format!("{name} does not go with this operator"))),
            }
        }
        Ok(pattern)
    }

    fn operator(name: &str, node: &Node<'_>) -> Result<Self, StubError> {
        let text = || node.text().map(str::to_owned);
        Ok(match name {
            "anything" => Self::Anything,
            "absent" if node.flag()? => Self::Absent,
            "absent" => return Err(node.wrong("it can only be true")),
            "equalTo" => Self::EqualTo { text: text()?, ignore_case: false },
            "equalToIgnoreCase" => Self::EqualTo { text: text()?, ignore_case: true },
            "contains" => Self::Contains(text()?),
            "doesNotContain" => Self::DoesNotContain(text()?),
            "matches" => Self::Matches(regex(node)?),
            "doesNotMatch" => Self::DoesNotMatch(regex(node)?),
            "equalToJson" => {
                let json = json(node)?;
                Self::EqualToJson { json, ignore_array_order: false, ignore_extra_elements: false }
            }
            "matchesJsonPath" => Self::json_path(node)?,
            _ => return Err(node.unknown("operator")),
        })
    }

    /// An expression alone, or as a member next to a pattern of what it selects.
    fn json_path(node: &Node<'_>) -> Result<Self, StubError> {
        if node.value.is_string() {
            return Ok(Self::MatchesJsonPath { path: path(node)?, of: None });
        }
        let (expressions, pattern): (Vec<_>, Vec<_>) =
            node.members()?.into_iter().partition(|(name, _)| *name == "expression");
        let Some((_, expression)) = expressions.first() else {
            return Err(node.wrong("it must be an expression, or an object with an expression"));
        };
        let path = path(expression)?;
        let of = if pattern.is_empty() { None } else { Some(Box::new(Self::of_members(node, pattern)?)) };
        Ok(Self::MatchesJsonPath { path, of })
    }

    /// Whether a value is like it; none stands for one that is not there.
    pub(super) fn holds(&self, value: Option<&str>) -> bool {
        let Some(value) = value else {
            return matches!(self, Self::Anything | Self::Absent | Self::DoesNotContain(_) | Self::DoesNotMatch(_));
        };
        let json = || serde_json::from_slice::<Value>(value.as_bytes()).ok();
        match self {
            Self::Anything => true,
            Self::Absent => false,
            Self::EqualTo { text, ignore_case: false } => value == text,
            Self::EqualTo { text, ignore_case: true } => value.to_lowercase() == text.to_lowercase(),
            Self::Contains(part) => value.contains(part),
            Self::DoesNotContain(part) => !value.contains(part),
            Self::Matches(regex) => regex.is_match(value),
            Self::DoesNotMatch(regex) => !regex.is_match(value),
            Self::EqualToJson { json: wanted, ignore_array_order, ignore_extra_elements } => {
                json().is_some_and(|json| is_like(wanted, &json, *ignore_array_order, *ignore_extra_elements))
            }
            Self::MatchesJsonPath { path, of } => json().is_some_and(|json| selects(path, of.as_deref(), &json)),
        }
    }
}

/// The JSON that `equalToJson` has: itself, or written as a text.
fn json(node: &Node<'_>) -> Result<Value, StubError> {
    let json = match node.value {
        Value::String(text) => {
            serde_json::from_slice(text.as_bytes()).map_err(|error| node.wrong(format!("no JSON: {error}")))?
        }
        value => value.clone(),
    };
    if json.to_string().contains("${json-unit") {
        return Err(node.wrong("this server has no placeholders ${json-unit…}"));
    }
    Ok(json)
}

fn path(node: &Node<'_>) -> Result<JsonPath, StubError> {
    let text = node.text()?;
    let branches = text.matches('?').count() + text.matches("..").count();
    if text.len() > MAX_JSON_PATH || branches > MAX_BRANCHES {
        let most = format!("it must have {MAX_JSON_PATH} bytes, and {MAX_BRANCHES} filters and descents, or fewer");
        return Err(node.wrong(most));
    }
    JsonPath::parse(text).map_err(|error| node.wrong(format!("no JSONPath of RFC 9535: {error}")))
}

fn is_like(wanted: &Value, found: &Value, ignore_order: bool, ignore_extra: bool) -> bool {
    let like = |wanted: &Value, found: &Value| is_like(wanted, found, ignore_order, ignore_extra);
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(found)) => {
            (ignore_extra || wanted.len() == found.len())
                && wanted.iter().all(|(name, wanted)| found.get(name).is_some_and(|found| like(wanted, found)))
        }
        (Value::Array(wanted), Value::Array(found)) => {
            if wanted.len() > found.len() || !ignore_extra && wanted.len() != found.len() {
                return false;
            }
            if !ignore_order {
                return wanted.iter().zip(found).all(|(wanted, found)| like(wanted, found));
            }
            let mut left: Vec<&Value> = found.iter().collect();
            wanted.iter().all(|wanted| {
                let at = left.iter().position(|found| like(wanted, found));
                at.map(|at| left.swap_remove(at)).is_some()
            })
        }
        (wanted, found) => wanted == found,
    }
}

/// Whether a path selects something in a value: more than null and what is empty; or something that is like a pattern.
fn selects(path: &JsonPath, of: Option<&ValuePattern>, json: &Value) -> bool {
    let nodes = path.query(json).all();
    let Some(pattern) = of else {
        return match nodes.as_slice() {
            [Value::Null] => false,
            [Value::Array(items)] => !items.is_empty(),
            [Value::Object(members)] => !members.is_empty(),
            nodes => !nodes.is_empty(),
        };
    };
    let text = |value: &Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        value => Some(value.to_string()),
    };
    let mut texts: Vec<Option<String>> = match (nodes.as_slice(), pattern) {
        (nodes, ValuePattern::EqualToJson { .. }) => {
            let list = Value::Array(nodes.iter().copied().cloned().collect());
            let alone = if let [only] = nodes { Some(only.to_string()) } else { None };
            alone.into_iter().chain([list.to_string()]).map(Some).collect()
        }
        ([Value::Array(items)], _) => items.iter().map(text).collect(),
        (nodes, _) => nodes.iter().copied().map(text).collect(),
    };
    if texts.is_empty() {
        texts.push(None);
    }
    texts.iter().any(|text| pattern.holds(text.as_deref()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(pattern: &Value) -> Result<ValuePattern, StubError> {
        ValuePattern::read(&Node::root(pattern))
    }

    /// Which of these texts a pattern holds of; the last stands for none.
    #[track_caller]
    fn holds(pattern: &Value, texts: &[&str]) -> Vec<bool> {
        let pattern = read(pattern).unwrap();
        texts.iter().copied().map(Some).chain([None]).map(|text| pattern.holds(text)).collect()
    }

    #[test]
    fn texts() {
        let texts = ["abc", "ABC", "xabcx\n"];
        for (pattern, held) in [
            (json!({"anything": "(always)"}), [true, true, true, true]),
            (json!({"absent": true}), [false, false, false, true]),
            (json!({"equalTo": "abc"}), [true, false, false, false]),
            (json!({"equalTo": "abc", "caseInsensitive": true}), [true, true, false, false]),
            (json!({"equalTo": "abc", "caseInsensitive": false}), [true, false, false, false]),
            (json!({"equalToIgnoreCase": "aBc"}), [true, true, false, false]),
            (json!({"contains": "bc"}), [true, false, true, false]),
            (json!({"doesNotContain": "bc"}), [false, true, false, true]),
            (json!({"matches": "a.c|A"}), [true, false, false, false]),
            (json!({"matches": "x.*"}), [false, false, true, false]),
            (json!({"doesNotMatch": "[a-z]+"}), [false, true, true, true]),
        ] {
            assert_eq!(holds(&pattern, &texts), held, "{pattern}");
        }
    }

    #[test]
    fn json_is_like_json() {
        let texts = [
            r#"{"b": [1, {"c": 2}], "a": "x"}"#,
            r#"{"a": "x", "b": [{"c": 2}, 1]}"#,
            r#"{"a": "x", "b": [1, {"c": 2, "d": 3}, 4], "e": 5}"#,
            r#"{"a": "x", "b": [4, {"d": 3, "c": 2}, 1]}"#,
            r#"{"a": "x", "b": [1, 1]}"#,
            "no JSON",
        ];
        let wanted = json!({"a": "x", "b": [1, {"c": 2}]});
        for (order, extra, held) in [
            (false, false, [true, false, false, false, false]),
            (true, false, [true, true, false, false, false]),
            (false, true, [true, false, true, false, false]),
            (true, true, [true, true, true, true, false]),
        ] {
            for wanted in [wanted.clone(), wanted.to_string().into()] {
                let pattern = json!({"equalToJson": wanted, "ignoreArrayOrder": order, "ignoreExtraElements": extra});
                assert_eq!(holds(&pattern, &texts)[..5], held, "{pattern}");
                assert_eq!(holds(&pattern, &texts)[5..], [false, false]);
            }
        }
    }

    #[test]
    fn a_json_path_selects_something() {
        let texts = [
            r#"{"name": "Ada", "tags": ["a", "b"], "n": 1}"#,
            r#"{"name": null, "tags": []}"#,
            r#"{"things": [{"name": "Ada"}, {"name": "Bo"}]}"#,
            "no JSON",
        ];
        let with = |expression: &str, pattern: &Value| {
            let mut object = pattern.as_object().unwrap().clone();
            object.insert("expression".to_owned(), expression.into());
            json!({ "matchesJsonPath": object })
        };
        for (pattern, held) in [
            (json!({"matchesJsonPath": "$.name"}), [true, false, false, false]),
            (json!({"matchesJsonPath": "$.tags"}), [true, false, false, false]),
            (json!({"matchesJsonPath": "$..name"}), [true, false, true, false]),
            (json!({"matchesJsonPath": "$.things[?(@.name == 'Bo')]"}), [false, false, true, false]),
            (json!({"matchesJsonPath": "$[?match(@, 'A.a')]"}), [true, false, false, false]),
            (with("$.name", &json!({"equalTo": "ada", "caseInsensitive": true})), [true, false, false, false]),
            (with("$.name", &json!({"absent": true})), [false, true, true, false]),
            (with("$.tags", &json!({"equalTo": "b"})), [true, false, false, false]),
            (with("$.n", &json!({"matches": "[0-9]"})), [true, false, false, false]),
            (with("$..name", &json!({"contains": "o"})), [false, false, true, false]),
            (with("$.tags", &json!({"equalToJson": ["a", "b"]})), [true, false, false, false]),
            (with("$.things[*].name", &json!({"equalToJson": ["Ada", "Bo"]})), [false, false, true, false]),
            (with("$.name", &json!({})), [true, false, false, false]),
        ] {
            let told = holds(&pattern, &texts);
            assert_eq!(told[..4], held, "{pattern}");
            assert!(!told[4], "{pattern}");
        }
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for (pattern, pointer, title) in [
            (json!("x"), "", "it must be an object"),
            (json!({}), "", "operator"),
            (json!({"equalTo": null}), "", "operator"),
            (json!({"equalToXml": "<a/>"}), "/equalToXml", "no such operator"),
            (json!({"equalTo": 1}), "/equalTo", "a string"),
            (json!({"equalTo": "a", "contains": "a"}), "/contains", "one operator"),
            (json!({"contains": "a", "caseInsensitive": true}), "/caseInsensitive", "does not go with"),
            (json!({"equalTo": "a", "caseInsensitive": "yes"}), "/caseInsensitive", "true or false"),
            (json!({"absent": false}), "/absent", "only be true"),
            (json!({"matches": "a("}), "/matches", "unclosed group"),
            (json!({"matches": "(?!a)"}), "/matches", "look-around"),
            (json!({"matches": "(((a{1000}){1000}){1000})"}), "/matches", "size limit"),
            (json!({"equalToJson": "{"}), "/equalToJson", "no JSON"),
            (json!({"equalToJson": {"a": "${json-unit.ignore}"}}), "/equalToJson", "placeholders"),
            (json!({"matchesJsonPath": "$["}), "/matchesJsonPath", "no JSONPath"),
            (json!({"matchesJsonPath": "$.a".repeat(400)}), "/matchesJsonPath", "500 bytes"),
            (json!({"matchesJsonPath": "$[?@.a]".repeat(6)}), "/matchesJsonPath", "5 filters and descents"),
            (json!({"matchesJsonPath": format!("${}", "..a".repeat(6))}), "/matchesJsonPath", "5 filters and descents"),
            (json!({"matchesJsonPath": {"equalTo": "a"}}), "/matchesJsonPath", "an expression"),
            (json!({"matchesJsonPath": {"expression": "$.a", "b/c": 1}}), "/matchesJsonPath/b~1c", "no such operator"),
        ] {
            let refused = read(&pattern).unwrap_err();
            assert_eq!(refused.pointer, pointer, "{pattern}");
            assert!(refused.title.contains(title), "{pattern}: {refused}");
        }
    }

    #[test]
    fn the_deepest_paths_are_read_soon() {
        let nested = |open: &str, close: &str, depth: usize| {
            let path = format!("$[?{}@.a{}]", open.repeat(depth), close.repeat(depth));
            json!({ "matchesJsonPath": path })
        };
        assert!(read(&nested("(", ")", 240)).is_ok());
        assert!(read(&nested("!(", ")", 160)).is_ok());
        assert!(read(&nested("@[?(@.a)&&", "]", 4)).is_ok());
    }
}
