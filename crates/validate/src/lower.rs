//! Lower case, of every script.

/// Letters that have a lower case: the first, how far behind it the last is, at which steps they stand, and how far from each its lower
/// case is. `build.rs` writes them.
const RANGES: &[(u32, u16, u8, i32)] = &include!(concat!(env!("OUT_DIR"), "/lower.rs"));

/// The lower case of a letter, without the dot that `İ` has above its `i`.
pub(crate) fn of(letter: char) -> char {
    let code = u32::from(letter);
    let distance = RANGES.iter().find_map(|&(first, length, step, distance)| {
        let at = code.checked_sub(first)?;
        (at <= u32::from(length) && at % u32::from(step) == 0).then_some(distance)
    });
    distance.and_then(|distance| char::from_u32(code.checked_add_signed(distance)?)).unwrap_or(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_that_of_the_standard_library() {
        for letter in '\0'..=char::MAX {
            let lower: String = letter.to_lowercase().filter(|&c| c != '\u{307}' || letter == c).collect();
            assert_eq!(of(letter).to_string(), lower, "{letter}");
        }
    }
}
