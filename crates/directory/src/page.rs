//! Lists: how much of one is asked for, and where the next part begins.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::words::words;

words! {
    /// Which end of a list comes first.
    Order {
        /// What was made first.
        Oldest = "oldest",
        /// What was made last.
        Newest = "newest",
    }
}

/// A part of a list: at most `limit` items after the one at `after` in the list's order (0: from the start).
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// How many items at the most.
    pub limit: u32,
    /// The `seq` of the last item already seen.
    pub after: i64,
}

/// A part of a list, and the cursor of what comes after it.
#[derive(Clone, Debug)]
pub struct Listed<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// The cursor with which the next part is asked for; absent at the list's end.
    pub next: Option<String>,
}

impl Page {
    /// The row limit to ask the store for: one more than wanted, to learn whether there is more.
    pub(crate) fn fetch(self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// Cuts what was fetched to the page, and makes the cursor from the last item's `seq`.
    pub(crate) fn cut<T>(self, mut fetched: Vec<T>, seq: impl Fn(&T) -> i64) -> Listed<T> {
        let limit = self.limit as usize;
        let more = fetched.len() > limit;
        fetched.truncate(limit);
        let next = if more { fetched.last().map(|item| cursor(seq(item))) } else { None };
        Listed { items: fetched, next }
    }
}

/// The opaque cursor of an item.
pub fn cursor(seq: i64) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(seq.to_string())
}

/// Reads a cursor back; nothing if it is none of ours.
pub fn parse_cursor(text: &str) -> Option<i64> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
    std::str::from_utf8(&bytes).ok()?.parse().ok().filter(|seq| *seq >= 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors() {
        assert_eq!(parse_cursor(&cursor(123)), Some(123));
        assert_eq!(parse_cursor("nonsense!"), None);
        assert_eq!(parse_cursor(&BASE64_URL_SAFE_NO_PAD.encode("-1")), None);
    }

    #[test]
    fn a_page_is_cut_where_there_is_more() {
        let page = Page { limit: 2, after: 0 };
        let listed = page.cut(vec![1, 2, 3], |seq| *seq);
        assert_eq!((listed.items, listed.next.as_deref().and_then(parse_cursor)), (vec![1, 2], Some(2)));
        assert_eq!(page.cut(vec![1, 2], |seq| *seq).next, None);
    }
}
