//! Migrations go forward only: those of a release stay as they were, and the data of each release is there after the later ones. And
//! an organization goes out of one store and into another.
//!
//! `tests/migrations/` keeps for each release the checksums of its migrations, rows in each of its tables, and what its API told of
//! them. `TESSERA_WRITE_RELEASE=0.1.0 cargo test -p mock-server --test migrations` writes those of a new release.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

#[expect(dead_code, reason = "another test needs more of it")]
mod in_process;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use in_process::{App, Organization, PASSWORD, Payload, text};
use rusqlite::Connection;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tessera_mock::Transfer;
use tessera_transfer::{Error, export, global_tables, import, organizations};

fn workspace(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(workspace(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|found| found == extension));
    files.sort();
    files
}

fn name(file: &Path) -> String {
    file.file_name().unwrap().to_string_lossy().into_owned()
}

fn checksum(file: &Path) -> String {
    Sha256::digest(fs::read(file).unwrap()).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// What is kept of a release.
struct Release {
    /// Its migrations, each with its checksum.
    migrations: Vec<(String, String)>,
    statements: Vec<String>,
    /// What its API told, by path.
    answers: Value,
}

impl Release {
    fn all() -> Vec<Self> {
        let found: Vec<Self> = files("tests/migrations", "sql").iter().map(|file| Self::read(file)).collect();
        assert!(!found.is_empty());
        found
    }

    fn read(file: &Path) -> Self {
        let text = fs::read_to_string(file).unwrap();
        let (comments, statements): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.starts_with("--"));
        let migrations = comments.iter().filter_map(|line| line.strip_prefix("-- migration ")?.split_once(' '));
        let migrations = migrations.map(|(name, checksum)| (name.to_owned(), checksum.to_owned())).collect();
        let statements = statements.into_iter().map(|line| line.strip_suffix(';').unwrap().to_owned()).collect();
        let answers = fs::read(file.with_extension("json")).unwrap();
        Self { migrations, statements, answers: serde_json::from_slice(&answers).unwrap() }
    }

    /// A file with its schema and its data.
    fn load(&self, folder: &TempDir) -> PathBuf {
        let file = folder.path().join("release.sqlite");
        let mut connection = Connection::open(&file).unwrap();
        let transaction = connection.transaction().unwrap();
        transaction
            .execute_batch(
                "CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, \
                 applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)",
            )
            .unwrap();
        for (name, _) in &self.migrations {
            transaction.execute_batch(&fs::read_to_string(workspace("migrations").join(name)).unwrap()).unwrap();
            transaction.execute("INSERT INTO d1_migrations (name) VALUES (?1)", [name]).unwrap();
        }
        let triggers: Vec<(String, String)> = transaction
            .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
            .unwrap()
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        for (name, _) in &triggers {
            transaction.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
        }
        transaction.pragma_update(None, "defer_foreign_keys", true).unwrap();
        for statement in &self.statements {
            transaction.execute_batch(statement).unwrap();
        }
        for (_, sql) in &triggers {
            transaction.execute_batch(sql).unwrap();
        }
        transaction.commit().unwrap();
        file
    }
}

/// The tables, and how many rows each has.
fn sizes(file: &Path) -> Vec<(String, i64)> {
    let connection = Connection::open(file).unwrap();
    let mut tables =
        connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").unwrap();
    let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let size = |table: &String| {
        connection.query_row(&format!("SELECT COUNT(*) FROM {table}"), [], |row| row.get::<_, i64>(0)).unwrap()
    };
    tables.iter().map(|table| (table.clone(), size(table))).collect()
}

