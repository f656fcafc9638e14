//! What an expectation matches: the rules of the vectors' format, as the reference runner has them.

use chrono::DateTime;
use fancy_regex::Regex;
use serde_json::{Map, Value};

use crate::vector::Variables;

type Matched = Result<(), String>;

/// Matches a value against an expectation whose variables are replaced, and keeps what it captures. `at` says where in
/// the answer it stands; the error is for a reader.
pub fn matches(want: &Value, got: &Value, variables: &mut Variables, at: &str) -> Matched {
    match want {
        Value::String(text) => text
            .strip_prefix('$')
            .and_then(|rule| word(rule, got, variables, at))
            .unwrap_or_else(|| literal(want, got, at)),
        Value::Object(members) => object(members, got, variables, at),
        Value::Array(items) => {
            let found = array(got, at)?;
            if found.len() != items.len() {
                return Err(format!("{at}: {} is not an array of {}", shown(got), items.len()));
            }
            for (index, (want, got)) in items.iter().zip(found).enumerate() {
                matches(want, got, variables, &format!("{at}[{index}]"))?;
            }
            Ok(())
        }
        _ => literal(want, got, at),
    }
}

/// Whether a pattern is found in a text. Both are the vectors', written for Python's `re.search`.
pub fn found(pattern: &str, text: &str) -> Result<bool, String> {
    let regex = Regex::new(&dollars(pattern)).map_err(|e| format!("/{pattern}/: {e}"))?;
    regex.is_match(text).map_err(|e| format!("/{pattern}/: {e}"))
}

/// Python's `$` also stands before a newline that ends the text; this engine's does not.
fn dollars(pattern: &str) -> String {
    let mut written = String::new();
    let (mut escaped, mut in_class) = (false, false);
    for c in pattern.chars() {
        match c {
            '$' if !escaped && !in_class => written.push_str(r"(?=\n?\z)"),
            _ => written.push(c),
        }
        if !escaped {
            in_class = if in_class { c != ']' } else { c == '[' };
        }
        escaped = c == '\\' && !escaped;
    }
    written
}

/// `$regex:…`, `$capture:…` and the kinds; nothing for any other word, which is a literal.
fn word(rule: &str, got: &Value, variables: &mut Variables, at: &str) -> Option<Matched> {
    let (word, rest) = rule.split_once(':').unwrap_or((rule, ""));
    Some(match word {
        "regex" => match got.as_str().map(|text| found(rest, text)) {
            Some(Ok(true)) => Ok(()),
            Some(Err(why)) => Err(format!("{at}: {why}")),
            _ => Err(format!("{at}: {} does not match /{rest}/", shown(got))),
        },
        "capture" => {
            let (name, kind) = rest.split_once(':').unwrap_or((rest, "any"));
            let kind = if kind.is_empty() { "any" } else { kind };
            match is_a(kind, got) {
                None => Err(format!("{at}: the vector captures an unknown kind, {kind}")),
                Some(true) if !got.is_object() && !got.is_array() => {
                    variables.insert(name.to_owned(), got.clone());
                    Ok(())
                }
                _ => Err(format!("{at}: {} is not a scalar of the kind {kind}", shown(got))),
            }
        }
        kind if is_a(kind, got)? => Ok(()),
        kind => Err(format!("{at}: {} is not ${kind}", shown(got))),
    })
}

