//! Clusters, read-only [C].

pub(super) mod get;
pub(super) mod list;

const MEDIA: &str = "application/astra-cluster";

/// What each has.
pub(super) const MEMBERS: &[&str] = &[
    "type",
    "version",
    "id",
    "name",
    "state",
    "stateUnready[*]",
    "managedState",
    "managedStateUnready[*]",
    "inUse",
    "clusterType",
    "clusterVersion",
    "namespaces[*]",
    "cloudID",
    "metadata",
];
