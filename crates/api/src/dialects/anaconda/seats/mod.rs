//! Seats.

pub(super) mod create;
pub(super) mod delete;