/// What to read of an organization: of every kind of thing there is.
fn paths(id: &str, number: &str) -> Vec<(String, &'static str)> {
    let native = ["", "/users", "/keys"].map(|rest| (format!("/v1/organizations/{id}{rest}"), "Bearer"));
    let others =
        ["/v1/outbox", "/v1/audit", "/v1/audit/verify", "/v1/deliveries"].map(|path| (path.to_owned(), "Bearer"));
    let anaconda = ["users", "service-accounts"].map(|rest| (format!("/organizations/{id}/{rest}"), "Bearer"));
    let astra = ["users", "groups", "roleBindings", "credentials"]
        .map(|rest| (format!("/accounts/{id}/core/v1/{rest}"), "Bearer"));
    let landscape = [(format!("/accounts/{id}/topology/v1/clouds"), "Bearer")];
    let octane = [(format!("/api/shared_spaces/{number}/api_accesses"), "Bearer")];
    let ricloud =
        ["organisation", "permissions", "configs/storage", "configs/webhook", "keys", "users", "events", "tasks"]
            .map(|path| (format!("/{path}"), "Token"));
    [&native[..], &others, &anaconda, &astra, &landscape, &octane, &ricloud].concat()
}

/// What the API tells of an organization whose key this is.
async fn told(app: &App, id: &str, number: &str, key: &str) -> Value {
    let mut told = serde_json::Map::new();
    for (path, scheme) in paths(id, number) {
        let credential = if scheme == "Token" { format!("Token {key}") } else { key.to_owned() };
        told.insert(path.clone(), app.ask("GET", &path, &credential, Value::Null).await);
    }
    told.into()
}

/// Whether all that was told is still told, if for more; when a key was used last is another time.
fn is_still_told(before: &Value, now: &Value) -> bool {
    match (before, now) {
        (Value::Object(before), Value::Object(now)) => before.iter().all(|(name, value)| {
            name == "last_used_at" || now.get(name).is_some_and(|told| is_still_told(value, told))
        }),
        (Value::Array(before), Value::Array(now)) => {
            before.len() == now.len() && before.iter().zip(now).all(|(before, now)| is_still_told(before, now))
        }
        (before, now) => before == now,
    }
}

/// Makes something in every table there is, and gives two organizations.
async fn populate(app: &App, clusters: usize) -> [Organization; 2] {
    let acme = app.organization("acme", json!({"language": "ru"})).await;
    let globex = app.organization("globex", json!({"seats": 5})).await;
    let (key, token) = (acme.key.as_str(), format!("Token {}", acme.key));
    let user =
        app.ask("POST", &acme.path("/users"), key, json!({"email": "d'arc@acme.test", "password": PASSWORD})).await;
    let user = text(&user, "id");
    app.ask(
        "POST",
        &format!("/organizations/{}/users_auto_registration", acme.id),
        key,
        json!({"user_emails": ["b@acme.test"]}),
    )
    .await;
    let tokens = acme.path(&format!("/users/{user}/tokens"));
    app.ask("POST", &tokens, key, json!({"name": "laptop; --", "mail": true})).await;
    app.service_account(&acme).await;
    let new = app.ask("POST", &acme.path("/keys"), key, json!({"name": "ci", "scopes": ["users:read"]})).await;
    app.ask("POST", &acme.path(&format!("/keys/{}/rotate", text(&new, "id"))), key, json!({"grace_seconds": 60})).await;
    let account = format!("/accounts/{}/core/v1", acme.id);
    let groups =
        json!({"type": "application/astra-group", "version": "1.0", "authProvider": "ldap", "authID": "CN=Ops"});
    app.ask("POST", &format!("{account}/groups"), key, groups).await;
    let secret =
        json!({"type": "application/astra-credential", "version": "1.1", "name": "s3", "keyStore": {"a": "SGkh"}});
    app.ask("POST", &format!("{account}/credentials"), key, secret).await;
    let clusters: Vec<Value> =
        (0..clusters).map(|at| json!({"name": format!("c{at}"), "namespaces": [{"name": "n".repeat(50)}]})).collect();
    let fixtures = json!({"clouds": [{"name": "a", "clusters": clusters}]});
    app.ask("PUT", &acme.path("/fixtures/astra"), key, fixtures).await;
    app.ask("POST", "/configs/storage", &token, json!({"url": "gs://acme", "credentials": {}})).await;
    app.ask("POST", "/configs/webhook", &token, json!({"url": "https://hooks.acme.test/"})).await;
    tessera_api::deliver_due(&app.directory, 1).await.unwrap();
    app.ask("POST", "/permissions", &token, json!({"identifier": "mine", "scopes": {}})).await;
    app.ask("POST", "/users", &token, json!({"identifier": "device"})).await;
    app.ask("POST", "/keys", &token, json!({})).await;
    let body = json!({"user": acme.admin, "password": PASSWORD});
    assert_eq!(app.send("POST", "/authentication/sign_in", "", Payload::Json(body)).await.0, 200);
    let number = "(SELECT number FROM organizations WHERE slug = 'acme')";
    for rest in [
        // by other ways than the API of the vendor they would take long to make
        format!("INSERT INTO password_policies VALUES ({number}, 8, 1, 1, 1, 1)"),
        format!("INSERT INTO organization_options VALUES ({number}, 1, 1, 1)"),
        "INSERT OR IGNORE INTO group_members SELECT u.id, g.id, 0 FROM users u JOIN groups g ON g.organization = u.organization"
            .to_owned(),
        "INSERT INTO idempotency_keys VALUES ('d', 'r', NULL, 1780272000001)".to_owned(),
        "INSERT OR IGNORE INTO key_settings (key) SELECT id FROM keys".to_owned(),
    ] {
        app.sql(&rest).await;
    }
    tessera_api::tidy(&app.directory).await.unwrap();
    [acme, globex]
}

