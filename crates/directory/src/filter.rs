//! Which rows of a list are wanted, and in what order: said once, and carried out in SQL or in memory, alike.
//!
//! Text is compared without regard to the case of ASCII letters, as SQLite's `lower` has it. A test of something that is
//! not there fails, so that what is not so is either: there are two truth values, and no third.

use std::cmp::Ordering;

use crate::collection::ordered;
use crate::database::Value as Parameter;

/// A condition on the fields `F` of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter<F> {
    /// All of these hold; of none that is so.
    All(Vec<Self>),
    /// Any of these holds; of none that is not so.
    Any(Vec<Self>),
    /// This does not hold.
    Not(Box<Self>),
    /// The field passes the test.
    Is(F, Test),
}

/// What is asked of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// There is nothing there.
    Null,
    /// A truth is this one.
    Boolean(bool),
    /// A number stands so to this one; a time is its milliseconds.
    Number(Order, i64),
    /// A text stands so to this one, letter case aside.
    Text(Order, String),
    /// A text has this form.
    Like(Pattern),
    /// A number, or any of a set of numbers, is among these.
    Among(Vec<i64>),
}

/// How two values stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// `=`
    Equal,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Order {
    fn holds(self, found: Ordering) -> bool {
        match self {
            Self::Equal => found.is_eq(),
            Self::Less => found.is_lt(),
            Self::LessOrEqual => found.is_le(),
            Self::Greater => found.is_gt(),
            Self::GreaterOrEqual => found.is_ge(),
        }
    }

    fn sql(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

/// The form of a text: parts in this order, the first at its beginning, the last at its end, and anything between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    first: String,
    middle: Vec<String>,
    last: String,
}

impl Pattern {
    /// The form of a text that begins with `first` and ends with `last`, with `middle` between them.
    pub fn new(first: &str, middle: &[String], last: &str) -> Self {
        let middle = middle.iter().filter(|part| !part.is_empty()).cloned().collect();
        Self { first: first.to_owned(), middle, last: last.to_owned() }
    }

    fn parts(&self) -> impl Iterator<Item = &str> {
        [&self.first, &self.last].into_iter().chain(&self.middle).map(String::as_str)
    }

    /// Whether a text has it, letter case aside. Each part is found as early as it can be, which leaves most for the others.
    fn fits(&self, text: &str) -> bool {
        let text = fold(text);
        let inner = text.strip_prefix(&fold(&self.first)).and_then(|rest| rest.strip_suffix(&fold(&self.last)));
        let Some(mut rest) = inner else { return false };
        for part in &self.middle {
            let Some((_, after)) = rest.split_once(&fold(part)) else { return false };
            rest = after;
        }
        true
    }
}

/// What stands in a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A truth.
    Boolean(bool),
    /// A number; a time is its milliseconds.
    Number(i64),
    /// A text.
    Text(String),
    /// A set of numbers, ascending. An empty one is as nothing.
    Numbers(Vec<i64>),
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Boolean(truth)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl Value {
    /// How two values of one field stand to each other: nothing comes first, and text goes without regard to case.
    pub fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Boolean(one), Self::Boolean(other)) => one.cmp(other),
            (Self::Number(one), Self::Number(other)) => one.cmp(other),
            // as the store orders, which knows the case of ASCII letters alone
            (Self::Text(one), Self::Text(other)) => one.to_ascii_lowercase().cmp(&other.to_ascii_lowercase()),
            (Self::Numbers(one), Self::Numbers(other)) => joined(one).cmp(&joined(other)),
            _ => other.is_null().cmp(&self.is_null()),
        }
    }

    /// Whether there is nothing there.
    fn is_null(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Numbers(numbers) => numbers.is_empty(),
            Self::Boolean(_) | Self::Number(_) | Self::Text(_) => false,
        }
    }
}

