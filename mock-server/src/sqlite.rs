//! The store: SQLite, in memory or in a file.
//!
//! One connection behind a mutex, used on the task that asks. A batch takes some microseconds, so that a hop to another
//! thread would cost more than it saves, and SQLite lets one writer in at a time anyway.

use std::fmt::Display;
use std::path::Path;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use parking_lot::Mutex;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::config::DbConfig;
use rusqlite::types::{Null, ValueRef};
use rusqlite::{Connection, OpenFlags};
use tessera_api::watch;
use tessera_directory::database::{Database, DatabaseError, Row, Statement, Value};

use crate::dump::{Dump, DumpError, NewSecret, Part, TableSize};
use crate::{StartError, dump, migrations};

/// How many prepared statements are kept: more than the directory has texts, so that each is compiled once.
const PREPARED_STATEMENTS: usize = 256;
/// How long to wait for another process that holds the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Up to here, 2^53, a float holds every whole number.
const EXACT: f64 = 9_007_199_254_740_992.0;
/// D1's limit, kept in debug builds.
const MAX_PARAMETERS: usize = 100;

/// Opens a connection to a file, or to a new database in memory that no other connection sees.
pub(crate) fn open(file: Option<&Path>) -> rusqlite::Result<Connection> {
    let connection = match file {
        None => {
            // Not `:memory:`, whose pages are all in the cache: at each commit that rebalances a tree SQLite looks through
            // the whole cache, so that a change would cost the more the more there is. A name with no slash is private.
            let connection = Connection::open_with_flags_and_vfs("directory", OpenFlags::default(), c"memdb")?;
            connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
            // In memory too, but in one piece that is used again, where that of MEMORY is made of a thousand bytes each.
            connection.pragma_update(None, "journal_mode", "TRUNCATE")?;
            connection.pragma_update(None, "synchronous", "OFF")?;
            connection
        }
        Some(file) => {
            // A file is a file, also when its name looks like a URI.
            let flags = OpenFlags::default().difference(OpenFlags::SQLITE_OPEN_URI);
            let connection = Connection::open_with_flags(file, flags)?;
            connection.busy_timeout(BUSY_TIMEOUT)?;
            // With these a commit is in the operating system's hands when it is acknowledged, and so outlives the
            // process; it waits for the disk at checkpoints only.
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", "NORMAL")?;
            connection
        }
    };
    connection.pragma_update(None, "foreign_keys", true)?;
    // A container of this program alone has no folder for temporary files.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // Else a plan may hang on what is bound, and a statement is compiled anew at each use.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS);
    Ok(connection)
}

/// Opens a connection as [`open`] does, and brings the schema up to date.
pub(crate) fn up_to_date(file: Option<&Path>) -> Result<Connection, StartError> {
    let mut connection = open(file).map_err(|error| unopened(file, &error))?;
    migrations::apply(&mut connection, tessera_directory::migrations::ALL).map_err(|error| unopened(file, &error))?;
    Ok(connection)
}

/// Why a file, or a database in memory, was not opened.
pub(crate) fn unopened(file: Option<&Path>, reason: &impl Display) -> StartError {
    let place = file.map_or("a database in memory".to_owned(), |file| file.display().to_string());
    StartError::Store { place, reason: reason.to_string() }
}

/// A SQLite database as the directory's store, its schema up to date: the port `Database` for a host of one's own, such
/// as a test that serves [`tessera_api::Router`] in process and sets the clock.
#[derive(Debug)]
pub struct Sqlite(Mutex<Connection>);

impl Sqlite {
    /// Opens a store: a file, which is made where there is none, or without one a new database in memory. It holds what
    /// the migrations put there and no demo.
    pub fn open(file: Option<&Path>) -> Result<Self, StartError> {
        up_to_date(file).map(Self::new)
    }

    /// A copy of all that it holds, to begin anew with.
    pub fn image(&self) -> Result<Image, DatabaseError> {
        let mut copy = Connection::open_in_memory().map_err(failed)?;
        copy_pages(&self.0.lock(), &mut copy)?;
        Ok(Image(Mutex::new(copy)))
    }

    /// Whether it holds no organization.
    pub(crate) fn is_empty(&self) -> Result<bool, DatabaseError> {
        let sql = "SELECT NOT EXISTS (SELECT 1 FROM organizations)";
        self.0.lock().query_row(sql, [], |row| row.get(0)).map_err(failed)
    }

    /// Puts a copy in the place of all that it holds. A directory that remembers something of that is to forget it.
    pub fn put(&self, image: &Image) -> Result<(), DatabaseError> {
        copy_pages(&image.0.lock(), &mut self.0.lock())
    }

    /// Its tables by name, and how many rows each has.
    pub(crate) fn tables(&self) -> Result<Vec<TableSize>, DumpError> {
        dump::sizes(&self.0.lock())
    }

    /// Some rows of one table, without its secrets.
    pub(crate) fn rows(&self, table: &str, limit: u32, offset: u32) -> Result<Option<Part>, DumpError> {
        dump::rows(&self.0.lock(), table, limit, offset)
    }

    /// Takes a connection whose schema is up to date.
    fn new(connection: Connection) -> Self {
        Self(Mutex::new(connection))
    }
}

/// A copy of a store, in memory.
#[derive(Debug)]
pub struct Image(Mutex<Connection>);

impl Image {
    /// What it holds, without its secrets.
    pub(crate) fn export(&self) -> Result<Dump, DumpError> {
        dump::export(&self.0.lock())
    }

    /// Puts what was exported in the place of all that it holds, with the secrets of another copy.
    pub(crate) fn import(&self, exported: &Dump, before: &Self, new_secret: NewSecret<'_>) -> Result<(), DumpError> {
        dump::import(exported, &before.0.lock(), &mut self.0.lock(), new_secret)
    }
}

