//! Namespaces, read-only [C, D].

pub(super) mod get;
pub(super) mod list;

const MEDIA: &str = "application/astra-namespace";
