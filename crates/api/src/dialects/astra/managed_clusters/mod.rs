//! Managed clusters, read-only: every cluster is one [C].

pub(super) mod list;
