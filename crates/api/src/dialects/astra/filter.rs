//! The grammar of `filter` and `orderBy` [O]: `member op 'value'`, several joined by commas; a member may go down with
//! `.`, and over an array with `[*]`.

use std::fmt::{self, Display, Formatter};

use serde_json::Value;
use tessera_directory::document::{Comparison, Step};

use crate::json;

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Filter {
    /// The way to the member.
    pub(super) way: Vec<Step>,
    /// How it is compared.
    pub(super) comparison: Comparison,
    /// With what.
    pub(super) value: String,
}

/// Reads conditions; nothing where the text is outside the grammar.
pub(super) fn parse(text: &str) -> Option<Vec<Filter>> {
    let mut filters = Vec::new();
    let mut rest = text;
    loop {
        let (filter, after) = parse_one(rest.trim_start())?;
        filters.push(filter);
        let after = after.trim_start();
        if after.is_empty() {
            return Some(filters);
        }
        rest = after.strip_prefix(',')?;
    }
}

fn parse_one(text: &str) -> Option<(Filter, &str)> {
    let (way, comparison, rest) = parse_head(text)?;
    let (value, rest) = parse_value(rest)?;
    Some((Filter { way, comparison, value }, rest))
}

/// Reads a condition up to behind its value's opening quote.
fn parse_head(text: &str) -> Option<(Vec<Step>, Comparison, &str)> {
    let (member, rest) = text.split_once(' ')?;
    let (operator, rest) = rest.trim_start().split_once(' ')?;
    let rest = rest.trim_start().strip_prefix('\'')?;
    Some((parse_way(member)?, parse_operator(operator)?, rest))
}

const OPERATORS: [(&str, Comparison); 6] = [
    ("eq", Comparison::Equal),
    ("lt", Comparison::Less),
    ("gt", Comparison::Greater),
    ("lte", Comparison::AtMost),
    ("gte", Comparison::AtLeast),
    ("in", Comparison::Contains),
];

fn parse_operator(operator: &str) -> Option<Comparison> {
    OPERATORS.iter().find(|(known, _)| *known == operator).map(|(_, comparison)| *comparison)
}

/// Reads a value behind its opening quote. What closes it is a quote at the end or before a comma, so that a value may
/// have quotes in it, as role constraints do; one that is doubled counts once. A quote before another condition closes it too, and
/// nothing but a comma may join the two.
fn parse_value(text: &str) -> Option<(String, &str)> {
    let closes = |rest: &str| matches!(rest.trim_start().chars().next(), None | Some(','));
    let mut value = String::new();
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once('\'')?;
        value.push_str(before);
        if closes(after) {
            return Some((value, after));
        }
        if is_condition(after) {
            return None;
        }
        value.push('\'');
        rest = match after.strip_prefix('\'') {
            Some(doubled) if !closes(doubled) => doubled,
            Some(_) | None => after,
        };
    }
}

/// Whether a text goes on with a condition, by whatever it is joined.
fn is_condition(text: &str) -> bool {
    let text = text.trim_start().trim_start_matches(';').trim_start();
    let rest = match text.split_once(' ') {
        Some(("and" | "or" | "AND" | "OR", rest)) => rest.trim_start(),
        _ => text,
    };
    parse_head(rest).is_some()
}

/// Reads the way to a member.
pub(super) fn parse_way(text: &str) -> Option<Vec<Step>> {
    let mut way = Vec::new();
    for part in text.split('.') {
        let (name, each) = match part.strip_suffix("[*]") {
            Some(name) => (name, true),
            None => (part, false),
        };
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        if name.is_empty() || !name.chars().all(is_name) {
            return None;
        }
        way.push(Step::Member(name.to_owned()));
        if each {
            way.push(Step::Each);
        }
    }
    Some(way)
}