async fn number(app: &App, organization: &Organization) -> String {
    app.sql(&format!("SELECT CAST(number AS TEXT) AS n FROM organizations WHERE id = '{}'", organization.id))
        .await
        .join("")
}

#[tokio::test]
async fn the_data_of_each_release_is_there_after_the_later_migrations() {
    if let Ok(release) = std::env::var("TESSERA_WRITE_RELEASE") {
        write_release(&release).await;
    }
    for release in Release::all() {
        let folder = tempfile::tempdir().unwrap();
        let file = release.load(&folder);
        let before = sizes(&file);
        let empty: Vec<&String> = before.iter().filter(|(_, rows)| *rows == 0).map(|(table, _)| table).collect();
        assert!(empty.is_empty(), "a release keeps no row of {empty:?}");
        let app = App::of(Some(&file));
        let after = sizes(&file);
        for (table, rows) in before.iter().filter(|(table, _)| table != "d1_migrations") {
            assert!(after.contains(&(table.clone(), *rows)), "{table} had {rows} rows: {after:?}");
        }
        let connection = Connection::open(&file).unwrap();
        for check in ["integrity_check", "foreign_key_check"] {
            let found: Vec<String> = connection
                .prepare(&format!("PRAGMA {check}"))
                .unwrap()
                .query_map([], |row| row.get(0))
                .unwrap()
                .map(Result::unwrap)
                .collect();
            assert!(found.is_empty() || found == ["ok"], "{found:?}");
        }
        let answers = &release.answers;
        let (id, key, number) = (text(answers, "id"), text(answers, "key"), text(answers, "number"));
        let now = told(&app, &id, &number, &key).await;
        for (path, before) in answers["told"].as_object().unwrap() {
            assert!(is_still_told(before, &now[path]), "{path} was\n{before}\nand is\n{}", now[path]);
        }
    }
}

#[test]
fn the_migrations_of_a_release_stay_as_they_were() {
    let present: Vec<String> = files("migrations", "sql").iter().map(|file| name(file)).collect();
    for release in Release::all() {
        for ((wanted, sum), found) in release.migrations.iter().zip(&present) {
            assert_eq!(wanted, found, "a migration was put before one of a release");
            assert_eq!(
                *sum,
                checksum(&workspace("migrations").join(found)),
                "{found} is of a release: add another one"
            );
        }
    }
}

