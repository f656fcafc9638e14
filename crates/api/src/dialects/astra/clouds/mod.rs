//! Clouds, read-only [C].

pub(super) mod get;
pub(super) mod list;

const MEDIA: &str = "application/astra-cloud";
