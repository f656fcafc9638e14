//! The registry: a dialect is a folder here, and a line in [`all`].

use http::HeaderValue;

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

/// The dialect that answers for a call at a path that nobody serves: the one with the longest prefix of it; where none has any, the
/// one by whose scheme the call is authorized.
pub(crate) fn that_claims<'a>(
    dialects: &'a [Dialect],
    path: &str,
    authorization: Option<&HeaderValue>,
) -> Option<&'a Dialect> {
    let length = |dialect: &Dialect| {
        dialect.prefixes.iter().filter(|prefix| is_under(path, prefix)).map(|prefix| prefix.len()).max()
    };
    let scheme = authorization.and_then(|value| value.to_str().ok()?.split(' ').next());
    // more than the native one has, whose prefix of every path has no length
    let calls = |dialect: &Dialect| {
        dialect.scheme.zip(scheme).filter(|(own, scheme)| own.eq_ignore_ascii_case(scheme)).map(|_| 1)
    };
    dialects
        .iter()
        .filter_map(|dialect| Some((length(dialect).or_else(|| calls(dialect))?, dialect)))
        .max_by_key(|(length, _)| *length)
        .map(|(_, dialect)| dialect)
}

fn is_under(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || prefix.is_empty())
}
