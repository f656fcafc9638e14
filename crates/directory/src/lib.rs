//! The directory: organizations, users, seats, tokens and keys, with their rules and their SQL.
//!
//! One module a noun. What a host must bring is in [`database`] and [`ports`].

use std::sync::Arc;

use database::Database;
use ports::{Clock, Entropy, KeyDerivation};

pub mod database;
pub mod demo;
pub mod ports;

/// What a host brings.
#[derive(Clone)]
pub struct Ports {
    /// The store, its migrations applied.
    pub database: Arc<dyn Database>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// PBKDF2.
    pub derivation: Arc<dyn KeyDerivation>,
}

/// The directory over one host's ports. Cheap to clone.
#[derive(Clone)]
pub struct Directory {
    ports: Ports,
}

impl Directory {
    /// A directory that authenticates with these secrets: the root key, which opens everything, and the pepper, under
    /// which every stored secret is hashed.
    pub fn new(ports: Ports, root_key: &str, pepper: &str) -> Self {
        let _ = (root_key, pepper);
        Self { ports }
    }
}
