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

/// Whether the text has the shape of an address: one `@` with something on each side, and neither a blank nor a control
/// character. AppOptima asks no more, and reaches hosts without a domain.
pub fn has_shape(text: &str) -> bool {
    text.chars().count() <= MAX_LENGTH
        && !text.chars().any(|c| c.is_control() || c.is_whitespace())
        && text
            .split_once('@')
            .is_some_and(|(local, host)| !local.is_empty() && !host.is_empty() && !host.contains('@'))
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
    fn shapes() {
        for good in ["a@b", "a..b@acme.test", "josé@acme", &format!("a@{}", "é".repeat(252))] {
            assert!(has_shape(good), "{good}");
        }
        for bad in ["", "a", "@", "a@", "@b", "a@b@c", "a @b", "a@b\u{a0}", "a@b\n", &format!("a@{}", "b".repeat(253))]
        {
            assert!(!has_shape(bad), "{bad}");
        }
    }

    #[test]
    fn key_folds_ascii_letters_alone() {
        assert_eq!(key("Ä.B@ACME.test"), "Ä.b@acme.test");
    }
}
