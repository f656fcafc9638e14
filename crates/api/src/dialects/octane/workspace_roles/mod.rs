//! Workspace roles: a role in a workspace, or in the space.

pub(super) mod get;
pub(super) mod list;