/// Keeps what a release has, now.
async fn write_release(release: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.sqlite");
    let app = App::of(Some(&file));
    let [acme, globex] = populate(&app, 2).await;
    let number = number(&app, &acme).await;
    let mut text = format!(
        "-- The data of {release}, and the checksums (SHA-256) of its migrations. Written once, never changed.\n"
    );
    for migration in files("migrations", "sql") {
        writeln!(text, "-- migration {} {}", name(&migration), checksum(&migration)).unwrap();
    }
    let mut store = Transfer::open_as_it_is(&file).unwrap();
    for statement in tessera_transfer::copy(&mut store).unwrap() {
        if ["DELETE", "INSERT", "UPDATE"].iter().any(|word| statement.starts_with(word)) {
            assert!(!statement.contains('\n'), "a statement is a line: {statement}");
            writeln!(text, "{statement};").unwrap();
        }
    }
    fs::create_dir_all(workspace("tests/migrations")).unwrap();
    fs::write(workspace("tests/migrations").join(format!("{release}.sql")), text).unwrap();
    let told = told(&app, &acme.id, &number, &acme.key).await;
    let answers = json!({"id": acme.id, "key": acme.key, "unused": globex.key, "number": number, "told": told});
    let answers = serde_json::to_string_pretty(&answers).unwrap() + "\n";
    fs::write(workspace("tests/migrations").join(format!("{release}.json")), answers).unwrap();
}

fn exported(file: &Path, organization: &str) -> String {
    let mut lines = Vec::new();
    export(&mut Transfer::open_as_it_is(file).unwrap(), organization, &mut lines).unwrap();
    String::from_utf8(lines).unwrap()
}

fn import_into(file: &Path, lines: &str) -> Result<usize, Error> {
    import(&mut Transfer::open(file).unwrap(), lines.as_bytes())
}

#[tokio::test]
async fn an_organization_goes_from_one_store_into_another() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("from.sqlite"), folder.path().join("to.sqlite"));
    let app = App::of(Some(&from));
    let [acme, globex] = populate(&app, 1000).await;
    let number = number(&app, &acme).await;
    let before = told(&app, &acme.id, &number, &acme.key).await;
    assert_eq!(
        organizations(&mut Transfer::open_as_it_is(&from).unwrap()).unwrap(),
        [acme.id.clone(), globex.id.clone()]
    );
    let files: Vec<String> = [&acme, &globex].map(|organization| exported(&from, &organization.id)).into();
    for secret in [&acme.key, PASSWORD, "tsr_token_", "SGkh"] {
        assert!(!files[0].contains(secret), "{secret} is in it");
    }
    assert!(!files[0].contains("globex"), "another organization is in it");
    // the later one first: no number is taken by what comes after
    for (organization, lines) in [&globex, &acme].iter().zip(files.iter().rev()) {
        import_into(&to, lines).unwrap();
        assert_eq!(exported(&to, &organization.id), *lines);
        assert!(matches!(import_into(&to, lines), Err(Error::Taken(id)) if id == organization.id));
    }
    let copied = App::of(Some(&to));
    assert!(is_still_told(&before, &told(&copied, &acme.id, &number, &acme.key).await));
    // what is made there has a number of its own, the triggers are there, and the log goes on
    (0..10_000).for_each(|_| drop(copied.directory.new_id())); // past the ids that the first store was given
    let third = copied.organization("initech", json!({})).await;
    assert_eq!(self::number(&copied, &third).await, "1003");
    copied.ask("POST", &acme.path("/keys"), &acme.key, json!({"name": "more", "scopes": ["*"]})).await;
    tessera_api::tidy(&copied.directory).await.unwrap();
    let log = copied.ask("GET", "/v1/audit/verify", &acme.key, Value::Null).await;
    let was = before["/v1/audit/verify"]["entries"].as_i64().unwrap();
    assert_eq!((&log["valid"], log["sealed"].as_i64()), (&json!(true), Some(was + 1)));
}

