//! E-mail addresses.

use email_address::{EmailAddress, Options};

/// The longest address, in bytes (RFC 5321 §4.5.3.1.3: a path of 256 with its two angle brackets).
pub const MAX_LENGTH: usize = 254;

/// Whether the text is one address: `local@domain.tld`, with neither a display name nor a bracketed host.
pub fn is_valid(text: &str) -> bool {
    let options = Options::default().with_required_tld().without_display_text().without_domain_literal();
    text.len() <= MAX_LENGTH
        && !text.chars().any(|c| c.is_control() || c.is_whitespace())
        && EmailAddress::parse_with_options(text, options).is_ok()
}

/// The form in which two spellings of one address are the same: ASCII letters in lower case.
pub fn key(text: &str) -> String {
    text.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for good in ["a@acme.test", "Annie.Conda+ci@mail.acme.test", "用户@例子.中国", "o'hara@acme.test"] {
            assert!(is_valid(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "@acme.test",
            "a@",
            "a@acme",
            "a b@acme.test",
            "not an address",
            "a@@acme.test",
            "a..b@acme.test",
            ".a@acme.test",
            "A <a@acme.test>",
            "a@[127.0.0.1]",
            "a@acme.test\n",
            "\"a b\"@acme.test",
            "a@-acme.test",
        ] {
            assert!(!is_valid(bad), "{bad}");
        }
        assert!(!is_valid(&format!("{}@acme.test", "a".repeat(65))));
        assert!(!is_valid(&format!("a@{}.test", "a.".repeat(130))));
    }

    #[test]
    fn key_folds_ascii_letters_alone() {
        assert_eq!(key("Ä.B@ACME.test"), "Ä.b@acme.test");
    }
}