/// Whether a value is of a kind; nothing where there is no such kind.
fn is_a(kind: &str, got: &Value) -> Option<bool> {
    Some(match kind {
        "any" => true,
        "string" => got.is_string(),
        "nonempty" => got.as_str().is_some_and(|text| !text.is_empty()),
        "int" => got.is_i64() || got.is_u64(),
        "number" => got.is_number(),
        "bool" => got.is_boolean(),
        "uuid" => got.as_str().is_some_and(is_uuid),
        "datetime" => got.as_str().is_some_and(is_datetime),
        _ => return None,
    })
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn is_datetime(text: &str) -> bool {
    found(r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", text) == Ok(true) && DateTime::parse_from_rfc3339(text).is_ok()
}

fn object(want: &Map<String, Value>, got: &Value, variables: &mut Variables, at: &str) -> Matched {
    if let Some(wants) = want.get("$contains") {
        return contains(items(wants), array(got, at)?, variables, at);
    }
    if let Some(wants) = want.get("$unordered") {
        return unordered(items(wants), array(got, at)?, variables, at);
    }
    if let Some(want) = want.get("$each") {
        for (index, got) in array(got, at)?.iter().enumerate() {
            matches(want, got, variables, &format!("{at}[{index}]"))?;
        }
        return Ok(());
    }
    let Value::Object(members) = got else {
        return Err(format!("{at}: {} is not an object", shown(got)));
    };
    for (key, want) in want.iter().filter(|(key, _)| *key != "$subset") {
        match members.get(key) {
            Some(got) if want == "$absent" => {
                return Err(format!("{at}.{key}: is there, {}", shown(got)));
            }
            None if want == "$absent" => {}
            None => return Err(format!("{at}.{key}: is missing")),
            Some(got) => matches(want, got, variables, &format!("{at}.{key}"))?,
        }
    }
    let further: Vec<&str> =
        members.keys().filter(|key| *key == "$subset" || !want.contains_key(*key)).map(String::as_str).collect();
    if further.is_empty() || want.get("$subset") == Some(&Value::Bool(true)) {
        Ok(())
    } else {
        Err(format!("{at}: has further members {further:?}"))
    }
}

fn contains(wants: &[Value], got: &[Value], variables: &mut Variables, at: &str) -> Matched {
    for want in wants {
        if !got.iter().any(|got| tried(want, got, variables)) {
            return Err(format!("{at}: nothing in it matches {want}"));
        }
    }
    Ok(())
}

fn unordered(wants: &[Value], got: &[Value], variables: &mut Variables, at: &str) -> Matched {
    if wants.len() != got.len() {
        return Err(format!("{at}: has {} items, not {}", got.len(), wants.len()));
    }
    let mut left: Vec<&Value> = got.iter().collect();
    for want in wants {
        let place = left
            .iter()
            .position(|got| tried(want, got, variables))
            .ok_or_else(|| format!("{at}: nothing in it matches {want}"))?;
        left.remove(place);
    }
    Ok(())
}

/// Whether an item matches. What it captures is kept only if it does.
fn tried(want: &Value, got: &Value, variables: &mut Variables) -> bool {
    let mut trial = variables.clone();
    let matched = matches(want, got, &mut trial, "").is_ok();
    if matched {
        *variables = trial;
    }
    matched
}

/// Two JSON values that are the same. A number is compared by its value, 1 and 1.0 alike, and is never a boolean.
fn literal(want: &Value, got: &Value, at: &str) -> Matched {
    let same = match (want, got) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        _ => want == got,
    };
    if same { Ok(()) } else { Err(format!("{at}: is {}, not {want}", shown(got))) }
}

fn items(wants: &Value) -> &[Value] {
    wants.as_array().map_or(&[], Vec::as_slice)
}

fn array<'a>(got: &'a Value, at: &str) -> Result<&'a [Value], String> {
    got.as_array().map(Vec::as_slice).ok_or_else(|| format!("{at}: {} is not an array", shown(got)))
}

