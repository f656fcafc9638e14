//! The roster: the users of an organization by their numbers, selected by what is told of them.

use crate::database::{DatabaseError, Row, Statement, Value as Parameter};
use crate::error::{Error, Noun};
use crate::filter::{Column, Compiler, Filter, Selected, Selection, Shape, Value, order_by};
use crate::organization::Organization;
use crate::user::{self, User};
use crate::{Answers, Directory, Timestamp};

/// The most rows that a selection is carried out on in memory.
pub const MAX_IN_MEMORY: u32 = 20_000;
/// The most tests that rows are put to in memory, all of them together.
const MAX_TESTS: usize = 2_000_000;

/// What users are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// The number.
    Number,
    /// The e-mail address, or the login of a user who has none.
    Name,
    /// The e-mail address.
    Email,
    /// The first name; an empty one is none.
    FirstName,
    /// The last name; an empty one is none.
    LastName,
    /// First and last name, as far as they are known, else the name.
    FullName,
    /// When the user was made, to the second.
    CreatedAt,
    /// When the user was last changed, to the second.
    UpdatedAt,
}

impl Column for Attribute {
    fn sql(self) -> &'static str {
        match self {
            Self::Number => "u.number",
            Self::Name => "COALESCE(u.email, u.login)",
            Self::Email => "u.email",
            Self::FirstName => "NULLIF(u.first_name, '')",
            Self::LastName => "NULLIF(u.last_name, '')",
            Self::FullName => {
                "COALESCE(NULLIF(trim(COALESCE(u.first_name, '') || ' ' || COALESCE(u.last_name, '')), ''), u.email, \
                 u.login)"
            }
            Self::CreatedAt => "(u.created_at / 1000 * 1000)",
            Self::UpdatedAt => "(u.updated_at / 1000 * 1000)",
        }
    }

    fn shape(self) -> Shape {
        match self {
            Self::Number | Self::CreatedAt | Self::UpdatedAt => Shape::Number,
            Self::Name | Self::Email | Self::FirstName | Self::LastName | Self::FullName => Shape::Text,
        }
    }
}

impl User {
    /// What an attribute of the user is.
    pub fn value(&self, attribute: Attribute) -> Value {
        let name = || self.email.as_ref().unwrap_or(&self.login).clone();
        let given = |name: &Option<String>| Value::from(name.clone().filter(|name| !name.is_empty()));
        match attribute {
            Attribute::Number => self.number.into(),
            Attribute::Name => name().into(),
            Attribute::Email => self.email.clone().into(),
            Attribute::FirstName => given(&self.first_name),
            Attribute::LastName => given(&self.last_name),
            Attribute::FullName => {
                let part = |part: &Option<String>| part.clone().unwrap_or_default();
                let full = format!("{} {}", part(&self.first_name), part(&self.last_name));
                let full = full.trim_matches(' ');
                if full.is_empty() { name().into() } else { full.into() }
            }
            Attribute::CreatedAt => seconds(self.created_at).into(),
            Attribute::UpdatedAt => seconds(self.updated_at).into(),
        }
    }
}

/// A time to the second, in milliseconds.
pub(crate) fn seconds(time: Timestamp) -> i64 {
    time.timestamp() * 1000
}

/// The users of an organization that are wanted, by number where nothing else decides. Nothing if the store does not admit the
/// filter, and there are more than [`MAX_IN_MEMORY`] of them, or too many tests for as many.
pub async fn list(
    directory: &Directory,
    organization: &Organization,
    selection: &Selection<Attribute>,
) -> Result<Option<Selected<User>>, Error> {
    let table = Table { columns: user::COLUMNS, from: "users u WHERE u.organization = ?1", order: "u.number" };
    select(directory, organization, &table, selection, user::read, User::value).await
}

/// One user by the number. Refusal: [`Noun::User`] not found.
pub async fn find(directory: &Directory, organization: &Organization, number: i64) -> Result<User, Error> {
    let statement =
        Statement::new(format!("SELECT {} FROM users u WHERE u.organization = ?1 AND u.number = ?2", user::COLUMNS));
    let statement = statement.bind(organization.number).bind(number);
    directory.batch(vec![statement]).await?.read_one(user::read)?.ok_or(Error::NotFound(Noun::User))
}

/// What a selection is made from.
pub(crate) struct Table<'a> {
    pub(crate) columns: &'a str,
    /// What follows `FROM`; `?1` is the organization.
    pub(crate) from: &'a str,
    /// The default order.
    pub(crate) order: &'a str,
}

/// Carries a selection out in the store, or in memory where the store does not admit its filter.
pub(crate) async fn select<T, F>(
    directory: &Directory,
    organization: &Organization,
    table: &Table<'_>,
    selection: &Selection<F>,
    read: fn(&mut Row) -> Result<T, DatabaseError>,
    value: fn(&T, F) -> Value,
) -> Result<Option<Selected<T>>, Error>
where
    F: Column + Sync,
{
    let Table { columns, from, order } = table;
    let Some((condition, parameters)) = compile(&selection.filter) else {
        let sql = format!("SELECT {columns} FROM {from} ORDER BY {order} LIMIT ?2");
        let statement = Statement::new(sql).bind(organization.number).bind(i64::from(MAX_IN_MEMORY) + 1);
        let rows = directory.batch(vec![statement]).await?.read(read)?;
        let fits = rows.len() <= MAX_IN_MEMORY as usize && rows.len() * selection.filter.tests() <= MAX_TESTS;
        return Ok(fits.then(|| selection.apply(rows, &value)));
    };
    let bind = |sql: String| {
        let statement = Statement::new(sql).bind(organization.number);
        parameters.iter().cloned().fold(statement, Statement::bind)
    };
    let last = parameters.len() + 2;
    let page = bind(format!(
        "SELECT {columns} FROM {from} AND {condition} ORDER BY {} LIMIT ?{last} OFFSET ?{}",
        order_by(&selection.order, order),
        last + 1
    ));
    let offset = selection.offset.min(1 << 53);
    let page = page.bind(i64::from(selection.limit)).bind(i64::try_from(offset).unwrap_or(i64::MAX));
    let count = bind(format!("SELECT COUNT(*) AS count FROM {from} AND {condition}"));
    let mut answers: Answers = directory.batch(vec![page, count]).await?;
    let items = answers.read(read)?;
    let total = answers.read_one(Row::integer)?.and_then(|count| usize::try_from(count).ok()).unwrap_or_default();
    Ok(Some(Selected { items, total }))
}

fn compile<F: Column>(filter: &Filter<F>) -> Option<(String, Vec<Parameter>)> {
    let mut compiler = Compiler::new(1);
    let condition = compiler.compile(filter)?;
    Some((condition, compiler.parameters))
}