/// Reads `member` or `member desc`: the way, and whether downwards.
pub(super) fn parse_order(text: &str) -> Option<(Vec<Step>, bool)> {
    let mut words = text.split(' ').filter(|word| !word.is_empty());
    let way = parse_way(words.next()?)?;
    let downwards = match words.next() {
        None => false,
        Some("desc") => true,
        Some(_) => return None,
    };
    (words.next().is_none() && !way.contains(&Step::Each)).then_some((way, downwards))
}

/// What stands at the end of a way.
pub(super) fn follow<'a>(item: &'a Value, way: &[Step]) -> Vec<&'a Value> {
    match way {
        [] => vec![item],
        [Step::Member(name), rest @ ..] => item.get(name).map_or_else(Vec::new, |member| follow(member, rest)),
        [Step::Each, rest @ ..] => {
            item.as_array().map_or_else(Vec::new, |items| items.iter().flat_map(|item| follow(item, rest)).collect())
        }
    }
}

/// A value as it is compared: a text as it is, anything else as JSON.
pub(super) fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| json::text(value), str::to_owned)
}

impl Filter {
    /// Whether an item meets the condition.
    pub(super) fn holds(&self, item: &Value) -> bool {
        follow(item, &self.way).into_iter().any(|member| {
            let member = text_of(member);
            match self.comparison {
                Comparison::Equal => member == self.value,
                Comparison::Less => member < self.value,
                Comparison::Greater => member > self.value,
                Comparison::AtMost => member <= self.value,
                Comparison::AtLeast => member >= self.value,
                Comparison::Contains => member.to_lowercase().contains(&self.value.to_lowercase()),
            }
        })
    }
}

/// Written so that it is read as what it is: every quote of the value is doubled.
impl Display for Filter {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (at, step) in self.way.iter().enumerate() {
            match step {
                Step::Member(name) => write!(f, "{}{name}", if at > 0 { "." } else { "" })?,
                Step::Each => f.write_str("[*]")?,
            }
        }
        let operator = OPERATORS.iter().find(|(_, known)| *known == self.comparison).map_or("", |(word, _)| word);
        write!(f, " {operator} '{}'", self.value.replace('\'', "''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Option<Vec<String>> {
        Some(parse(text)?.into_iter().map(|filter| filter.value).collect())
    }

    #[test]
    fn filters_are_read() {
        assert_eq!(values("email eq 'a'"), Some(vec!["a".into()]));
        assert_eq!(values("a eq 'x,y',b in ''"), Some(vec!["x,y".into(), String::new()]));
        assert_eq!(values("a eq 'O''Hara' , b eq 'O'Hara'"), Some(vec!["O'Hara".into(), "O'Hara".into()]));
        assert_eq!(values("c[*] eq 'namespaces:id='x''"), Some(vec!["namespaces:id='x'".into()]));
        assert_eq!(values("c[*] eq 'namespaces:id='x'.*'"), Some(vec!["namespaces:id='x'.*".into()]));
        for bad in
            ["", "a", "a eq", "a eq x", "a eq 'x", "a is 'x'", "a eq 'x',", "a eq 'x' b", "a..b eq 'x'", "a[0] eq 'x'"]
        {
            assert_eq!(values(bad), None, "{bad}");
        }
    }

    #[test]
    fn orders_are_read() {
        assert_eq!(parse_order("a.b desc").map(|(_, downwards)| downwards), Some(true));
        assert_eq!(parse_order("a").map(|(_, downwards)| downwards), Some(false));
        for bad in ["", "a asc", "a desc x", "a[*]", "a,b", " "] {
            assert_eq!(parse_order(bad), None, "{bad}");
        }
    }

    #[test]
    fn items_are_looked_through() {
        let item = serde_json::json!({"m": {"l": [{"n": "A"}, {"n": "B"}]}});
        let holds = |text: &str| parse(text).is_some_and(|filters| filters.iter().all(|filter| filter.holds(&item)));
        assert!(holds("m.l[*].n eq 'B'") && holds("m.l[*].n in 'b',m.l[*].n gte 'A'"));
        assert!(!holds("m.l[*].n eq 'C'") && !holds("m.x eq ''") && !holds("m.l.n eq 'A'"));
    }
}
