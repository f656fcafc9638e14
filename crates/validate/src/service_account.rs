//! Names of service accounts (Anaconda: "lower-case letters, digits, hyphen, underscore", 1 to 64 of them).

/// The rule as a pattern, as it is quoted to callers.
pub const PATTERN: &str = "^[a-z0-9_-]{1,64}$";

/// Whether the text matches [`PATTERN`].
pub fn is_valid(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for good in ["a", "ci_bot-1", "-", "0", &"a".repeat(64)] {
            assert!(is_valid(good), "{good}");
        }
        for bad in ["", "Builder", "ci.bot", "a b", "é", "a\n", &"a".repeat(65)] {
            assert!(!is_valid(bad), "{bad}");
        }
    }
}