/// A set of numbers as it is stored.
pub(crate) fn joined(numbers: &[i64]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn fold(text: &str) -> String {
    // letter by letter, which knows nothing of a sigma at a word's end, and so has less to know
    text.chars().flat_map(char::to_lowercase).collect()
}

impl Test {
    /// Whether a value passes.
    pub fn accepts(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Null, value) => value.is_null(),
            (Self::Boolean(wanted), Value::Boolean(truth)) => wanted == truth,
            (Self::Number(order, wanted), Value::Number(number)) => order.holds(number.cmp(wanted)),
            (Self::Text(order, wanted), Value::Text(text)) => order.holds(fold(text).cmp(&fold(wanted))),
            (Self::Like(pattern), Value::Text(text)) => pattern.fits(text),
            (Self::Among(wanted), Value::Number(number)) => wanted.contains(number),
            (Self::Among(wanted), Value::Numbers(numbers)) => numbers.iter().any(|number| wanted.contains(number)),
            _ => false,
        }
    }
}

/// Where the value of a field comes from.
#[derive(Clone, Debug)]
pub enum Source<G> {
    /// From a column of the row.
    Column(G),
    /// It is the same in every row.
    Constant(Value),
}

impl<F: Copy> Filter<F> {
    /// Whether a row passes whose fields have these values.
    pub fn matches(&self, value: &dyn Fn(F) -> Value) -> bool {
        match self {
            Self::All(all) => all.iter().all(|one| one.matches(value)),
            Self::Any(any) => any.iter().any(|one| one.matches(value)),
            Self::Not(one) => !one.matches(value),
            Self::Is(field, test) => test.accepts(&value(*field)),
        }
    }

    /// How many tests a row may be put to.
    pub(crate) fn tests(&self) -> usize {
        match self {
            Self::All(filters) | Self::Any(filters) => filters.iter().map(Self::tests).sum(),
            Self::Not(one) => one.tests(),
            Self::Is(..) => 1,
        }
    }

    /// The same condition on what the fields are elsewhere.
    #[must_use]
    pub fn map<G>(self, source: &dyn Fn(F) -> Source<G>) -> Filter<G> {
        match self {
            Self::All(all) => Filter::All(all.into_iter().map(|one| one.map(source)).collect()),
            Self::Any(any) => Filter::Any(any.into_iter().map(|one| one.map(source)).collect()),
            Self::Not(one) => Filter::Not(Box::new(one.map(source))),
            Self::Is(field, test) => match source(field) {
                Source::Column(column) => Filter::Is(column, test),
                Source::Constant(value) if test.accepts(&value) => Filter::All(Vec::new()),
                Source::Constant(_) => Filter::Any(Vec::new()),
            },
        }
    }
}

/// What is wanted of a list.
#[derive(Clone, Debug)]
pub struct Selection<F> {
    /// Which rows.
    pub filter: Filter<F>,
    /// By which fields in turn, and whether backwards.
    pub order: Vec<(F, bool)>,
    /// How many rows at the most.
    pub limit: u32,
    /// How many rows of the list to leave out at its beginning.
    pub offset: u64,
}

/// A part of a list, and how many rows the whole of it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selected<T> {
    /// The rows of this part.
    pub items: Vec<T>,
    /// How many there are in all.
    pub total: usize,
}

impl<F: Copy> Selection<F> {
    /// Carries the selection out in memory, on rows that are in their default order.
    pub fn apply<T>(&self, rows: Vec<T>, value: &dyn Fn(&T, F) -> Value) -> Selected<T> {
        let rows = rows.into_iter().filter(|row| self.filter.matches(&|field| value(row, field))).collect();
        self.arrange(rows, value)
    }

    /// Orders rows, and cuts them to the part that is wanted.
    pub fn arrange<T>(&self, mut rows: Vec<T>, value: &dyn Fn(&T, F) -> Value) -> Selected<T> {
        if !self.order.is_empty() {
            let keyed = |row: T| {
                let keys: Vec<Value> = self.order.iter().map(|&(field, _)| value(&row, field)).collect();
                (keys, row)
            };
            let compare = |(one, _): &(Vec<Value>, T), (other, _): &(Vec<Value>, T)| self.compare(one, other);
            let rows_in_order = ordered(rows.into_iter().map(keyed).collect(), &compare);
            rows = rows_in_order.into_iter().map(|(_, row)| row).collect();
        }
        let total = rows.len();
        let offset = usize::try_from(self.offset).unwrap_or(usize::MAX);
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        Selected { items: rows.into_iter().skip(offset).take(limit).collect(), total }
    }

