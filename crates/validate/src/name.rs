//! Names of people, organizations and keys.

/// The longest name, in characters.
pub const MAX_LENGTH: usize = 255;

/// Whether the text is short enough and free of control characters. Empty is for the caller to judge.
pub fn is_valid(text: &str) -> bool {
    text.chars().count() <= MAX_LENGTH && !text.chars().any(char::is_control)
}

/// Whether the text is short enough and can be stored: AppOptima takes every character, and SQLite's JSON ends a text at
/// a NUL.
pub fn is_storable(text: &str) -> bool {
    text.chars().count() <= MAX_LENGTH && !text.contains('\0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert!(is_valid("") && is_valid("Žofie 王") && is_valid(&"é".repeat(255)));
        assert!(!is_valid(&"é".repeat(256)) && !is_valid("a\u{0}b") && !is_valid("a\nb"));
    }

    #[test]
    fn what_can_be_stored() {
        assert!(is_storable("a\nb") && is_storable(&"é".repeat(255)));
        assert!(!is_storable(&"é".repeat(256)) && !is_storable("a\u{0}b"));
    }
}
