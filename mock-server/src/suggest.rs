//! Names that come near one that is unknown.

/// How alike two names must be to be taken for each other, of 1.
const LIKENESS: f64 = 0.8;
/// How many are suggested.
const MOST: usize = 3;

/// The known names that are most like this one, the nearest first.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut near: Vec<(f64, &str)> =
        known.map(|known| (strsim::jaro_winkler(name, known), known)).filter(|(alike, _)| *alike >= LIKENESS).collect();
    near.sort_by(|(a, left), (b, right)| b.total_cmp(a).then(left.cmp(right)));
    near.dedup();
    near.into_iter().map(|(_, name)| name).take(MOST).collect()
}
