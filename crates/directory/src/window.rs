//! Lists that begin with the newest item, as ricloud has them: windows between two items, and how many there are in all.

use crate::Answers;
use crate::database::{DatabaseError, Row, Statement, Value};

/// A part of a list, newest first. `after` and `before` name items by what stands in the list's own ids; they are left
/// out themselves.
#[derive(Clone, Debug)]
pub struct Window<C = i64> {
    /// How many items at the most.
    pub limit: u32,
    /// Begin right after this item, with those that are older.
    pub after: Option<C>,
    /// End right before this item, so with those that are newer.
    pub before: Option<C>,
}

/// The items of a window.
#[derive(Clone, Debug)]
pub struct Windowed<T> {
    /// The items, newest first.
    pub items: Vec<T>,
    /// Whether the limit left out any.
    pub has_more: bool,
    /// How many the list has, whatever the window.
    pub total: i64,
}

/// A list: its columns, its tables, the alias of the table in which its items are, the column of that by which an index
/// has them in order of creation, and what holds of its items.
pub(crate) struct List {
    pub(crate) columns: String,
    pub(crate) tables: &'static str,
    pub(crate) alias: &'static str,
    pub(crate) order: &'static str,
    /// SQL over `?1`, `?2`, …: the parameters.
    pub(crate) condition: String,
    pub(crate) parameters: Vec<Value>,
}

impl List {
    /// Keeps those items only of which this holds too.
    pub(crate) fn narrow(&mut self, condition: &str) {
        self.condition.push_str(" AND ");
        self.condition.push_str(condition);
    }
}

impl<C: Clone + Into<Value>> Window<C> {
    /// The statements that [`Self::read`] reads: the items, one more than wanted, and their count.
    pub(crate) fn statements(&self, mut list: List, seq_of: impl Fn(usize) -> String) -> [Statement; 2] {
        let (columns, tables, alias, column) = (list.columns.clone(), list.tables, list.alias, list.order);
        let count = Statement {
            sql: format!("SELECT COUNT(*) AS total FROM {tables} WHERE {}", list.condition).into(),
            parameters: list.parameters.clone(),
        };
        for (cursor, relation) in [(&self.after, '<'), (&self.before, '>')] {
            if let Some(cursor) = cursor {
                list.parameters.push(cursor.clone().into());
                list.narrow(&format!("{alias}.seq {relation} {}", seq_of(list.parameters.len())));
            }
        }
        list.parameters.push((i64::from(self.limit) + 1).into());
        let (order, limit) = (if self.is_backward() { "ASC" } else { "DESC" }, list.parameters.len());
        let condition = list.condition;
        let select = Statement {
            sql: format!(
                "SELECT {columns} FROM {tables} WHERE {condition} ORDER BY {alias}.{column} {order} LIMIT ?{limit}"
            )
            .into(),
            parameters: list.parameters,
        };
        [select, count]
    }

    /// Without an item to begin after, the window is the one that ends right before the other.
    fn is_backward(&self) -> bool {
        self.before.is_some() && self.after.is_none()
    }

    pub(crate) fn read<T>(
        &self,
        answers: &mut Answers,
        read: impl Fn(&mut Row) -> Result<T, DatabaseError>,
    ) -> Result<Windowed<T>, DatabaseError> {
        let mut items = answers.read(read)?;
        let has_more = items.len() > self.limit as usize;
        items.truncate(self.limit as usize);
        if self.is_backward() {
            items.reverse();
        }
        let total = answers.read_one(Row::integer)?.unwrap_or_default();
        Ok(Windowed { items, has_more, total })
    }
}

/// The cursor is the item's `seq`.
pub(crate) fn by_seq(parameter: usize) -> String {
    format!("?{parameter}")
}
