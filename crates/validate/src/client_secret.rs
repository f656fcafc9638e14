//! The secret that whoever makes an access key chooses for it.

/// Whether it is good enough: 10 to 30 characters of at least three of the four classes A-Z, a-z, 0-9 and any other.
pub fn is_strong(secret: &str) -> bool {
    let classes: [fn(char) -> bool; 4] = [
        |char| char.is_ascii_uppercase(),
        |char| char.is_ascii_lowercase(),
        |char| char.is_ascii_digit(),
        |char| !char.is_ascii_alphanumeric(),
    ];
    let held = classes.iter().filter(|class| secret.chars().any(**class)).count();
    (10..=30).contains(&secret.chars().count()) && held >= 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strength() {
        for (secret, strong) in [
            ("Abcdefghi1", true),
            ("abcdefgh1!", true),
            ("ABCDEFGH 1é", true),
            ("Abcdefg1!", false),
            ("abcdefghij1234", false),
            ("Abcdefghijklmnopqrstuvwxyz123!", true),
            ("Abcdefghijklmnopqrstuvwxyz1234!", false),
        ] {
            assert_eq!(is_strong(secret), strong, "{secret}");
        }
    }
}
