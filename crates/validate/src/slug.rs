//! Slugs: a name as it stands in a path.

use crate::lower;

/// The longest slug made from an organization's name, in bytes.
pub const MAX_LENGTH: usize = 48;

/// The slug of an organization's name: its ASCII letters and digits in lower case, with one hyphen for each run of others. It begins
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

/// The slug of a group's name (AppOptima's group id): its letters and digits, of any script, in lower case; a name that
/// has none gives `group`.
pub fn of_group(name: &str) -> String {
    let slug: String = name.chars().map(lower::of).filter(|c| c.is_alphanumeric()).collect();
    if slug.is_empty() { "group".to_owned() } else { slug }
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

    #[test]
    fn slugs_of_groups() {
        assert_eq!(of_group("Sales Group"), "salesgroup");
        assert_eq!(of_group("R&D / Équipe_7 王"), "rdéquipe7王");
        assert_eq!(of_group("İZMİR ΣΑΣ"), "izmirσασ");
        assert_eq!(of_group(" -- "), "group");
    }
}
