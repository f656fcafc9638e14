//! The schema: the files of the workspace's `migrations/`.

/// One of them.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// The file's name, which is its place in the order.
    pub name: &'static str,
    /// What it does.
    pub sql: &'static str,
}

/// All of them, in the order of their numbers.
pub const ALL: &[Migration] = include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

/// Their names, in order, as JSON.
pub(crate) const NAMES: &str = include_str!(concat!(env!("OUT_DIR"), "/migrations.json"));
