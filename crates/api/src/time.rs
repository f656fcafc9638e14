//! Times on the wire.

use chrono::{DateTime, Datelike as _, SecondsFormat};
use tessera_directory::Timestamp;

/// Reads an RFC 3339 date-time of the years 0 to 9999; one without an offset is UTC. What is finer than a millisecond
/// is dropped.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    // chrono takes U+2212 for the sign of an offset, which RFC 3339 does not
    if !text.is_ascii() {
        return None;
    }
    let with_offset = DateTime::parse_from_rfc3339(text);
    let time = with_offset.or_else(|_| DateTime::parse_from_rfc3339(&format!("{text}Z"))).ok()?;
    // a leap second is the second after it from here on, and that may lie in the next year
    DateTime::from_timestamp_millis(time.timestamp_millis()).filter(|time| is_writable(*time))
}

/// Whether the time can be written with a year of four digits.
pub(crate) fn is_writable(time: Timestamp) -> bool {
    (0..=9999).contains(&time.year())
}

/// Writes a time with the offset `+00:00`, and with a fraction only where there is one.
pub(crate) fn with_offset(time: Timestamp) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, false)
}

/// Writes a time with `Z`, and with a fraction only where there is one.
pub(crate) fn with_z(time: Timestamp) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (text, written) in [
            ("2031-01-01T00:00:00+00:00", "2031-01-01T00:00:00+00:00"),
            ("2031-01-01T00:00:00Z", "2031-01-01T00:00:00+00:00"),
            ("2031-01-01T00:00:00", "2031-01-01T00:00:00+00:00"),
            ("2031-01-01 00:00:00", "2031-01-01T00:00:00+00:00"),
            ("2031-01-01t02:00:00.5+02:00", "2031-01-01T00:00:00.500+00:00"),
            ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59+00:00"),
            ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00+00:00"),
            ("2030-12-31T23:59:60Z", "2031-01-01T00:00:00+00:00"),
            ("2031-01-01T00:00:00.1239", "2031-01-01T00:00:00.123+00:00"),
        ] {
            assert_eq!(parse(text).map(with_offset).as_deref(), Some(written), "{text}");
        }
        for bad in [
            "",
            "tomorrow",
            "2031-01-01",
            "2031-13-01T00:00:00Z",
            "2031-02-30T00:00:00Z",
            "1767225600",
            "10000-01-01T00:00:00Z",
            "9999-12-31T23:59:59-01:00",
            "9999-12-31T23:59:60Z",
            "0000-01-01T00:00:00+00:01",
            "2031-01-01T25:00:00Z",
            "+2031-01-01T00:00:00",
            "+2031-01-1T00:00:00",
            " 2031-01-1T00:00:00",
            "2031-01-01T00:00:00ZZ",
            "2031-01-01T00:00:00 ",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
