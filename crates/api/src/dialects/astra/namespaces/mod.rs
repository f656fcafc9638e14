//! Namespaces, read-only [C, D:wf_list_namespaces].

pub(super) mod get;
pub(super) mod list;

const MEDIA: &str = "application/astra-namespace";
