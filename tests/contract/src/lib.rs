//! The contract tests: the vendors' contracts as cases that run over HTTP.
//!
//! A vector says one thing that a client of a vendor may rely on. Every case runs against each host there is, and what
//! the hosts answer is compared, for the directory is one whichever host serves it.

pub mod compare;
pub mod coverage;
pub mod documents;
pub mod files;
pub mod hosts;
pub mod trials;
pub mod verdicts;

pub use tessera_vectors::{http, run, vector};
