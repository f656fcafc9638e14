//! Documents: rows told as JSON objects by the store itself, so that it can filter, order and page them by any member.
//!
//! A dialect says what an object of its looks like, as a [`Shape`] over the columns that the nouns offer; the SQL is made
//! here, and what a caller sends is bound to it.

use std::borrow::Cow;

use crate::audit::Subject;
use crate::binding::{self, Role};
use crate::database::{DatabaseError, Row, Statement};
use crate::error::{Conflict, Error, Noun};
use crate::organization::Organization;
use crate::{Answers, Directory, user};

/// A table of which documents are made.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// SQL after `FROM`.
    pub(crate) from: &'static str,
    /// SQL: which of its rows belong to the organization `?1`.
    pub(crate) scope: &'static str,
    /// SQL for a row's UUID.
    pub(crate) id: &'static str,
    /// SQL for the order of creation.
    pub(crate) seq: &'static str,
    /// SQL for the user that a row belongs to.
    pub(crate) user: &'static str,
}

/// A column of a [`Table`], as a document shows it.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    sql: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A text.
    Text,
    /// A text; where there is none, the member is not there.
    Optional,
    /// A JSON array of texts.
    Texts,
    /// A JSON array of objects of the texts `name` and `value`.
    Labels,
}

impl Column {
    pub(crate) const fn text(sql: &'static str) -> Self {
        Self { sql, kind: Kind::Text }
    }

    pub(crate) const fn optional(sql: &'static str) -> Self {
        Self { sql, kind: Kind::Optional }
    }

    pub(crate) const fn texts(sql: &'static str) -> Self {
        Self { sql, kind: Kind::Texts }
    }

    pub(crate) const fn labels(sql: &'static str) -> Self {
        Self { sql, kind: Kind::Labels }
    }
}

/// SQL: a column of milliseconds as `2022-11-20T17:23:15Z`.
macro_rules! seconds {
    ($column:literal) => {
        concat!("strftime('%Y-%m-%dT%H:%M:%SZ', ", $column, " / 1000, 'unixepoch')")
    };
}
pub(crate) use seconds;

/// SQL: a column of 0 and 1 as the texts `false` and `true`.
macro_rules! truth {
    ($column:literal) => {
        concat!("CASE WHEN ", $column, " THEN 'true' ELSE 'false' END")
    };
}
pub(crate) use truth;

/// What a document, or a member of one, looks like.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// An object of these members.
    Object(&'static [(&'static str, Shape)]),
    /// Always this text.
    Word(&'static str),
    /// What a column holds.
    Column(Column),
}

/// One step of the way to a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Down to the member of this name.
    Member(String),
    /// Over every element of an array.
    Each,
}

/// A member that was found in a shape, as SQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operand {
    sql: String,
    /// SQL over the elements `e` of the array, where each of them is meant.
    each: Option<&'static str>,
}

/// How many members one call of `json_object` makes: D1 takes at most 32 arguments.
const CHUNK: usize = 16;

impl Shape {
    /// The member at the end of a way; nothing where the shape has none.
    pub fn find(&self, way: &[Step]) -> Option<Operand> {
        let (shape, each) = self.follow(way)?;
        Some(Operand { sql: shape.sql(), each })
    }

    /// Whether the way leads to something.
    pub fn knows(&self, way: &[Step]) -> bool {
        self.follow(way).is_some()
    }

