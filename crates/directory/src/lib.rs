//! The directory: organizations, users, seats, tokens and keys, with their rules and their SQL.
//!
//! One module a noun. What a host must bring is in [`database`] and [`ports`].

pub mod database;
pub mod ports;
