//! Names that come near one that is unknown.

use std::fmt::Write as _;

use tessera_directory::collection::ordered;

/// How alike two names must be to be taken for each other, of 1.
const LIKENESS: f64 = 0.8;
/// How many are suggested.
const MOST: usize = 3;

/// The known names that are most like this one, the nearest first.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let near =
        known.map(|known| (strsim::jaro_winkler(name, known), known)).filter(|(alike, _)| *alike >= LIKENESS).collect();
    let mut near: Vec<(f64, &str)> = ordered(near, &|(a, left), (b, right)| b.total_cmp(a).then(left.cmp(right)));
    near.dedup();
    near.into_iter().map(|(_, name)| name).take(MOST).collect()
}

/// Says that there is none of this name, and which come near.
pub fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let mut told = format!("there is no {what} {name:?}");
    let near = nearest(name, known);
    if !near.is_empty() {
        // writing to a String cannot fail
        let _ = write!(told, "; did you mean {}?", near.join(", "));
    }
    told
}
