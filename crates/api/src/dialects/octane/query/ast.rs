//! What a query says.

use tessera_directory::filter::Order;

/// A statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Statement {
    /// One or more, of which one must hold.
    Any(Vec<Statement>),
    /// Two or more, all of which must hold.
    All(Vec<Statement>),
    /// What must not hold.
    Not(Box<Statement>),
    /// A field and what is asked of it.
    Phrase(Phrase),
}

/// A field and what is asked of it. Places are characters of the statement, from 1.
#[derive(Clone, Debug)]
pub(super) struct Phrase {
    pub(super) field: String,
    pub(super) field_at: usize,
    pub(super) test: Test,
}

/// Where it stood makes no phrase another one.
impl PartialEq for Phrase {
    fn eq(&self, other: &Self) -> bool {
        self.field == other.field && self.test == other.test
    }
}

impl Eq for Phrase {}

/// What is asked of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Test {
    Compare(Order, Placed),
    In(Vec<Placed>),
    Between(Placed, Placed),
}

/// A value, and the character at which it begins.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) value: Value,
    pub(super) at: usize,
}

impl PartialEq for Placed {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Eq for Placed {}

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// With its sign, and as long as it was written.
    Integer(String),
    Boolean(bool),
    Null,
    Text(Vec<Piece>),
    /// `{null}`: no entity.
    NoTarget,
    /// `{…}`: an entity of which this holds.
    Target(Box<Statement>),
}

/// A character of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Itself.
    Plain(char),
    /// A star that was not escaped.
    Star,
}