    /// How rows with these values of the fields that order them stand to each other.
    fn compare(&self, one: &[Value], other: &[Value]) -> Ordering {
        let orders = one.iter().zip(other).zip(&self.order).map(|((one, other), (_, backwards))| {
            let order = one.compare(other);
            if *backwards { order.reverse() } else { order }
        });
        orders.fold(Ordering::Equal, Ordering::then)
    }
}

/// A field that a store has as a column.
pub(crate) trait Column: Copy {
    /// The SQL expression of its value; that of a set of numbers is a text with spaces between them, or NULL.
    fn sql(self) -> &'static str;
    /// What stands there.
    fn shape(self) -> Shape;
}

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A number, a time or a truth.
    Number,
    Text,
    Numbers,
}

/// The most parameters of one condition: D1 binds 100 in all.
const MAX_PARAMETERS: usize = 80;
/// The deepest expression that is made: workerd refuses one of more than 100 levels.
const MAX_DEPTH: usize = 80;

/// A condition in SQL, with how many levels its expression has.
struct Condition {
    sql: String,
    depth: usize,
}

/// Writes filters as SQL.
pub(crate) struct Compiler {
    /// What is bound, in order, after `before` others.
    pub(crate) parameters: Vec<Parameter>,
    before: usize,
}

impl Compiler {
    /// A compiler of conditions in a statement that binds so many parameters before them.
    pub(crate) fn new(before: usize) -> Self {
        Self { parameters: Vec::new(), before }
    }

    /// The filter as SQL, or nothing where the store's limits do not admit it; it is then for memory.
    pub(crate) fn compile<F: Column>(&mut self, filter: &Filter<F>) -> Option<String> {
        let condition = self.condition(filter)?;
        (condition.depth <= MAX_DEPTH && self.parameters.len() <= MAX_PARAMETERS).then_some(condition.sql)
    }

    fn condition<F: Column>(&mut self, filter: &Filter<F>) -> Option<Condition> {
        match filter {
            Filter::All(all) => self.join(all, " AND ", "1"),
            Filter::Any(any) => self.join(any, " OR ", "0"),
            Filter::Not(one) => {
                let one = self.condition(one)?;
                Some(Condition { sql: format!("(NOT {})", one.sql), depth: one.depth + 1 })
            }
            Filter::Is(column, test) => {
                // enough of them, and there is no point in going on
                (self.parameters.len() <= MAX_PARAMETERS).then(|| self.test(*column, test))?
            }
        }
    }

    fn join<F: Column>(&mut self, filters: &[Filter<F>], word: &str, none: &str) -> Option<Condition> {
        let conditions = filters.iter().map(|filter| self.condition(filter)).collect::<Option<Vec<_>>>()?;
        Some(balanced(conditions, word).unwrap_or_else(|| Condition { sql: none.to_owned(), depth: 1 }))
    }

    fn bind(&mut self, value: impl Into<Parameter>) -> String {
        self.parameters.push(value.into());
        format!("?{}", self.before + self.parameters.len())
    }

    fn test<F: Column>(&mut self, column: F, test: &Test) -> Option<Condition> {
        let value = column.sql();
        let sql = match test {
            Test::Null => format!("({value} IS NULL)"),
            Test::Boolean(truth) => format!("COALESCE({value} = {}, 0)", i32::from(*truth)),
            Test::Number(order, number) => {
                format!("COALESCE({value} {} {}, 0)", order.sql(), self.bind(exact(*number)))
            }
            // the store knows the case of ASCII letters alone
            Test::Text(_, wanted) if !wanted.is_ascii() => return None,
            Test::Text(order, wanted) => {
                let wanted = self.bind(wanted.to_ascii_lowercase());
                format!("COALESCE(lower({value}) {} {wanted}, 0)", order.sql())
            }
            Test::Like(pattern) => self.pattern(value, pattern)?,
            Test::Among(numbers) => {
                let numbers = self.bind(format!("[{}]", joined(numbers).replace(' ', ",")));
                match column.shape() {
                    Shape::Numbers => format!(
                        "EXISTS (SELECT 1 FROM json_each({numbers}) n \
                         WHERE instr(' ' || {value} || ' ', ' ' || n.value || ' '))"
                    ),
                    Shape::Number | Shape::Text => {
                        format!("COALESCE({value} IN (SELECT n.value FROM json_each({numbers}) n), 0)")
                    }
                }
            }
        };
        Some(Condition { sql, depth: 12 })
    }

