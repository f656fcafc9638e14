//! The schema's migrations, each applied once, in order.
//!
//! They are recorded in the very table that wrangler keeps for D1, so that a database can move from one host to the
//! other.

use rusqlite::{Connection, TransactionBehavior};
use tessera_directory::migrations::Migration;

/// Wrangler's own words for its table.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS d1_migrations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT UNIQUE,
    applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)";

/// A migration that could not be applied. Those before it were.
#[derive(Debug, thiserror::Error)]
#[error("migration {name}: {source}")]
pub(crate) struct MigrationError {
    name: &'static str,
    source: rusqlite::Error,
}

/// Applies those that the database does not have yet, each in its own transaction.
pub(crate) fn apply(connection: &mut Connection, migrations: &[Migration]) -> Result<(), MigrationError> {
    migrations.iter().try_for_each(|migration| {
        one(connection, migration).map_err(|source| MigrationError { name: migration.name, source })
    })
}

fn one(connection: &mut Connection, migration: &Migration) -> rusqlite::Result<()> {
    // The look and the change are in one transaction: two servers may start on one file at once.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(TABLE)?;
    let known = "SELECT EXISTS (SELECT 1 FROM d1_migrations WHERE name = ?1)";
    if !transaction.query_row(known, [migration.name], |row| row.get::<_, bool>(0))? {
        transaction.execute_batch(migration.sql)?;
        transaction.execute("INSERT INTO d1_migrations (name) VALUES (?1)", [migration.name])?;
    }
    transaction.commit()
}

#[cfg(test)]
mod tests {
    use tessera_directory::migrations::ALL;

    use super::*;

    const FIRST: Migration =
        Migration { name: "0001_first.sql", sql: "CREATE TABLE first (id); CREATE TABLE other (id);" };
    const SECOND: Migration = Migration { name: "0002_second.sql", sql: "INSERT INTO first VALUES (2);" };

    fn names(connection: &Connection) -> Vec<String> {
        let mut statement = connection.prepare("SELECT name FROM d1_migrations ORDER BY id").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn the_workspace_has_some_in_order() {
        assert!(ALL.first().is_some_and(|first| first.name == "0001_directory.sql"));
        assert!(ALL.is_sorted_by_key(|migration| migration.name));
    }

    #[test]
    fn each_is_applied_once() {
        let mut connection = Connection::open_in_memory().unwrap();
        apply(&mut connection, &[FIRST]).unwrap();
        apply(&mut connection, &[FIRST, SECOND]).unwrap();
        apply(&mut connection, &[FIRST, SECOND]).unwrap();
        assert_eq!(names(&connection), ["0001_first.sql", "0002_second.sql"]);
        assert_eq!(connection.query_row("SELECT count(*) FROM first", [], |row| row.get(0)), Ok(1));
    }

    #[test]
    fn one_that_fails_leaves_nothing_and_keeps_those_before_it() {
        let mut connection = Connection::open_in_memory().unwrap();
        let broken = Migration { name: "0002_broken.sql", sql: "CREATE TABLE half (id); CREATE TABLE first (id);" };
        let error = apply(&mut connection, &[FIRST, broken]).unwrap_err().to_string();
        assert!(error.starts_with("migration 0002_broken.sql: table first already exists"), "{error}");
        assert_eq!(names(&connection), ["0001_first.sql"]);
        assert!(connection.prepare("SELECT * FROM half").is_err());
    }
}
