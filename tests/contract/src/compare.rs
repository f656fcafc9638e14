//! Compares what two hosts answered in one case: status, headers and body, byte for byte, save for what must differ
//! between two directories. Such a value has a kind, and is compared by its place: a value of one host stands for just
//! one of the other's, throughout the case. Times must lie near to each other.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use chrono::DateTime;
use fancy_regex::{Captures, Regex};
use serde_json::Value;

use crate::http::Response;
use crate::run::{Exchange, Run};

/// Headers of the connection and of the server before the API, which are no vendor's.
const CONNECTION: &[&str] = &[
    "alt-svc",
    "connection",
    "content-length",
    "date",
    "keep-alive",
    "nel",
    "report-to",
    "server",
    "transfer-encoding",
];

/// How far apart two hosts' clocks may stand in one case: it runs on one after the other.
const APART_MS: i64 = 600_000;

/// The values that two directories do not share, in the order in which they are tried; after them come those that the
/// case captured.
const KINDS: &[(&str, &str)] = &[
    ("slug", r#"(?<="slug":")[^"]+"#),
    ("number", r#"(?<="number":)\d+"#),
    // ricloud's ids, which count through the whole deployment
    ("row", r#""(?:id|organisation|key|(?:storage|webhook)_config(?:_default)?)":\d+|"target":"\d+""#),
    // What a test of ricloud's comes to, which on either host may be known a moment later, and how each attempt went; how far
    // an audit log is sealed.
    (
        "settling",
        r#"(?x) "state":"(?:new|invalid|pending|processing|failed)" | "date_(?:started|completed|delivered)":(?:null|"[^"]*")
            | "error":(?:null|"[\w-]+")(?=,"date_created") | "retries":\d+
            | "attempt_count":\d+ | "next_attempt_at":(?:null|"[^"]*") | "attempts":\[[^\]]*\]
            | "sealed":\d+ | "hash":(?:null|"[\w-]{43}")"#,
    ),
    ("correlation", r#"(?<="correlation_id":")[a-z0-9]+"#),
    ("cursor", r#"(?:(?<="next_cursor":")|(?<="continue":"))[\w=-]+"#),
    ("tag", r#"(?<=\netag: )"[^"]*""#),
    ("jwt", r"eyJ[\w-]+\.[\w-]+\.[\w-]+"),
    ("secret", r"tsr_\w+"),
    ("uuid", r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"),
    ("time", r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)"),
    ("date", r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT"),
    ("epoch", r"(?<![\w.])1\d{9}(?:\d{3})?(?![\w.])"),
    // Cookies and the vendors' own keys: a long word with a digit in it, or in letters of both cases.
    ("opaque", r"(?<![\w-])(?=[\w-]*\d|[\w-]*[a-z][\w-]*[A-Z]|[\w-]*[A-Z][\w-]*[a-z])[A-Za-z0-9_-]{20,}(?![\w-])"),
];

static UNSHARED: LazyLock<Option<Regex>> = LazyLock::new(|| pattern(&[]));

/// A pattern of the kinds and, after them, of the values given.
fn pattern(values: &[String]) -> Option<Regex> {
    let values: Vec<_> = values.iter().map(|value| fancy_regex::escape(value)).collect();
    let mut alternatives: Vec<String> = KINDS.iter().map(|(kind, pattern)| format!("(?P<{kind}>{pattern})")).collect();
    if !values.is_empty() {
        alternatives.push(format!(r"(?P<value>(?<![\w-])(?:{})(?![\w-]))", values.join("|")));
    }
    Regex::new(&alternatives.join("|")).ok()
}

/// A piece of an answer: text that is compared as it is, where the kind is empty, or a value of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    kind: &'static str,
    text: String,
}

fn pieces(text: &str, unshared: Option<&Regex>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut end = 0;
    let literal = |from: usize, to: usize| Piece { kind: "", text: text.get(from..to).unwrap_or_default().to_owned() };
    for captures in unshared.into_iter().flat_map(|regex| regex.captures_iter(text)).flatten() {
        let Some(found) = captures.get(0) else {
            continue;
        };
        pieces.push(literal(end, found.start()));
        pieces.push(Piece { kind: kind(&captures), text: found.as_str().to_owned() });
        end = found.end();
    }
    pieces.push(literal(end, text.len()));
    pieces
}

fn kind(captures: &Captures<'_, str>) -> &'static str {
    let kinds = KINDS.iter().map(|(kind, _)| *kind);
    kinds.chain(["value"]).find(|kind| captures.name(kind).is_some()).unwrap_or_default()
}

/// Compares two hosts' runs of one case. The answer is a report of the first difference, or nothing.
pub fn difference(names: [&str; 2], bases: [&str; 2], runs: [&Run; 2]) -> Option<String> {
    let [ours, theirs] = runs;
    let [left, right] =
        differing(runs).map(|values| if values.is_empty() { UNSHARED.clone() } else { pattern(&values) });
    let mut pairs = Pairs::default();
    for (one, other) in ours.exchanges.iter().zip(&theirs.exchanges) {
        let texts = [written(&one.response, bases[0]), written(&other.response, bases[1])];
        let both = [pieces(&texts[0], left.as_ref()), pieces(&texts[1], right.as_ref())];
        let why = pairs.difference(&both[0], &both[1]);
        // what one host captured may happen to be a word of an answer that both give alike
        if let Some(why) = why.filter(|_| texts[0] != texts[1]) {
            return Some(report(one, &why, names, &texts));
        }
    }
    None
}

/// What the case captured that is not the same on both, each host's longest first.
fn differing(runs: [&Run; 2]) -> [Vec<String>; 2] {
    let [ours, theirs] = runs.map(|run| &run.variables);
    let of = |mine: &crate::vector::Variables, yours: &crate::vector::Variables| {
        let mut values: Vec<String> = mine
            .iter()
            .filter(|(name, value)| *name != "base" && yours.get(*name).is_some_and(|other| other != *value))
            .filter_map(|(_, value)| match value {
                Value::String(text) => Some(text.clone()),
                // a small number is one of many things
                Value::Number(number) => Some(number.to_string()).filter(|digits| digits.len() > 3),
                _ => None,
            })
            .filter(|value| !value.is_empty())
            .collect();
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        values.dedup();
        values
    };
    [of(ours, theirs), of(theirs, ours)]
}

/// An answer as a text: the status, the vendor's headers in the order of their names, an empty line, the body. The
/// host's own address stands as `http://host`.
fn written(response: &Response, base: &str) -> String {
    let mut headers: Vec<&(String, String)> = response
        .headers
        .iter()
        .filter(|(name, _)| !CONNECTION.contains(&name.as_str()) && !name.starts_with("cf-"))
        .collect();
    headers.sort();
    let mut text = format!("{}\n", response.status);
    for (name, value) in headers {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{name}: {value}");
    }
    let authority = base.split("://").nth(1).unwrap_or(base).trim_end_matches('/');
    format!("{text}\n{}", response.text()).replace(authority, "host")
}

/// Which value of one host stands for which of the other's.
#[derive(Default)]
struct Pairs {
    theirs: BTreeMap<(&'static str, String), String>,
    ours: BTreeMap<(&'static str, String), String>,
}

impl Pairs {
    fn difference(&mut self, ours: &[Piece], theirs: &[Piece]) -> Option<String> {
        for (one, other) in ours.iter().zip(theirs) {
            let same = match (one.kind, other.kind) {
                ("", "") => one.text == other.text,
                ("time", "time") => near(instant(&one.text), instant(&other.text)) && shape(one) == shape(other),
                ("epoch", "epoch") => near(epoch(&one.text), epoch(&other.text)) && shape(one) == shape(other),
                // Two access tokens of one principal are the same where they were made in the same second, and so are the
                // tags of two states that differ in their times alone.
                // A row's id is the next of its table, and two tables have the same ones.
                ("date", "date") | ("jwt", "jwt") | ("row", "row") | ("settling", "settling") => true,
                ("tag", "tag") => one.text.len() == other.text.len(),
                (kind, alike) if kind == alike => self.paired(one, other),
                _ => false,
            };
            if !same {
                let (one, other) = apart(&one.text, &other.text);
                return Some(format!("{one:?} against {other:?}"));
            }
        }
        (ours.len() != theirs.len()).then(|| format!("{} values against {}", ours.len() / 2, theirs.len() / 2))
    }

    fn paired(&mut self, one: &Piece, other: &Piece) -> bool {
        let ours = (one.kind, one.text.clone());
        let theirs = (other.kind, other.text.clone());
        *self.theirs.entry(ours).or_insert_with(|| other.text.clone()) == other.text
            && *self.ours.entry(theirs).or_insert_with(|| one.text.clone()) == one.text
    }
}

fn instant(text: &str) -> Option<i64> {
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.timestamp_millis())
}

fn epoch(text: &str) -> Option<i64> {
    let number: i64 = text.parse().ok()?;
    Some(if text.len() == 10 { number * 1000 } else { number })
}

fn near(one: Option<i64>, other: Option<i64>) -> bool {
    one.zip(other).is_some_and(|(one, other)| (one - other).abs() <= APART_MS)
}

/// A time with its digits made alike: two hosts write it in one form. A fraction may be left out where it is nought.
fn shape(piece: &Piece) -> String {
    let (time, fraction) = piece.text.split_once('.').unwrap_or((&piece.text, ""));
    format!("{time}{}", fraction.trim_start_matches(|c: char| c.is_ascii_digit()))
        .replace(|c: char| c.is_ascii_digit(), "0")
}

/// Two texts from a little before the place where they part.
fn apart<'a>(one: &'a str, other: &'a str) -> (&'a str, &'a str) {
    let shared = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let from = (0..=shared.saturating_sub(30)).rev().find(|at| one.is_char_boundary(*at));
    let from = from.unwrap_or_default();
    (one.get(from..).unwrap_or(one), other.get(from..).unwrap_or(other))
}

fn report(exchange: &Exchange, why: &str, names: [&str; 2], texts: &[String; 2]) -> String {
    let indented = |text: &str| format!("    {}\n", text.trim_end().replace('\n', "\n    "));
    format!(
        "the hosts differ at {}: {}\n  {why}\n  {}:\n{}  {}:\n{}",
        exchange.step,
        exchange.request,
        names[0],
        indented(&texts[0]),
        names[1],
        indented(&texts[1]),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn run(bodies: &[&str], captured: &[(&str, Value)]) -> Run {
        let exchange = |body: &&str| Exchange {
            step: "step 1".to_owned(),
            request: "GET /".to_owned(),
            sent: crate::http::Request::new("GET", "/"),
            response: Response {
                status: 200,
                headers: vec![("date".to_owned(), body.len().to_string()), ("x".to_owned(), "y".to_owned())],
                body: body.as_bytes().to_vec(),
            },
        };
        Run {
            exchanges: bodies.iter().map(exchange).collect(),
            variables: captured.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
            failure: None,
        }
    }

    fn differ(one: &Run, other: &Run) -> bool {
        difference(["a", "b"], ["http://127.0.0.1:1", "http://localhost:22/"], [one, other]).is_some()
    }

    fn bodies(ours: &[&str], theirs: &[&str]) -> bool {
        differ(&run(ours, &[]), &run(theirs, &[]))
    }

    const A: &str = "00000000-0000-4000-8000-00000000000a";
    const B: &str = "00000000-0000-4000-8000-00000000000b";

    #[test]
    fn text_is_compared_byte_for_byte() {
        assert!(!bodies(&["{\"a\":1}"], &["{\"a\":1}"]));
        assert!(bodies(&["{\"a\":1}"], &["{\"a\": 1}"]));
        assert!(bodies(&["ab"], &["abc"]));
    }

    #[test]
    fn ids_may_differ_but_stay_the_same_throughout() {
        assert!(!bodies(&[A, A], &[B, B]));
        assert!(bodies(&[A, A], &[A, B]));
        assert!(bodies(&[A, B], &[A, A]));
        assert!(bodies(&[A], &["x"]));
    }

    #[test]
    fn secrets_and_opaque_words_may_differ() {
        assert!(!bodies(&["tsr_key_abc1 eyJa.b.c"], &["tsr_key_xyz2 eyJd.e.f"]));
        assert!(bodies(&["tsr_key_a tsr_key_b"], &["tsr_key_c tsr_key_c"]));
        assert!(!bodies(&["eyJa.b.c eyJa.b.c"], &["eyJd.e.f eyJg.h.i"]));
        assert!(!bodies(&["c=0123456789abcdefghij;"], &["c=zyxwv0123456789abcde;"]));
        assert!(bodies(&["users_in_onboarding_process"], &["users_in_onboarding_progress"]));
    }

    #[test]
    fn tags_are_of_one_length() {
        let tags = |tags: [&'static str; 2]| {
            let mut run = run(&["", ""], &[]);
            for (exchange, tag) in run.exchanges.iter_mut().zip(tags) {
                exchange.response.headers.push(("etag".to_owned(), format!("\"{tag}\"")));
            }
            run
        };
        assert!(!differ(&tags(["0a", "0a"]), &tags(["1b", "2c"])));
        assert!(differ(&tags(["0a", "0a"]), &tags(["1b", "2"])));
    }

    #[test]
    fn times_are_near_and_of_one_form() {
        assert!(!bodies(&["2026-01-01T00:00:00Z"], &["2026-01-01T00:00:09Z"]));
        assert!(!bodies(&["2026-01-01T00:00:00Z"], &["2026-01-01T00:00:00.001Z"]));
        assert!(bodies(&["2026-01-01T00:00:00Z"], &["2026-01-01T00:00:00+00:00"]));
        assert!(bodies(&["2026-01-01T00:00:00Z"], &["2026-01-02T00:00:00Z"]));
        assert!(!bodies(&["1700000000"], &["1700000001"]));
        assert!(bodies(&["1700000000"], &["1700000001000"]));
    }

    #[test]
    fn a_word_that_only_one_host_captured_is_no_difference() {
        let one = run(&["at most 1000"], &[("id", json!("1000"))]);
        assert!(!differ(&one, &run(&["at most 1000"], &[("id", json!("998"))])));
        assert!(differ(&one, &run(&["at most 1001"], &[("id", json!("998"))])));
    }

    #[test]
    fn what_was_captured_may_differ() {
        let ours = run(&["[1001,\"acme\"]"], &[("n", json!(1001)), ("s", json!("acme"))]);
        let theirs = run(&["[2007,\"acme-2\"]"], &[("n", json!(2007)), ("s", json!("acme-2"))]);
        assert!(!differ(&ours, &theirs));
        assert!(differ(&ours, &run(&["[2008,\"acme-2\"]"], &[("n", json!(2007)), ("s", json!("acme-2"))])));
        let dated = |n: i64| run(&[&format!("[{n},\"2026-01-01T00:00:00Z\",\"2026-02-20\"]")], &[("n", json!(n))]);
        assert!(!differ(&dated(2026), &dated(1001)));
        let count = |n: i64| run(&["{\"total_count\":2}"], &[("n", json!(n))]);
        assert!(!differ(&count(1), &count(2)), "a small number is compared as it is");
    }

    #[test]
    fn rows_count_on_and_tests_settle() {
        let webhook = |id, state| format!("{{\"id\":{id},\"resource\":\"webhook_config\",\"state\":\"{state}\"}}");
        assert!(!bodies(&[&webhook(1, "new")], &[&webhook(22, "invalid")]));
        assert!(bodies(&[&webhook(1, "new")], &[&webhook(1, "deactivated")]));
    }

    #[test]
    fn an_organizations_names_and_a_lists_cursor_may_differ() {
        let ours = ["{\"number\":1001,\"slug\":\"org\"}", "{\"next_cursor\":\"NTQx\"}"];
        let theirs = ["{\"number\":2429,\"slug\":\"org-2429\"}", "{\"next_cursor\":\"MTA4Mw\"}"];
        assert!(!bodies(&ours, &theirs));
        assert!(bodies(&ours[1..], &["{\"next_cursor\":null}"]));
    }

    #[test]
    fn the_hosts_own_address_is_no_difference() {
        assert!(!bodies(&["http://127.0.0.1:1/a"], &["http://localhost:22/a"]));
    }

    #[test]
    fn the_headers_of_a_connection_are_no_vendors() {
        assert!(!bodies(&["abc"], &["abc"]));
        let mut other = run(&["abc"], &[]);
        for exchange in &mut other.exchanges {
            exchange.response.headers.push(("x".to_owned(), "z".to_owned()));
        }
        assert!(differ(&run(&["abc"], &[]), &other));
    }
}
