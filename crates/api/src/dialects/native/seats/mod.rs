//! Seats.

pub(super) mod assign;
pub(super) mod list;
pub(super) mod remove;
