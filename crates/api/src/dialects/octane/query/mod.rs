//! The query language of lists [D: `query_Clause`]: a text between double quotes, read by [`parser`] into [`ast`], and told
//! by [`bind`] in the terms of an entity's fields.

use super::entity::Entity;

mod ast;
mod bind;
mod parser;
mod print;
#[cfg(test)]
mod tests;

pub(super) use bind::{Condition, Targets};

/// Reads what a query, its quotes included, asks of an entity.
pub(super) fn read(query: &str, entity: Entity, targets: &dyn Targets) -> Result<Condition, Fault> {
    bind::bind(&parser::parse(query)?, entity, targets)
}

/// Reads a query, its quotes included, whatever it is asked of.
pub(super) fn parse(query: &str) -> Result<(), Fault> {
    parser::parse(query).map(drop)
}

/// Reads a query, its quotes included, and writes what was read.
pub(super) fn rewrite(query: &str) -> Result<String, Fault> {
    parser::parse(query).map(|statement| format!("\"{statement}\""))
}

/// What is wrong with a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is none: what was expected, and at which character of the statement, from 1.
    Invalid { expected: &'static str, at: usize },
    /// It names a field that the entity does not have.
    UnknownField { entity: Entity, field: String, at: usize },
}
