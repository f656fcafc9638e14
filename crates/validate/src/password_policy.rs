//! What an organization asks of a password: how long it is, and how many characters of which kinds it has.

use std::ops::RangeInclusive;

/// What the least length may be set to (AppOptima: "8-128").
pub const LENGTH_RANGE: RangeInclusive<i64> = 8..=128;
/// What any other minimum may be set to.
pub const COUNT_RANGE: RangeInclusive<i64> = 0..=128;

/// The least a password must have of everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordPolicy {
    /// Unicode characters, of whatever kind.
    pub length: i64,
    /// Upper-case Latin letters, with diacritics too.
    pub uppercase: i64,
    /// Lower-case Latin letters, with diacritics too.
    pub lowercase: i64,
    /// Digits, `0` to `9`.
    pub digits: i64,
    /// The marks of ASCII: ``~!@#$%^&*_-+=`|\(){}[]:;"'<>,.?/``.
    pub marks: i64,
}

impl Default for PasswordPolicy {
    /// The policy of a new organization.
    fn default() -> Self {
        Self { length: 12, uppercase: 1, lowercase: 1, digits: 1, marks: 0 }
    }
}

/// What a policy counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trait {
    /// Unicode characters, of whatever kind.
    Length,
    /// Upper-case Latin letters.
    Uppercase,
    /// Lower-case Latin letters.
    Lowercase,
    /// Digits.
    Digits,
    /// Marks.
    Marks,
}

impl Trait {
    fn counts(self, c: char) -> bool {
        match self {
            Self::Length => true,
            Self::Uppercase => is_latin(c) && c.is_uppercase(),
            Self::Lowercase => is_latin(c) && c.is_lowercase(),
            Self::Digits => c.is_ascii_digit(),
            Self::Marks => c.is_ascii_punctuation(),
        }
    }
}

impl PasswordPolicy {
    /// Whether a password has all that is asked.
    pub fn admits(&self, password: &str) -> bool {
        self.lacking(password).next().is_none()
    }

    /// What a password has too little of, each with the least that is asked.
    pub fn lacking(&self, password: &str) -> impl Iterator<Item = (Trait, i64)> {
        let asked = [
            (Trait::Length, self.length),
            (Trait::Uppercase, self.uppercase),
            (Trait::Lowercase, self.lowercase),
            (Trait::Digits, self.digits),
            (Trait::Marks, self.marks),
        ];
        asked.into_iter().filter(move |(what, least)| {
            let count = password.chars().filter(|c| what.counts(*c)).count();
            i64::try_from(count).unwrap_or(i64::MAX) < *least
        })
    }
}

/// Whether a letter is of the Latin script, by Unicode's blocks of it.
fn is_latin(c: char) -> bool {
    matches!(c,
        'A'..='Z' | 'a'..='z'
        | '\u{c0}'..='\u{2af}' // Latin-1's letters, Extended-A and -B, IPA
        | '\u{1d00}'..='\u{1d25}' | '\u{1d6b}'..='\u{1d77}' | '\u{1d79}'..='\u{1d9a}' // phonetic
        | '\u{1e00}'..='\u{1eff}' // with diacritics, composed
        | '\u{2c60}'..='\u{2c7f}' | '\u{a722}'..='\u{a7ff}' | '\u{ab30}'..='\u{ab64}' // Extended-C to -E
        | '\u{ff21}'..='\u{ff3a}' | '\u{ff41}'..='\u{ff5a}' // full width
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: PasswordPolicy = PasswordPolicy { length: 0, uppercase: 0, lowercase: 0, digits: 0, marks: 0 };

    #[test]
    fn a_new_organizations_policy() {
        let policy = PasswordPolicy::default();
        assert!(policy.admits("Str0ng-Enough-Pass") && policy.admits("Aa1         "));
        for bad in ["", "short1A", "Elevenchar1", "alllowercase1", "ALLUPPERCASE1", "NoDigitsAtAll"] {
            assert!(!policy.admits(bad), "{bad}");
        }
    }

    #[test]
    fn what_is_lacking_is_told() {
        let lacking: Vec<_> = PasswordPolicy { marks: 2, ..PasswordPolicy::default() }.lacking("short-1a").collect();
        assert_eq!(lacking, [(Trait::Length, 12), (Trait::Uppercase, 1), (Trait::Marks, 2)]);
    }

    #[test]
    fn length_counts_characters() {
        let policy = PasswordPolicy { length: 8, ..NONE };
        assert!(policy.admits("€€€€ 王é🦀") && !policy.admits("€€€€€€€"));
    }

    #[test]
    fn only_latin_letters_count() {
        let upper = PasswordPolicy { uppercase: 1, ..NONE };
        assert!(upper.admits("É") && upper.admits("Ž") && upper.admits("Ḁ"));
        assert!(!upper.admits("Ж") && !upper.admits("Σ") && !upper.admits("é") && !upper.admits("×"));
        let lower = PasswordPolicy { lowercase: 2, ..NONE };
        assert!(lower.admits("ßé") && !lower.admits("жé") && !lower.admits("÷é") && !lower.admits("ªº"));
    }

    #[test]
    fn digits_and_marks_are_ascii() {
        let digits = PasswordPolicy { digits: 1, ..NONE };
        assert!(digits.admits("7") && !digits.admits("٧") && !digits.admits("²"));
        let marks = PasswordPolicy { marks: 32, ..NONE };
        let all = r#"~!@#$%^&*_-+=`|\(){}[]:;"'<>,.?/"#;
        assert!(marks.admits(all));
        assert!(!PasswordPolicy { marks: 33, ..NONE }.admits(&format!("{all}€ §")));
    }
}