    /// What the way leads to, and if it is in each of an array's items, what it is of one.
    fn follow(&self, way: &[Step]) -> Option<(&Self, Option<&'static str>)> {
        let whole = |each| Some((self, each));
        match (self, way) {
            (_, []) => whole(None),
            (Self::Object(members), [Step::Member(name), rest @ ..]) => {
                members.iter().find(|(known, _)| known == name)?.1.follow(rest)
            }
            (Self::Column(Column { kind: Kind::Texts | Kind::Labels, .. }), [Step::Each]) => whole(Some("e.value")),
            (Self::Column(Column { kind: Kind::Labels, .. }), [Step::Each, Step::Member(name)]) => {
                match name.as_str() {
                    "name" => whole(Some("e.value ->> 'name'")),
                    "value" => whole(Some("e.value ->> 'value'")),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Whether the document has a member of this name.
    pub fn has(&self, name: &str) -> bool {
        matches!(self, Self::Object(members) if members.iter().any(|(known, _)| *known == name))
    }

    /// SQL for the value: a text, or JSON.
    fn sql(&self) -> String {
        match self {
            Self::Word(word) => format!("'{}'", word.replace('\'', "''")),
            Self::Column(Column { sql, kind: Kind::Text | Kind::Optional }) => format!("({sql})"),
            Self::Column(Column { sql, kind: Kind::Texts | Kind::Labels }) => format!("json({sql})"),
            Self::Object(members) => {
                let is_optional = |shape: &Self| matches!(shape, Self::Column(Column { kind: Kind::Optional, .. }));
                let (optional, always): (Vec<_>, Vec<_>) = members.iter().partition(|(_, shape)| is_optional(shape));
                let object = |members: &[&(&str, Self)]| {
                    let pairs: Vec<String> =
                        members.iter().map(|(name, shape)| format!("'{name}', {}", shape.sql())).collect();
                    format!("json_object({})", pairs.join(", "))
                };
                let mut objects = always.chunks(CHUNK).map(object);
                let first = objects.next().unwrap_or_else(|| "json_object()".to_owned());
                // a merge patch takes what is null in it for what is not there
                objects
                    .chain(optional.chunks(CHUNK).map(object))
                    .fold(first, |whole, more| format!("json_patch({whole}, {more})"))
            }
        }
    }
}

/// How a member is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// The same text.
    Equal,
    /// Before it, by code point.
    Less,
    /// After it.
    Greater,
    /// Not after it.
    AtMost,
    /// Not before it.
    AtLeast,
    /// The value is a part of the member, letter case aside.
    Contains,
}

/// What a document must be like to be listed.
#[derive(Clone, Debug)]
pub struct Condition {
    /// The member.
    pub operand: Operand,
    /// How it is compared.
    pub comparison: Comparison,
    /// With what.
    pub value: String,
}

/// Which documents are listed, and in which order.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// All of them must hold.
    pub conditions: Vec<Condition>,
    /// By which member, and whether downwards; else, and among equals, in order of creation.
    pub order: Option<(Operand, bool)>,
    /// How many are passed over.
    pub skip: u32,
    /// Behind which place the list goes on.
    pub after: Option<Place>,
    /// How many are listed at the most.
    pub limit: Option<u32>,
    /// Whether all that meet the conditions are counted.
    pub count: bool,
}

/// The most conditions of a query, so that its parameters stay within D1's hundred.
pub const MAX_CONDITIONS: usize = 16;
/// How many letters beyond ASCII are compared without regard to case, in one condition.
const MAX_FOLDED: usize = 2;

/// A place in a list. It stays the same whatever is made or deleted before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// What is there in the member of the order; empty where the list has none.
    pub value: String,
    /// The place in order of creation.
    pub seq: i64,
}

/// Documents that were found.
#[derive(Clone, Debug)]
pub struct Found {
    /// The documents: JSON.
    pub documents: Vec<String>,
    /// The place of the last of them, where others come after it.
    pub end: Option<Place>,
    /// How many meet the conditions, where they were counted.
    pub total: Option<i64>,
    /// Whether the user is there whose documents they are, where they are a user's.
    pub has_user: bool,
}

/// The documents of an organization, or of one user of it.
pub async fn list(
    directory: &Directory,
    organization: &Organization,
    (table, shape): (&Table, &Shape),
    user: Option<&str>,
    query: &Query,
) -> Result<Found, Error> {
    let mut statement = Statement::new("").bind(organization.number);
    let mut sql = format!("FROM {} WHERE {}", table.from, table.scope);
    if let Some(user) = user {
        statement = statement.bind(user);
        sql = format!("{sql} AND {} = ?{}", table.user, statement.parameters.len());
    }
    for condition in &query.conditions {
        let (test, bound) = condition.sql(statement);
        statement = bound;
        sql = format!("{sql} AND {test}");
    }
    let mut statements = Vec::with_capacity(3);
    statements.extend(user.map(|user| exists(organization, &user::TABLE, user)));
    if query.count {
        statements.push(Statement { sql: Cow::Owned(format!("SELECT COUNT(*) AS total {sql}")), ..statement.clone() });
    }
    let seq = table.seq;
    let (value, order) = match &query.order {
        // a member that is not there is as the empty text
        Some((operand, true)) => (format!("COALESCE({}, '')", operand.sql), format!("value DESC, {seq}")),
        Some((operand, false)) => (format!("COALESCE({}, '')", operand.sql), format!("value, {seq}")),
        None => ("''".to_owned(), seq.to_owned()),
    };
    if let Some(after) = &query.after {
        statement = statement.bind(after.seq);
        let at = statement.parameters.len();
        let beyond = match &query.order {
            Some((_, downwards)) => {
                statement = statement.bind(after.value.as_str());
                let (last, operator) = (statement.parameters.len(), if *downwards { "<" } else { ">" });
                format!("({value} {operator} ?{last} OR ({value} = ?{last} AND {seq} > ?{at}))")
            }
            None => format!("{seq} > ?{at}"),
        };
        sql = format!("{sql} AND {beyond}");
    }
    // one more than wanted, to learn whether there is more; -1 is no limit, to SQLite
    let limit = query.limit.map_or(-1, |limit| i64::from(limit) + 1);
    statement = statement.bind(limit).bind(i64::from(query.skip));
    let last = statement.parameters.len();
    sql = format!(
        "SELECT {} AS document, {value} AS value, {seq} AS seq {sql} ORDER BY {order} LIMIT ?{} OFFSET ?{last}",
        shape.sql(),
        last - 1
    );
    statements.push(Statement { sql: Cow::Owned(sql), ..statement });

    let mut answers = directory.batch(statements).await?;
    let has_user = user.is_none() || answers.row()?.is_some();
    let total = if query.count { answers.read_one(Row::integer)? } else { None };
    let mut rows = answers.read(|row| Ok((row.text()?, Place { value: row.text()?, seq: row.integer()? })))?;
    let limit = query.limit.map_or(usize::MAX, |limit| limit as usize);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let (documents, mut places): (Vec<String>, Vec<Place>) = rows.into_iter().unzip();
    Ok(Found { documents, end: places.pop().filter(|_| more), total, has_user })
}

/// What is looked at in one go before something is told or changed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Look<'a> {
    /// Which document, by its row's UUID; under a user only the user's.
    pub id: &'a str,
    /// The user under whom it is, where it is looked for under one.
    pub user: Option<&'a str>,
    /// The user or the group whose role is asked for.
    pub principal: Option<&'a str>,
}

