//! Users of a workspace: every user of the space is one.

pub(super) mod get;
pub(super) mod list;
