//! The people of the organization, and its managed users.

pub(super) mod create;
pub(super) mod delete;
pub(super) mod list;
pub(super) mod onboard;