fn copy_pages(from: &Connection, to: &mut Connection) -> Result<(), DatabaseError> {
    match Backup::new(from, to).and_then(|backup| backup.step(-1)).map_err(failed)? {
        StepResult::Done => Ok(()),
        state => Err(DatabaseError::Failed(format!("the copy was not finished: {state:?}"))),
    }
}

#[async_trait]
impl Database for Sqlite {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseError> {
        #[expect(clippy::disallowed_methods, reason = "how long it took in fact, not by a clock that tests set")]
        let begun = watch::current(|watch| watch.is_timing().then(Instant::now)).flatten();
        let carried_out = self.carry_out(&statements);
        watch::current(|watch| watch.stored(begun.map(|begun| begun.elapsed()).unwrap_or_default()));
        carried_out
    }
}

impl Sqlite {
    fn carry_out(&self, statements: &[Statement]) -> Result<Vec<Vec<Row>>, DatabaseError> {
        let connection = self.0.lock();
        let begin = match statements {
            // SQLite carries one statement out whole or not at all, and with no transaction around it keeps no copies of
            // pages to undo it alone by. As on D1, it is committed by the time that what it returns is read.
            [one] => return Ok(vec![run(&connection, one)?]),
            several if several.iter().all(is_query) => "BEGIN",
            _ => "BEGIN IMMEDIATE",
        };
        control(&connection, begin)?;
        let carried_out = statements
            .iter()
            .map(|statement| run(&connection, statement))
            .collect::<Result<_, _>>()
            .and_then(|results| control(&connection, "COMMIT").map(|()| results));
        // A failed commit leaves the transaction open; some failures end it.
        if carried_out.is_err() && !connection.is_autocommit() {
            control(&connection, "ROLLBACK")?;
        }
        carried_out
    }
}

/// Begins or ends a transaction, by a statement that is compiled once, as `rusqlite`'s own are not.
fn control(connection: &Connection, sql: &'static str) -> Result<(), DatabaseError> {
    connection.prepare_cached(sql).and_then(|mut statement| statement.execute([])).map(drop).map_err(failed)
}

/// Whether a statement only reads, told from its first word. A query that opens with `WITH` is taken for a change, which
/// costs it a lock and nothing else.
fn is_query(statement: &Statement) -> bool {
    statement.sql.trim_ascii_start().starts_with("SELECT")
}

fn run(connection: &Connection, statement: &Statement) -> Result<Vec<Row>, DatabaseError> {
    let mut prepared = connection.prepare_cached(&statement.sql).map_err(failed)?;
    if prepared.parameter_count() != statement.parameters.len() {
        let (wanted, bound) = (prepared.parameter_count(), statement.parameters.len());
        return Err(refused(statement, &format!("it has {wanted} parameters, of which {bound} are bound")));
    }
    if cfg!(debug_assertions) {
        would_d1_take(statement, prepared.column_names().collect())?;
    }
    for (index, value) in (1_usize..).zip(&statement.parameters) {
        match value {
            Value::Null => prepared.raw_bind_parameter(index, Null),
            // D1 binds JavaScript's numbers, which are floats; a statement that told the two apart would differ there
            #[expect(clippy::cast_precision_loss, reason = "what Tessera stores fits in 53 bits")]
            Value::Integer(number) => prepared.raw_bind_parameter(index, *number as f64),
            Value::Text(text) => prepared.raw_bind_parameter(index, text),
        }
        .map_err(failed)?;
    }
    let columns = prepared.column_count();
    let mut found = prepared.raw_query();
    let mut rows = Vec::new();
    while let Some(row) = found.next().map_err(failed)? {
        let mut values = Vec::with_capacity(columns);
        for column in 0..columns {
            values.push(value(row.get_ref(column).map_err(failed)?)?);
        }
        rows.push(Row::new(values));
    }
    Ok(rows)
}

fn value(found: ValueRef<'_>) -> Result<Value, DatabaseError> {
    match found {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(number) => Ok(Value::Integer(number)),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => Ok(text.into()),
            Err(error) => Err(DatabaseError::Failed(format!("a column holds a text that is not UTF-8: {error}"))),
        },
        // What was bound comes back as it was meant, as JavaScript's numbers do.
        ValueRef::Real(number) if number.fract() == 0.0 && number.abs() <= EXACT =>
        {
            #[expect(clippy::cast_possible_truncation, reason = "a whole number that a float holds exactly")]
            Ok(Value::Integer(number as i64))
        }
        ValueRef::Real(_) | ValueRef::Blob(_) => {
            Err(DatabaseError::Failed(format!("a column holds a {}", found.data_type())))
        }
    }
}

/// Refuses what SQLite takes and D1 does not, so that it is found here, where tests are quick.
fn would_d1_take(statement: &Statement, mut columns: Vec<&str>) -> Result<(), DatabaseError> {
    if statement.parameters.len() > MAX_PARAMETERS {
        return Err(refused(statement, &format!("D1 binds at most {MAX_PARAMETERS} parameters")));
    }
    let count = columns.len();
    columns.sort_unstable();
    columns.dedup();
    if columns.len() < count {
        return Err(refused(statement, "two columns have one name, and D1 would keep one of them"));
    }
    Ok(())
}

fn refused(statement: &Statement, why: &str) -> DatabaseError {
    DatabaseError::Failed(format!("{why}: {}", statement.sql))
}

#[expect(clippy::needless_pass_by_value, reason = "made for map_err")]
fn failed(error: rusqlite::Error) -> DatabaseError {
    DatabaseError::from_message(&error.to_string())
}

#[cfg(test)]
mod tests;
