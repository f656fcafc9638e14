//! Names of people, organizations and keys.

/// The longest name, in characters.
pub const MAX_LENGTH: usize = 255;

/// Whether the text is short enough and free of control characters. Empty is for the caller to judge.
pub fn is_valid(text: &str) -> bool {
    text.chars().count() <= MAX_LENGTH && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert!(is_valid("") && is_valid("Žofie 王") && is_valid(&"é".repeat(255)));
        assert!(!is_valid(&"é".repeat(256)) && !is_valid("a\u{0}b") && !is_valid("a\nb"));
    }
}
