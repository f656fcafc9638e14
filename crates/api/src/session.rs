//! Sessions with the store: a caller who sends `Tessera-Bookmark` may be answered from a copy of the store nearby, which is no older
//! than the bookmark, and is given the next one.

use std::sync::Arc;

use axum::response::Response;
use http::HeaderValue;
use tessera_directory::Directory;

use crate::endpoint::Call;

/// The header, in requests and answers.
const BOOKMARK: &str = "tessera-bookmark";
/// A bookmark where the store has none, since it has no copies.
const NONE: &str = "00000000-00000000-00000000-00000000000000000000000000000000";
/// The longest that is taken for one.
const MAX_LENGTH: usize = 128;

/// A call's session.
pub(crate) struct Session {
    directory: Arc<Directory>,
    received: Option<String>,
}

/// Begins the session that a call asks for. What is no bookmark counts as none.
pub(crate) fn asked(call: &mut Call) -> Option<Session> {
    let received = call.header(BOOKMARK)?;
    let is_good = |text: &String| {
        (1..=MAX_LENGTH).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
    };
    let received = Some(received).filter(is_good);
    // that of a store without copies says nothing to one that has some
    let known = received.as_deref().filter(|bookmark| *bookmark != NONE);
    call.directory = Arc::new(call.directory.in_session(known));
    Some(Session { directory: Arc::clone(&call.directory), received })
}

impl Session {
    /// Tells the caller up to where the answer goes.
    pub(crate) fn told(self, mut answer: Response) -> Response {
        let bookmark = self.directory.bookmark().or(self.received);
        let value = bookmark.and_then(|bookmark| HeaderValue::try_from(bookmark).ok());
        answer.headers_mut().insert(BOOKMARK, value.unwrap_or(HeaderValue::from_static(NONE)));
        answer
    }
}
