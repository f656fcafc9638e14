//! The outbox.

pub(super) mod list;