#[tokio::test]
async fn a_deleted_organization_comes_back_and_its_log_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.sqlite");
    let app = App::of(Some(&file));
    let [acme, _] = populate(&app, 1000).await;
    let lines = exported(&file, &acme.id);
    let before = app.ask("GET", "/v1/audit/verify", &acme.key, Value::Null).await["entries"].as_i64().unwrap();
    app.ask("DELETE", &acme.path(""), in_process::ROOT, Value::Null).await;
    assert_eq!(app.status(&acme.path(""), &acme.key).await, 401);
    import_into(&file, &lines).unwrap();
    assert_eq!(app.status(&acme.path(""), &acme.key).await, 200);
    tessera_api::tidy(&app.directory).await.unwrap();
    let log = app.ask("GET", "/v1/audit/verify", &acme.key, Value::Null).await;
    assert_eq!((&log["valid"], log["entries"].as_i64()), (&json!(true), Some(before + 1)), "its deletion is in it");
}

#[tokio::test]
async fn what_is_wrong_is_refused_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("from.sqlite"), folder.path().join("to.sqlite"));
    let [acme, _] = populate(&App::of(Some(&from)), 2).await;
    let lines = exported(&from, &acme.id);
    // another store, where numbers are taken
    populate(&App::of(Some(&to)).under("another", None), 2).await;
    Connection::open(&to).unwrap().execute_batch("UPDATE organizations SET id = 'other' WHERE slug = 'acme'").unwrap();
    let before = sizes(&to);
    assert!(matches!(import_into(&to, &lines), Err(Error::Store(reason)) if reason.contains("UNIQUE")));
    let newer = lines.replacen(
        &format!("\"schema\":\"{}\"", name(files("migrations", "sql").last().unwrap())),
        "\"schema\":\"9999_z.sql\"",
        1,
    );
    assert!(matches!(import_into(&to, &newer), Err(Error::Newer { .. })));
    for (wrong, reason) in [
        (lines.replacen("\"tessera_export\":1", "\"tessera_export\":2", 1), "line 1"),
        (lines.replacen("{\"table\":\"users\"", "{\"table\":\"counters\"", 1), "\"counters\""),
        (lines.replacen("\"login\":", "\"log in\":", 1), "\"log in\""),
        (lines.lines().next().unwrap().to_owned(), "no row"),
        (String::new(), "no header"),
        (lines[..lines.len() - 10].to_owned(), "EOF"),
    ] {
        let fresh = folder.path().join("fresh.sqlite");
        let error = import_into(&fresh, &wrong).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
        assert!(organizations(&mut Transfer::open(&fresh).unwrap()).unwrap().is_empty());
    }
    assert_eq!(sizes(&to), before);
    let triggers = "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'trigger'";
    let count =
        |file: &Path| Connection::open(file).unwrap().query_row(triggers, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count(&to), count(&from));
    let unknown = export(&mut Transfer::open(&to).unwrap(), "nobody", &mut Vec::new());
    assert!(matches!(unknown, Err(Error::Unknown(_))));
}

#[test]
fn every_table_belongs_to_organizations_or_is_the_stores_own() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Transfer::open(&folder.path().join("data.sqlite")).unwrap();
    let global: BTreeSet<String> = global_tables(&mut store).unwrap().into_iter().collect();
    // a batch's note to itself, the last number, the migrations, what callers may ask again within a day, and who guesses
    let wanted = ["audit_note", "counters", "d1_migrations", "idempotency_keys", "sign_in_failures"].map(str::to_owned);
    assert_eq!(global, BTreeSet::from(wanted), "an organization would be exported without these tables' rows");
}
