//! What the port promises, kept by SQLite.

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use tessera_directory::database::{Database as _, DatabaseError, Row, Statement};

use super::{Sqlite, open};

fn sqlite(file: Option<&Path>) -> Sqlite {
    let connection = open(file).unwrap();
    let schema = "CREATE TABLE IF NOT EXISTS things (number INTEGER PRIMARY KEY, name TEXT, UNIQUE (name));
        CREATE TABLE IF NOT EXISTS parts (thing INTEGER NOT NULL REFERENCES things DEFERRABLE INITIALLY DEFERRED)";
    connection.execute_batch(schema).unwrap();
    Sqlite::new(connection)
}

fn insert(number: i64, name: &str) -> Statement {
    Statement::new("INSERT INTO things VALUES (?1, ?2) RETURNING number").bind(number).bind(name)
}

fn part(thing: i64) -> Statement {
    Statement::new("INSERT INTO parts VALUES (?1)").bind(thing)
}

async fn one(sqlite: &Sqlite, sql: &'static str) -> Result<Row, DatabaseError> {
    Ok(sqlite.batch(vec![Statement::new(sql)]).await?.remove(0).remove(0))
}

async fn count(sqlite: &Sqlite) -> i64 {
    one(sqlite, "SELECT count(*) FROM things").await.unwrap().integer().unwrap()
}

/// Both kinds of store, each new.
fn both(check: impl AsyncFn(Sqlite)) {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for file in [None, Some(folder.path().join("data.sqlite"))] {
        runtime.block_on(check(sqlite(file.as_deref())));
    }
}

#[test]
fn each_statement_has_its_rows() {
    both(async |sqlite| {
        let all = || Statement::new("SELECT number, name FROM things ORDER BY number");
        let mut results = sqlite.batch(vec![all(), insert(1, "a"), insert(2, "b"), all()]).await.unwrap();
        assert_eq!(results.iter().map(Vec::len).collect::<Vec<_>>(), [0, 1, 1, 2]);
        let mut last = results.remove(3).remove(1);
        assert_eq!((last.integer().unwrap(), last.text().unwrap()), (2, "b".to_owned()));
        assert!(last.integer().is_err(), "there are no more columns");
        assert_eq!(sqlite.batch(vec![all(), all()]).await.unwrap().iter().flatten().count(), 4);
        assert!(sqlite.batch(vec![]).await.unwrap().is_empty());
    });
}

#[test]
fn a_batch_is_carried_out_whole_or_not_at_all() {
    both(async |sqlite| {
        sqlite.batch(vec![insert(1, "a")]).await.unwrap();
        for failing in [
            insert(9, "a"),
            Statement::new("SELECT * FROM nowhere"),
            Statement::new("SELECT ?1"),
            Statement::new("SELECT 1.5 AS x"),
            Statement::new("INSERT INTO things VALUES (7, 'seven') RETURNING 1.5 AS x"),
            // Deferred, so that only the commit finds it.
            part(5),
        ] {
            let text = failing.sql.clone();
            assert!(sqlite.batch(vec![insert(2, "b"), failing.clone(), insert(3, "c")]).await.is_err(), "{text}");
            assert_eq!(count(&sqlite).await, 1, "{text}");
        }
        for failing in [insert(1, "b"), insert(9, "a"), part(5)] {
            let text = failing.sql.clone();
            assert!(sqlite.batch(vec![failing]).await.is_err(), "{text}");
            assert_eq!(count(&sqlite).await, 1, "{text}");
        }
        sqlite.batch(vec![part(2), insert(2, "b")]).await.unwrap();
        assert_eq!(count(&sqlite).await, 2);
    });
}

#[test]
fn a_batch_that_is_larger_than_the_cache_is_undone_too() {
    both(async |sqlite| {
        let many = "INSERT INTO things WITH RECURSIVE n (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n LIMIT 20000) \
            SELECT n + ?1, ?2 || n || hex(zeroblob(100)) FROM n";
        let many = |first: i64, name: &str| Statement::new(many).bind(first).bind(name);
        let rename = || Statement::new("UPDATE things SET name = 'z' || name");
        sqlite.batch(vec![many(0, "a")]).await.unwrap();
        for _ in 0..2 {
            assert!(sqlite.batch(vec![many(20_000, "b"), rename(), insert(1, "c")]).await.is_err());
            assert_eq!(count(&sqlite).await, 20_000);
            let untouched = one(&sqlite, "SELECT count(*) FROM things WHERE name LIKE 'a%'").await;
            assert_eq!(untouched.unwrap().integer().unwrap(), 20_000);
            assert_eq!(one(&sqlite, "PRAGMA integrity_check").await.unwrap().text().unwrap(), "ok");
        }
    });
}

