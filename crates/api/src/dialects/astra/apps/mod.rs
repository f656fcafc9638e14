//! Apps, read-only [C].

pub(super) mod list;
