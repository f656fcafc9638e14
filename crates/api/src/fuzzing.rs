//! What the fuzz targets of `tests/fuzz` ask, beside what everybody may; nothing else should. What nobody calls is not linked.

use std::sync::LazyLock;

use http::HeaderValue;

use crate::dialects;
use crate::endpoint::Dialect;

pub use crate::dialects::{rewritten_filter as astra_filter, rewritten_query as octane_query};

/// The name of the dialect that answers for a path, called so.
pub fn dialect_of(path: &str, authorization: Option<&HeaderValue>) -> Option<&'static str> {
    static DIALECTS: LazyLock<Vec<Dialect>> = LazyLock::new(dialects::all);
    dialects::that_claims(&DIALECTS, path, authorization).map(|dialect| dialect.name)
}
