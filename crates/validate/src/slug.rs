//! Slugs: an organization's name as it stands in a path.

/// The longest slug made from a name, in bytes.
pub const MAX_LENGTH: usize = 48;

/// The slug of a name: its ASCII letters and digits in lower case, with one hyphen for each run of others. It begins
/// with a letter, so that it is never mistaken for a number; a name that yields none gives `org`.
pub fn from_name(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars() {
        if slug.len() >= MAX_LENGTH {
            break;
        }
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    match slug.chars().next() {
        None => "org".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("org-{slug}"),
        Some(_) => slug.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs() {
        assert_eq!(from_name("Acme"), "acme");
        assert_eq!(from_name("  Acme & Sons, Ltd. "), "acme-sons-ltd");
        assert_eq!(from_name("2001"), "org-2001");
        assert_eq!(from_name("王"), "org");
        assert_eq!(from_name(&"a".repeat(100)).len(), MAX_LENGTH);
    }
}