/// What was seen.
#[derive(Clone, Debug)]
pub struct Sight {
    /// The document.
    pub document: Option<String>,
    /// Whether the user is there, where the look was under one.
    pub has_user: bool,
    /// The role that the principal is bound to.
    pub role: Option<Role>,
}

/// Looks at a document, and at what decides about it.
pub async fn look(
    directory: &Directory,
    organization: &Organization,
    (table, shape): (&Table, &Shape),
    look: Look<'_>,
) -> Result<Sight, Error> {
    let mut statement = select(organization, (table, shape), look.id);
    if let Some(user) = look.user {
        statement.sql = format!("{} AND {} = ?3", statement.sql, table.user).into();
        statement = statement.bind(user);
    }
    let mut statements = vec![statement];
    statements.extend(look.user.map(|user| exists(organization, &user::TABLE, user)));
    statements.extend(look.principal.map(|principal| binding::select_role(organization, principal)));
    let mut answers = directory.batch(statements).await?;
    Ok(Sight {
        document: answers.document()?,
        has_user: look.user.is_none() || answers.row()?.is_some(),
        role: if look.principal.is_some() { answers.role()? } else { None },
    })
}

impl Answers {
    /// The answer of [`select`].
    pub(crate) fn document(&mut self) -> Result<Option<String>, DatabaseError> {
        self.read_one(Row::text)
    }

    /// The same, where [`select`] is the batch's last statement.
    pub(crate) fn last_document(&mut self) -> Result<Option<String>, DatabaseError> {
        let rows = self.0.next_back().unwrap_or_default();
        rows.into_iter().next().map(|mut row| row.text()).transpose()
    }
}

impl Condition {
    /// SQL for the condition, its values bound to the statement.
    fn sql(&self, statement: Statement) -> (String, Statement) {
        let member = self.operand.each.unwrap_or(&self.operand.sql);
        let (test, statement) = match self.comparison {
            Comparison::Equal => compare(member, "=", &self.value, statement),
            Comparison::Less => compare(member, "<", &self.value, statement),
            Comparison::Greater => compare(member, ">", &self.value, statement),
            Comparison::AtMost => compare(member, "<=", &self.value, statement),
            Comparison::AtLeast => compare(member, ">=", &self.value, statement),
            Comparison::Contains => contains(member, &self.value, statement),
        };
        match self.operand.each {
            Some(_) => (format!("EXISTS (SELECT 1 FROM json_each({}) e WHERE {test})", self.operand.sql), statement),
            None => (test, statement),
        }
    }
}

fn compare(member: &str, operator: &str, value: &str, statement: Statement) -> (String, Statement) {
    let statement = statement.bind(value);
    (format!("{member} {operator} ?{}", statement.parameters.len()), statement)
}

