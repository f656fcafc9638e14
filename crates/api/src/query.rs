//! Reading a request's query.

use std::borrow::Cow;

use crate::endpoint::Received;

impl Received {
    /// The value of a query parameter, decoded; of several of one name the last.
    pub(crate) fn query(&self, name: &str) -> Option<Cow<'_, str>> {
        self.queries().filter(|(known, _)| known == name).last().map(|(_, value)| value)
    }

    /// Every query parameter in order, decoded.
    pub(crate) fn queries(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        form_urlencoded::parse(self.raw_query().as_bytes())
    }
}