#[test]
fn a_row_that_is_there_already_is_told_apart() {
    both(async |sqlite| {
        sqlite.batch(vec![insert(1, "a")]).await.unwrap();
        for (again, columns) in [(insert(2, "a"), "things.name"), (insert(1, "b"), "things.number")] {
            let error = sqlite.batch(vec![again]).await.unwrap_err();
            assert!(matches!(&error, DatabaseError::Unique(found) if found == columns), "{error}");
        }
        let error = sqlite.batch(vec![part(5)]).await.unwrap_err();
        assert!(matches!(&error, DatabaseError::Failed(text) if text.contains("FOREIGN KEY")), "{error}");
    });
}

#[test]
fn values_keep_their_types() {
    both(async |sqlite| {
        let names =
            "SELECT ?1 AS a, ?2 AS b, ?3 AS c, ?4 AS d, typeof(?1) || typeof(?2) || typeof(?3) || typeof(?4) AS e";
        let statement = Statement::new(names).bind("1\0ü").bind(-(1 << 53)).bind(None::<i64>).bind(true);
        let mut row = sqlite.batch(vec![statement]).await.unwrap().remove(0).remove(0);
        assert_eq!(row.text().unwrap(), "1\0ü");
        assert_eq!(row.integer().unwrap(), -(1 << 53));
        assert_eq!(row.optional_text().unwrap(), None);
        assert!(row.boolean().unwrap());
        assert_eq!(row.text().unwrap(), "textrealnullreal", "as D1 binds them");
        for other in ["SELECT 1.5 AS a", "SELECT x'00' AS a", "SELECT CAST(x'ff' AS TEXT) AS a"] {
            assert!(one(&sqlite, other).await.is_err(), "{other}");
        }
        let json = Statement::new("SELECT value FROM json_each(?1)").bind("[\"a\", \"b\"]");
        assert_eq!(sqlite.batch(vec![json]).await.unwrap().remove(0).len(), 2);
    });
}

#[test]
fn what_d1_would_not_take_is_refused() {
    both(async |sqlite| {
        let error = one(&sqlite, "SELECT 1 AS a, 2 AS a").await.unwrap_err().to_string();
        assert!(error.starts_with("two columns have one name"), "{error}");
        let error = sqlite.batch(vec![Statement::new("SELECT ?1 AS a").bind(1).bind(2)]).await.unwrap_err().to_string();
        assert!(error.starts_with("it has 1 parameters, of which 2 are bound"), "{error}");
        let many = (1..=101).fold(Statement::new("SELECT ?101 AS a"), |statement, number: i64| statement.bind(number));
        assert!(sqlite.batch(vec![many]).await.unwrap_err().to_string().starts_with("D1 binds at most 100"));
    });
}

#[test]
fn stores_in_memory_are_apart() {
    both(async |first| {
        let second = sqlite(None);
        first.batch(vec![insert(1, "a")]).await.unwrap();
        assert_eq!((count(&first).await, count(&second).await), (1, 0));
    });
}

#[test]
fn a_file_holds_what_was_acknowledged_before_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.sqlite");
    for round in 1..=3 {
        let mut writer = Command::new(env::current_exe().unwrap())
            .args(["--exact", "sqlite::tests::writer", "--nocapture"])
            .env("WRITER_FILE", &file)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(writer.stdout.take().unwrap()).lines().map(Result::unwrap);
        let acknowledged: Vec<i64> = lines.filter_map(|line| line.parse().ok()).take(round * 500).collect();
        writer.kill().unwrap();
        writer.wait().unwrap();

        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let reopened = sqlite(Some(&file));
            assert!(count(&reopened).await >= *acknowledged.last().unwrap(), "in round {round}");
            let check = one(&reopened, "SELECT (SELECT count(*) FROM things) = (SELECT count(*) FROM parts) AS same");
            assert!(check.await.unwrap().boolean().unwrap(), "a batch was torn in round {round}");
        });
    }
}

/// Not a test by itself: the process that the one above kills. Told a file, it writes batches for ever, and says so after each.
#[test]
fn writer() {
    let Some(file) = env::var_os("WRITER_FILE") else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let sqlite = sqlite(Some(Path::new(&file)));
        let mut output = std::io::stdout();
        for number in count(&sqlite).await + 1.. {
            sqlite.batch(vec![insert(number, &number.to_string()), part(number)]).await.unwrap();
            if writeln!(output, "{number}").is_err() {
                return;
            }
        }
    });
}