/// A value short enough to read.
fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(want: &Value, got: &Value) -> Result<Variables, String> {
        let mut variables = Variables::new();
        matches(want, got, &mut variables, "body").map(|()| variables)
    }

    fn yes(want: &Value, got: &Value) {
        assert!(check(want, got).is_ok(), "{want} against {got}: {:?}", check(want, got));
    }

    fn no(want: &Value, got: &Value) {
        assert!(check(want, got).is_err(), "{want} against {got}");
    }

    #[test]
    fn a_literal_is_the_same_value() {
        yes(&json!("a"), &json!("a"));
        yes(&json!(null), &json!(null));
        yes(&json!(1), &json!(1.0));
        no(&json!(1), &json!(true));
        no(&json!(1), &json!("1"));
        no(&json!(null), &json!(false));
        yes(&json!("$unknown"), &json!("$unknown"));
        no(&json!("$unknown"), &json!("b"));
    }

    #[test]
    fn an_object_has_just_the_members_named() {
        yes(&json!({"a": 1}), &json!({"a": 1}));
        no(&json!({"a": 1}), &json!({"a": 1, "b": 2}));
        no(&json!({"a": 1, "b": 2}), &json!({"a": 1}));
        no(&json!({"a": 1}), &json!([1]));
        yes(&json!({"$subset": true, "a": 1}), &json!({"a": 1, "b": 2}));
        no(&json!({"$subset": false, "a": 1}), &json!({"a": 1, "b": 2}));
        yes(&json!({"$subset": true}), &json!({}));
        assert_eq!(check(&json!({"a": {"b": 1}}), &json!({"a": {"b": 2}})), Err("body.a.b: is 2, not 1".to_owned()));
    }

    #[test]
    fn an_absent_member_is_not_there() {
        yes(&json!({"a": 1, "b": "$absent"}), &json!({"a": 1}));
        no(&json!({"a": 1, "b": "$absent"}), &json!({"a": 1, "b": null}));
    }

    #[test]
    fn an_array_has_its_length_and_order() {
        yes(&json!([1, "$any"]), &json!([1, {}]));
        no(&json!([1, 2]), &json!([2, 1]));
        no(&json!([1]), &json!([1, 1]));
        no(&json!([]), &json!({}));
    }

    #[test]
    fn contains_finds_each() {
        yes(&json!({"$contains": [2, 1]}), &json!([1, 2, 3]));
        no(&json!({"$contains": [4]}), &json!([1, 2, 3]));
        no(&json!({"$contains": []}), &json!("text"));
    }

    #[test]
    fn unordered_has_just_those() {
        yes(&json!({"$unordered": [2, 1]}), &json!([1, 2]));
        no(&json!({"$unordered": [1, 1]}), &json!([1, 2]));
        no(&json!({"$unordered": [1]}), &json!([1, 2]));
    }

    #[test]
    fn each_is_for_every_item() {
        yes(&json!({"$each": "$int"}), &json!([1, 2]));
        yes(&json!({"$each": "$int"}), &json!([]));
        no(&json!({"$each": "$int"}), &json!([1, "2"]));
    }

    #[test]
    fn the_kinds() {
        yes(&json!("$int"), &json!(1));
        no(&json!("$int"), &json!(1.5));
        no(&json!("$int"), &json!(true));
        yes(&json!("$number"), &json!(1.5));
        no(&json!("$number"), &json!("1"));
        yes(&json!("$bool"), &json!(false));
        no(&json!("$bool"), &json!(0));
        yes(&json!("$string"), &json!(""));
        no(&json!("$nonempty"), &json!(""));
        no(&json!("$nonempty"), &json!(1));
        yes(&json!("$any"), &json!(null));
    }

    #[test]
    fn a_uuid_has_its_dashes() {
        yes(&json!("$uuid"), &json!("00000000-0000-4000-8000-0000000000fF"));
        no(&json!("$uuid"), &json!("00000000-0000-4000-8000-0000000000f"));
        no(&json!("$uuid"), &json!("00000000000040008000-00000000000000-"));
        no(&json!("$uuid"), &json!(1));
    }

    #[test]
    fn a_datetime_has_an_offset() {
        for text in ["2031-01-15T00:00:00Z", "2031-01-15T00:00:00.123456Z", "2031-01-15T00:00:00+02:00"] {
            yes(&json!("$datetime"), &json!(text));
        }
        for text in ["2031-01-15", "2031-01-15T00:00:00", "2031-02-30T00:00:00Z", "2031-01-15 00:00:00Z", "soon"] {
            no(&json!("$datetime"), &json!(text));
        }
    }

    #[test]
    fn a_regex_is_found_anywhere() {
        yes(&json!("$regex:b+"), &json!("abbc"));
        yes(&json!("$regex:^(?!x$).+"), &json!("xy"));
        no(&json!("$regex:^(?!x$).+"), &json!("x"));
        yes(&json!("$regex:^a:b$"), &json!("a:b\n"));
        no(&json!("$regex:^a$"), &json!("a\n\n"));
        yes(&json!(r"$regex:^[$]\$$"), &json!("$$"));
        no(&json!("$regex:1"), &json!(1));
        no(&json!("$regex:("), &json!("("));
    }

    #[test]
    fn a_capture_keeps_a_scalar() {
        let kept = check(&json!({"a": "$capture:x", "b": "$capture:y:int"}), &json!({"a": null, "b": 3}));
        let kept = kept.unwrap();
        assert_eq!((kept.get("x"), kept.get("y")), (Some(&json!(null)), Some(&json!(3))));
        no(&json!("$capture:x"), &json!([]));
        no(&json!("$capture:x:uuid"), &json!("x"));
        no(&json!("$capture:x:unheard"), &json!("x"));
    }

    #[test]
    fn what_did_not_match_captures_nothing() {
        let want = json!({"$contains": [{"a": "$capture:x", "b": 2}]});
        let kept = check(&want, &json!([{"a": 1, "b": 1}, {"a": 5, "b": 2}])).unwrap();
        assert_eq!(kept.get("x"), Some(&json!(5)));
    }
}