    /// A pattern without `LIKE`, whose patterns D1 takes up to 50 bytes only. Letters beyond ASCII are for memory, whose case the
    /// store does not know, and more than one part in the middle is for
    /// memory: where the second is looked for depends on where the first was found.
    fn pattern(&mut self, value: &str, pattern: &Pattern) -> Option<String> {
        if pattern.middle.len() > 1 || !pattern.parts().all(str::is_ascii) {
            return None;
        }
        let (first, last) = (pattern.first.chars().count(), pattern.last.chars().count());
        let mut terms = vec![format!("length({value}) >= {}", first + last)];
        if first > 0 {
            terms.push(format!(
                "substr(lower({value}), 1, {first}) = {}",
                self.bind(pattern.first.to_ascii_lowercase())
            ));
        }
        if last > 0 {
            terms.push(format!("substr(lower({value}), -{last}) = {}", self.bind(pattern.last.to_ascii_lowercase())));
        }
        for part in &pattern.middle {
            let inner = format!("substr(lower({value}), {}, length({value}) - {})", first + 1, first + last);
            terms.push(format!("instr({inner}, {}) > 0", self.bind(part.to_ascii_lowercase())));
        }
        Some(format!("COALESCE(({}), 0)", terms.join(" AND ")))
    }
}

/// Joins conditions as a tree that is no deeper than it must be.
fn balanced(mut conditions: Vec<Condition>, word: &str) -> Option<Condition> {
    if conditions.len() < 2 {
        return conditions.pop();
    }
    let rest = conditions.split_off(conditions.len() / 2);
    let (one, other) = (balanced(conditions, word)?, balanced(rest, word)?);
    Some(Condition { sql: format!("({}{word}{})", one.sql, other.sql), depth: one.depth.max(other.depth) + 1 })
}

/// The number, or the next to it that D1, whose numbers are floats, keeps whole. Nothing stored is as great.
fn exact(number: i64) -> i64 {
    const LIMIT: i64 = 1 << 53;
    number.clamp(-LIMIT, LIMIT)
}

/// What follows `ORDER BY`: these fields, then what decides between rows that are alike in them.
pub(crate) fn order_by<F: Column>(order: &[(F, bool)], last: &str) -> String {
    let term = |&(field, backwards): &(F, bool)| {
        let direction = if backwards { "DESC" } else { "ASC" };
        match field.shape() {
            Shape::Text => format!("lower({}) {direction}, ", field.sql()),
            Shape::Number | Shape::Numbers => format!("{} {direction}, ", field.sql()),
        }
    };
    let mut sql: String = order.iter().map(term).collect();
    sql.push_str(last);
    sql
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let pattern = |first: &str, middle: &[&str], last: &str| {
            Pattern::new(first, &middle.iter().map(|&part| part.to_owned()).collect::<Vec<_>>(), last)
        };
        for (form, text, fits) in [
            (pattern("a", &[], "a"), "a", false),
            (pattern("a", &[], "a"), "aa", true),
            (pattern("A", &[], ""), "abc", true),
            (pattern("", &[], ""), "", true),
            (pattern("", &["b", "b"], ""), "abc", false),
            (pattern("", &["b", "", "b"], ""), "abcb", true),
            (pattern("a", &["bc"], "c"), "abc", false),
            (pattern("a", &["bc"], "c"), "abcc", true),
        ] {
            assert_eq!(form.fits(text), fits, "{form:?} {text}");
        }
    }

    #[test]
    fn what_the_store_would_refuse_is_for_memory() {
        #[derive(Clone, Copy)]
        struct Name;
        impl Column for Name {
            fn sql(self) -> &'static str {
                "name"
            }
            fn shape(self) -> Shape {
                Shape::Text
            }
        }
        let test = || Filter::Is(Name, Test::Text(Order::Equal, "x".into()));
        let compile = |filter: &Filter<Name>| Compiler::new(0).compile(filter).is_some();
        assert!(compile(&Filter::Any((0..80).map(|_| test()).collect())));
        assert!(!compile(&Filter::Any((0..1000).map(|_| test()).collect())));
        let nested = |levels| (0..levels).fold(test(), |inner, _| Filter::Not(Box::new(inner)));
        assert!(compile(&nested(50)));
        assert!(!compile(&nested(100)));
    }
}
