//! What is asked of a password that is set here.

pub(super) mod get;
pub(super) mod update;

const LENGTH: &str = "minPasswordLength";
const UPPERCASE: &str = "minNumberOfUppercaseChars";
const LOWERCASE: &str = "minNumberOfLowercaseChars";
const DIGITS: &str = "minNumberOfDigits";
const MARKS: &str = "minNumberOfNonAlphanumericChars";
