//! The schema of a store, as it tells it itself.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{Error, Row, Store, literal, quoted};

/// The table that all others belong to.
pub(crate) const ROOT: &str = "organizations";
/// The table that knows the schema's version.
pub(crate) const MIGRATIONS: &str = "d1_migrations";

/// The store's own tables are none of ours, and D1 lets nobody look at its own.
const TABLES: &str = "(SELECT name FROM sqlite_schema WHERE type = 'table' AND substr(name, 1, 4) <> '_cf_' \
    AND substr(name, 1, 7) <> 'sqlite_')";

/// What is known of a store.
pub(crate) struct Schema {
    /// The newest migration.
    pub(crate) version: String,
    pub(crate) tables: BTreeMap<String, Table>,
    /// The triggers, each with its SQL.
    pub(crate) triggers: Vec<(String, String)>,
}

/// A table.
#[derive(Default)]
pub(crate) struct Table {
    columns: Vec<Column>,
    /// The columns of its primary key.
    pub(crate) key: Vec<String>,
    references: Vec<Reference>,
}

struct Column {
    name: String,
    is_text: bool,
    is_required: bool,
}

struct Reference {
    column: String,
    table: String,
    key: String,
}

/// How rows are known to belong to the organization.
pub(crate) enum Belonging {
    /// They refer to it, or to what does: by this condition.
    Referring(String),
    /// They name it, and outlive it: by this condition.
    Outliving(String),
}

impl Belonging {
    /// SQL over the table.
    pub(crate) fn condition(&self) -> &str {
        match self {
            Self::Referring(condition) | Self::Outliving(condition) => condition,
        }
    }

    pub(crate) fn outlives(&self) -> bool {
        matches!(self, Self::Outliving(_))
    }
}

impl Table {
    /// The columns that an export has. A row that outlives its organization has its place among all of them by a number of its
    /// own, which nobody refers to; it gets another where it goes.
    pub(crate) fn carried<'a>(&'a self, belonging: &Belonging) -> impl Iterator<Item = &'a str> {
        let own = match self.key.as_slice() {
            [key] if belonging.outlives() => self.columns.iter().find(|column| column.name == *key && !column.is_text),
            _ => None,
        };
        let own = own.map(|column| column.name.as_str());
        self.columns.iter().map(|column| column.name.as_str()).filter(move |name| own != Some(*name))
    }

    fn is_required(&self, name: &str) -> bool {
        self.key.iter().any(|key| key == name)
            || self.columns.iter().any(|column| column.name == name && column.is_required)
    }

    fn refers_by(&self, name: &str) -> bool {
        self.references.iter().any(|reference| reference.column == name)
    }
}

impl Schema {
    pub(crate) fn read(store: &mut impl Store) -> Result<Self, Error> {
        let version = format!("SELECT name FROM {MIGRATIONS} ORDER BY name DESC LIMIT 1");
        let columns = format!(
            "SELECT m.name AS in_table, c.name AS name, c.type AS type, c.pk AS pk, c.\"notnull\" AS required \
             FROM {TABLES} m JOIN pragma_table_info(m.name) c ORDER BY m.name, c.pk, c.name"
        );
        let references = format!(
            "SELECT m.name AS in_table, f.\"from\" AS name, f.\"table\" AS target, f.\"to\" AS key \
             FROM {TABLES} m JOIN pragma_foreign_key_list(m.name) f ORDER BY m.name, f.id"
        );
        let triggers = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY name".to_owned();
        let mut answers = store.query(&[version, columns, references, triggers])?.into_iter();
        let mut next = || answers.next().unwrap_or_default();
        let version = next().first().map(|row| text(row, "name")).unwrap_or_default();
        let mut tables: BTreeMap<String, Table> = BTreeMap::new();
        for row in next() {
            let table = tables.entry(text(&row, "in_table")).or_default();
            let name = text(&row, "name");
            if number(&row, "pk") > 0 {
                table.key.push(name.clone());
            }
            let (is_text, is_required) = (text(&row, "type") == "TEXT", number(&row, "required") > 0);
            table.columns.push(Column { name, is_text, is_required });
        }
        for row in next() {
            let reference =
                Reference { column: text(&row, "name"), table: text(&row, "target"), key: text(&row, "key") };
            tables.entry(text(&row, "in_table")).or_default().references.push(reference);
        }
        let triggers = next().iter().map(|row| (text(row, "name"), text(row, "sql"))).collect();
        Ok(Self { version, tables, triggers })
    }

    /// The tables with rows of the organization of this UUID. What may refer to nothing leads to none.
    pub(crate) fn belonging(&self, organization: &str) -> BTreeMap<String, Belonging> {
        let id = literal(&Value::from(organization));
        let mut found = BTreeMap::from([(ROOT.to_owned(), Belonging::Referring(format!("\"id\" = {id}")))]);
        for (name, table) in &self.tables {
            if table.columns.iter().any(|column| column.name == "organization" && column.is_text)
                && !table.refers_by("organization")
            {
                found.insert(name.clone(), Belonging::Outliving(format!("\"organization\" = {id}")));
            }
        }
        loop {
            // those that are a step further than those that were found
            let mut further = Vec::new();
            for (name, table) in self.tables.iter().filter(|(name, _)| !found.contains_key(*name)) {
                let leads = table.references.iter().find_map(|reference| {
                    let condition = found.get(&reference.table)?.condition();
                    let (column, key) = (quoted(&reference.column), quoted(&reference.key));
                    let part =
                        format!("{column} IN (SELECT {key} FROM {} WHERE {condition})", quoted(&reference.table));
                    table.is_required(&reference.column).then_some(part)
                });
                further.extend(leads.map(|condition| (name.clone(), Belonging::Referring(condition))));
            }
            if further.is_empty() {
                return found;
            }
            found.extend(further);
        }
    }
}

fn text(row: &Row, name: &str) -> String {
    row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn number(row: &Row, name: &str) -> i64 {
    row.get(name).and_then(Value::as_i64).unwrap_or_default()
}
