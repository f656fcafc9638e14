//! What is read of texts alone.

use serde_json::{Map, Value, json};
use tessera_api::fuzzing;
use tessera_api::verdict::{self, Question, VENDORS};
use tessera_validate::secret::{self, Kind, RANDOM_LENGTH};

use crate::request::cut;

/// An Octane query: what is read of it is written so that it is read as the same.
pub(crate) fn octane_query(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let problems = verdict::octane_query(&text);
    let Some(written) = fuzzing::octane_query(&text) else {
        assert!(!problems.is_empty(), "{text} is none, and nothing is wrong with it");
        let end = text.chars().count();
        assert!(problems.iter().all(|problem| problem.at.is_some_and(|at| at <= end)), "{text}: {problems:?}");
        return;
    };
    assert!(problems.is_empty(), "{text}: {problems:?}");
    assert_eq!(fuzzing::octane_query(&written).as_ref(), Some(&written), "{text}");
}

/// A filter of Astra's, in the same way.
pub(crate) fn astra_filter(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    if let Some(written) = fuzzing::astra_filter(&text) {
        assert_eq!(fuzzing::astra_filter(&written).as_ref(), Some(&written), "{text}");
    }
}

/// A secret: its kind is its prefix's, and a change of any character is noticed.
pub(crate) fn key(input: &[u8]) {
    const KINDS: [Kind; 5] = [Kind::Root, Kind::Key, Kind::ClientSecret, Kind::Token, Kind::Session];
    let text = String::from_utf8_lossy(input);
    let kind = secret::parse(&text);
    for other in KINDS {
        let corrected = secret::corrected(other, &text);
        assert_eq!(secret::parse(&corrected), Some(other), "{text}: {corrected}");
        assert_eq!(corrected == text, kind == Some(other), "{text}: {corrected}");
        if let Some(random) = input.first_chunk::<RANDOM_LENGTH>() {
            let made = secret::compose(other, *random);
            assert_eq!(secret::parse(&made), Some(other), "{made}");
            assert_eq!(secret::corrected(other, &made), made);
        }
    }
    if let Some(kind) = kind {
        assert!(text.starts_with(&format!("tsr_{}_", kind.as_str())), "{text}");
        for at in 0..input.len() {
            let change = |(place, byte): (usize, &u8)| if place == at { byte ^ 1 } else { *byte };
            let changed: Vec<u8> = input.iter().enumerate().map(change).collect();
            assert_eq!(secret::parse(&String::from_utf8_lossy(&changed)), None, "{text}, changed at {at}");
        }
    }
}

/// A verdict on a request: lines of its operation and its query, its headers, an empty line, its body.
pub(crate) fn verdict(input: &[u8]) {
    let (head, body) = cut(input, b"\n\n");
    let (head, body) = (String::from_utf8_lossy(head), body.unwrap_or_default());
    let mut lines = head.lines();
    let (operation, query) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let header = |line: &str| line.split_once(':').map(|(name, value)| (name.to_owned(), value.trim().into()));
    let headers: Map<String, Value> = lines.filter_map(header).collect();
    let members = [
        ("operation", operation.into()),
        ("query", query.into()),
        ("headers", headers.into()),
        ("assumed", json!({"development": true})),
    ];
    let members = members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let Ok(question) = Question::read(members, body.to_vec()) else { return };
    let Ok(verdict) = verdict::judge(VENDORS, question) else { return };
    let Some(refusal) = &verdict.refusal else { return };
    assert!(!verdict.problems.is_empty(), "it is refused for nothing: {refusal:?}");
    assert!((400..500).contains(&refusal.status), "{refusal:?}");
    let says_json =
        |(name, value): &(&str, _)| *name == "content-type" && AsRef::<str>::as_ref(value).ends_with("json");
    if refusal.headers.iter().any(says_json) {
        let read = serde_json::from_slice::<Value>(refusal.body.as_bytes());
        assert!(read.is_ok(), "it is not the JSON that it says it is: {refusal:?}");
    }
    for problem in &verdict.problems {
        let is_pointer = problem.pointer.is_empty() || problem.pointer.starts_with('/');
        assert!(is_pointer, "{:?} is no pointer", problem.pointer);
    }
}