/// SQLite folds ASCII letters alone, so each other letter of the value that has a case is folded in the member first.
fn contains(member: &str, value: &str, mut statement: Statement) -> (String, Statement) {
    let mut sql = format!("lower({member})");
    let mut folded: Vec<char> = Vec::new();
    for letter in value.to_lowercase().chars().filter(|letter| !letter.is_ascii()) {
        let upper: String = letter.to_uppercase().collect();
        if upper.chars().eq([letter]) || folded.contains(&letter) || folded.len() == MAX_FOLDED {
            continue;
        }
        folded.push(letter);
        statement = statement.bind(upper).bind(letter.to_string());
        let last = statement.parameters.len();
        sql = format!("replace({sql}, ?{}, ?{last})", last - 1);
    }
    // what is not folded in the member is not folded in the value
    let fold = |letter: char| -> Vec<char> {
        let lower: Vec<char> = letter.to_lowercase().collect();
        if letter.is_ascii() || lower.iter().all(|lower| folded.contains(lower)) { lower } else { vec![letter] }
    };
    statement = statement.bind(value.chars().flat_map(fold).collect::<String>());
    (format!("instr({sql}, ?{}) > 0", statement.parameters.len()), statement)
}

/// What a caller saw: a change that is bound to it is made only while the document still reads so. None reads as the
/// empty text.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// What the document looks like.
    pub shape: &'a Shape,
    /// How it read.
    pub document: &'a str,
}

impl Seen<'_> {
    /// SQL for whether the row still reads so, its value bound to the statement.
    pub(crate) fn guard(seen: Option<Seen<'_>>, statement: Statement) -> (String, Statement) {
        match seen {
            None => ("1".to_owned(), statement),
            Some(seen) => compare(&seen.shape.sql(), "=", seen.document, statement),
        }
    }
}

/// The statement that tells one document, whoever it belongs to in the organization.
pub(crate) fn select(organization: &Organization, (table, shape): (&Table, &Shape), id: &str) -> Statement {
    Statement::new(format!(
        "SELECT {} AS document FROM {} WHERE {} AND {} = ?2",
        shape.sql(),
        table.from,
        table.scope,
        table.id
    ))
    .bind(organization.number)
    .bind(id)
}

/// The statement that tells whether there is a row of this UUID.
pub(crate) fn exists(organization: &Organization, table: &Table, id: &str) -> Statement {
    Statement::new(format!("SELECT 1 AS found FROM {} WHERE {} AND {} = ?2", table.from, table.scope, table.id))
        .bind(organization.number)
        .bind(id)
}

/// Carries out an `UPDATE … RETURNING` of one row that a caller may have seen otherwise. Refusals: not found,
/// [`Conflict::Stale`].
pub(crate) async fn change(
    directory: &Directory,
    organization: &Organization,
    (table, id, noun): (&Table, &str, Noun),
    statement: Statement,
    subject: Subject<'_>,
) -> Result<(), Error> {
    let statements = vec![statement, exists(organization, table, id)];
    let mut answers = directory.change(subject, statements).await?;
    let changed = answers.row()?.is_some();
    answers.row()?.ok_or(Error::NotFound(noun))?;
    if changed { Ok(()) } else { Err(Error::Conflict(Conflict::Stale)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape::Object(&[
        ("type", Shape::Word("it's")),
        ("name", Shape::Column(Column::text("t.name"))),
        ("phone", Shape::Column(Column::optional("t.phone"))),
        ("metadata", Shape::Object(&[("labels", Shape::Column(Column::labels("t.labels")))])),
        ("constraints", Shape::Column(Column::texts("t.constraints"))),
    ]);

    fn way(text: &str) -> Vec<Step> {
        let step = |name: &str| if name == "*" { Step::Each } else { Step::Member(name.to_owned()) };
        text.split('.').map(step).collect()
    }

    #[test]
    fn members_are_found_or_unknown() {
        for known in ["type", "phone", "metadata", "metadata.labels", "metadata.labels.*.name", "constraints.*"] {
            assert!(SHAPE.find(&way(known)).is_some(), "{known}");
        }
        for unknown in ["nick", "name.first", "metadata.x", "metadata.labels.name", "constraints.*.x", "*", "name.*"] {
            assert!(SHAPE.find(&way(unknown)).is_none(), "{unknown}");
        }
    }

    #[test]
    fn the_sql_of_a_shape() {
        assert_eq!(
            SHAPE.sql(),
            "json_patch(json_object('type', 'it''s', 'name', (t.name), 'metadata', json_object('labels', \
             json(t.labels)), 'constraints', json(t.constraints)), json_object('phone', (t.phone)))"
        );
    }

    #[test]
    fn letters_beyond_ascii_are_folded_where_they_occur() {
        let (sql, statement) = contains("x", "ÉaÉ", Statement::new(""));
        assert_eq!(sql, "instr(replace(lower(x), ?1, ?2), ?3) > 0");
        assert_eq!(statement.parameters, vec!["É".into(), "é".into(), "éaé".into()]);
    }
}
