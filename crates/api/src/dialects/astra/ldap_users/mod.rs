//! Users of the directory server, read-only [C].

pub(super) mod list;
