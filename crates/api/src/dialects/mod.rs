//! The registry: a dialect is a folder here, and a line in [`all`].

use crate::endpoint::Dialect;

mod anaconda;
mod appoptima;
mod astra;
mod native;
mod octane;
mod ricloud;

pub use anaconda::VENDOR as ANACONDA;
pub use appoptima::VENDOR as APPOPTIMA;
pub use astra::{VENDOR as ASTRA, rewritten_filter};
pub use native::VENDOR as NATIVE;
pub(crate) use native::problem;
pub use octane::{VENDOR as OCTANE, octane_query, rewritten_query};
pub use ricloud::VENDOR as RICLOUD;
pub(crate) use ricloud::write_event;

/// Every dialect.
pub(crate) fn all() -> Vec<Dialect> {
    vec![
        native::dialect(),
        anaconda::dialect(),
        appoptima::dialect(),
        astra::dialect(),
        octane::dialect(),
        ricloud::dialect(),
    ]
}

/// The dialect that answers for a path: the one with the longest prefix of it.
pub(crate) fn that_claims<'a>(dialects: &'a [Dialect], path: &str) -> Option<&'a Dialect> {
    let length = |dialect: &Dialect| {
        dialect.prefixes.iter().filter(|prefix| is_under(path, prefix)).map(|prefix| prefix.len()).max()
    };
    dialects
        .iter()
        .filter_map(|dialect| Some((length(dialect)?, dialect)))
        .max_by_key(|(length, _)| *length)
        .map(|(_, dialect)| dialect)
}

fn is_under(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || prefix.is_empty())
}
