//! `If-Match` and `If-Unmodified-Since` [D] (RFC 9110 §13).

use std::time::UNIX_EPOCH;

use chrono::DateTime;
use serde_json::Value;
use tessera_directory::Timestamp;
use tessera_directory::document::{Seen, Shape};

use super::media;
use crate::endpoint::Call;
use crate::time;

/// What a change to this document is bound to: nothing, or the document as it is, or, where the caller saw another, a
/// state that no document has. So a call that cannot succeed for another reason is told that reason.
pub(super) fn seen<'a>(call: &Call, shape: &'a Shape, document: &'a str) -> Option<Seen<'a>> {
    let is_met = if let Some(tags) = call.header("if-match") {
        matches(&tags, &media::tag(document))
    } else {
        let since = call.header("if-unmodified-since")?;
        // what is no date is as if it were not there
        modified(document)? <= date(&since)?
    };
    Some(Seen { shape, document: if is_met { document } else { "" } })
}

fn matches(tags: &str, tag: &str) -> bool {
    tags.split(',').map(str::trim).any(|one| {
        let one = one.strip_prefix("W/").unwrap_or(one);
        one == "*" || one.trim_matches('"') == tag
    })
}

fn modified(document: &str) -> Option<Timestamp> {
    let document: Value = serde_json::from_slice(document.as_bytes()).ok()?;
    time::parse(document.get("metadata")?.get("modificationTimestamp")?.as_str()?)
}

/// A date in one of HTTP's three forms, or as the API itself writes one.
fn date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let Ok(date) = httpdate::parse_http_date(text) else { return time::parse(text) };
    let since = date.duration_since(UNIX_EPOCH).ok()?;
    DateTime::from_timestamp(i64::try_from(since.as_secs()).ok()?, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags() {
        for met in ["*", "\"a\"", "a", "W/\"a\"", "\"b\", \"a\"", "b,W/a"] {
            assert!(matches(met, "a"), "{met}");
        }
        for unmet in ["", "\"b\"", "aa", "\"\""] {
            assert!(!matches(unmet, "a"), "{unmet}");
        }
    }

    #[test]
    fn dates() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "1994-11-06T08:49:37Z",
        ] {
            assert_eq!(date(text).map(|time| time.timestamp()), Some(784_111_777), "{text}");
        }
        assert_eq!(date("Thu, 01 Jan 1970 00:00:00 GMT").map(|time| time.timestamp()), Some(0));
        assert_eq!(date("yesterday"), None);
    }
}
