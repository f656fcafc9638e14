//! Logins as AppOptima's users have them: an id that stands in a path.

use crate::name;

/// Whether the text can be such an id: not blank, a name by its length, without a control character or a slash, with no
/// blank at an end, and no `.` or `..`, which a path would swallow.
pub fn is_valid(text: &str) -> bool {
    !text.is_empty()
        && text.chars().count() <= name::MAX_LENGTH
        && !text.chars().any(|c| c.is_control() || c == '/')
        && !text.starts_with(char::is_whitespace)
        && !text.ends_with(char::is_whitespace)
        && !matches!(text, "." | "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins() {
        for good in ["john.wicked", "a b", "...", "ann@acme.test", "王", &"é".repeat(255)] {
            assert!(is_valid(good), "{good}");
        }
        for bad in ["", " ", " a", "a\u{a0}", "a/b", "a\tb", "a\u{0}", ".", "..", &"é".repeat(256)] {
            assert!(!is_valid(bad), "{bad}");
        }
    }
}
