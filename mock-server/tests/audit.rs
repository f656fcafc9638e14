//! The audit log: every change that any operation makes is on record once, without a secret; and whoever removes or edits an
//! entry is found out.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

#[expect(dead_code, reason = "another test needs more of it")]
mod in_process;

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::{fs, thread};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header;
use axum::response::Response;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use in_process::{App, Organization, ROOT, text};
use serde_json::{Value, json};
use tessera_vectors::http::Target;
use tessera_vectors::run;
use tessera_vectors::vector::Suite;
use tokio::net::TcpListener;
use tokio::sync::Mutex;

/// What is no part of the directory: how it is reached, what it sends, and the log itself.
const ASIDE: &[&str] = &[
    "audit",
    "audit_heads",
    "audit_note",
    "audit_seals",
    "d1_migrations",
    "event_attempts",
    "events",
    "idempotency_keys",
    "outbox",
    "sessions",
    "sign_in_failures",
];
/// Cases that want more than a router: the demo, or a target that has to be mended.
const OF_A_HOST: &[&str] = &[
    "native::organization-pages",
    "octane::seed-workspace-role-by-role-and-workspace",
    "octane::seed-workspace-roles-of-a-workspace",
];
/// Changes that no vector comes to, for nothing is given up there.
const OF_WHAT_WAS_GIVEN_UP: &[&str] = &["native.replay_delivery", "native.replay_mail"];
/// Members of requests and answers that hold a secret.
const SECRET_MEMBERS: &[&str] = &[
    "access_token",
    "api_key",
    "api_token",
    "cleartext",
    "client_secret",
    "current_key",
    "key",
    "password",
    "passwordClearText",
    "secret",
    "token",
];

/// One request, and what it left.
struct Seen {
    operation: String,
    is_changing: bool,
    status: u16,
    has_changed: bool,
    entries: i64,
}

/// A store in which one request at a time is looked at.
struct Watch {
    app: App,
    seen: Mutex<(Vec<Seen>, BTreeSet<String>)>,
    /// The directory as the last request left it.
    state: Mutex<Vec<String>>,
}

impl Watch {
    async fn answer(&self, request: Request) -> Response {
        let mut seen = self.seen.lock().await;
        self.app.pass(1);
        let entries = self.entries().await;
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        let (operation, is_changing) = operation(parts.method.as_str(), parts.uri.path());
        seen.1.extend(secrets(&body, parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok())));
        let response = self.app.answer(Request::from_parts(parts, Body::from(body))).await;
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        if operation != "native.verify_key" {
            seen.1.extend(secrets(&body, None));
        }
        let status = parts.status.as_u16();
        let state = self.state().await;
        let mut before = self.state.lock().await;
        let has_changed = state != *before;
        *before = state;
        let entries = self.entries().await - entries;
        seen.0.push(Seen { operation, is_changing, status, has_changed, entries });
        Response::from_parts(parts, Body::from(body))
    }

    async fn entries(&self) -> i64 {
        self.app.sql("SELECT CAST(COUNT(*) AS TEXT) AS n FROM audit").await[0].parse().unwrap()
    }

    /// All that the directory holds, but for when keys were used, and how often they may still be.
    async fn state(&self) -> Vec<String> {
        let tables = "SELECT json_array(s.name, (SELECT json_group_array(c.name) FROM pragma_table_info(s.name) c)) AS it \
            FROM sqlite_schema s WHERE s.type = 'table' AND s.name NOT LIKE 'sqlite_%' ORDER BY s.name";
        let mut state = Vec::new();
        for table in self.app.sql(tables).await {
            let (name, columns): (String, String) = serde_json::from_slice(table.as_bytes()).unwrap();
            if ASIDE.contains(&name.as_str()) {
                continue;
            }
            let columns: Vec<String> = serde_json::from_slice(columns.as_bytes()).unwrap();
            let columns: Vec<&String> =
                columns.iter().filter(|column| !matches!(column.as_str(), "last_used_at" | "remaining")).collect();
            let list = columns.iter().map(|column| format!("\"{column}\"")).collect::<Vec<_>>().join(", ");
            state.extend(self.app.sql(&format!("SELECT json_array({list}) AS it FROM \"{name}\"")).await);
        }
        state
    }
}

/// The operation of a request; of several with its method and path the one with the most literal path.
fn operation(method: &str, path: &str) -> (String, bool) {
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |template: &str| {
        let template: Vec<&str> = template.split('/').collect();
        let is_same = |(wanted, part): (&&str, &&str)| wanted.starts_with('{') || wanted == part;
        template.len() == parts.len() && template.iter().zip(&parts).all(is_same)
    };
    let routes = tessera_api::routes().into_iter().filter(|route| route.method == method && fits(route.path));
    let found = routes.min_by_key(|route| route.path.matches('{').count());
    found.map_or_else(
        || ("none".to_owned(), false),
        |route| (format!("{}.{}", route.dialect, route.operation), route.is_changing),
    )
}

/// What of a body is secret.
fn secrets(body: &[u8], media_type: Option<&str>) -> Vec<String> {
    let mut found = Vec::new();
    if media_type.is_some_and(|media_type| media_type.contains("form")) {
        let pairs = form_urlencoded::parse(body).filter(|(name, _)| SECRET_MEMBERS.contains(&&**name));
        found.extend(pairs.map(|(_, value)| value.into_owned()));
    } else if let Ok(value) = serde_json::from_slice::<Value>(body) {
        collect(&value, &mut found);
    }
    found.retain(|secret| secret.len() >= 8);
    found
}

fn collect(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text) if SECRET_MEMBERS.contains(&&**name) || text.starts_with("tsr_") => {
                        found.push(text.clone());
                    }
                    // Astra's credentials: whatever they hold
                    Value::Object(inside) if name == "keyStore" => {
                        found.extend(inside.values().filter_map(Value::as_str).map(str::to_owned));
                    }
                    _ => collect(value, found),
                }
            }
        }
        Value::String(text) if text.starts_with("tsr_") => found.push(text.clone()),
        _ => {}
    }
}

fn suites() -> Vec<Suite> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/contract/vectors");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.to_string_lossy().ends_with(".vectors.json"));
    paths.sort();
    paths.iter().map(|path| Suite::read(path).unwrap()).collect()
}

/// Runs a case against a directory of its own.
fn look_at(suite: &Suite, case: usize) -> (Option<String>, Vec<Seen>, Vec<String>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let watch = Arc::new(Watch { app: App::new(), seen: Mutex::default(), state: Mutex::default() });
        *watch.state.lock().await = watch.state().await;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let watching = Arc::clone(&watch);
        let router = Router::new().fallback(move |request: Request| {
            let watch = Arc::clone(&watching);
            async move { watch.answer(request).await }
        });
        let serving = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let service = TowerToHyperService::new(router.clone());
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(socket), service));
            }
        });
        let (suite, case) = (suite.clone(), suite.cases[case].clone());
        let run = move || run::case(&Target::new(&base), ROOT, &suite, &case, &run::uniq());
        let failure = tokio::task::spawn_blocking(run).await.unwrap().failure;
        serving.abort();
        let (seen, secrets) = std::mem::take(&mut *watch.seen.lock().await);
        let log =
            watch.app.sql("SELECT json_array(before, after, actor_name, target_id) AS it FROM audit").await.join("\n");
        (failure, seen, secrets.into_iter().filter(|secret| log.contains(secret.as_str())).collect())
    })
}

#[test]
fn every_change_is_on_record_once_and_nothing_else() {
    let suites = suites();
    let cases: Vec<(&Suite, usize)> =
        suites.iter().flat_map(|suite| (0..suite.cases.len()).map(move |case| (suite, case))).collect();
    let parts: Vec<_> = thread::scope(|scope| {
        let parts = cases.chunks(cases.len().div_ceil(4));
        let threads: Vec<_> = parts
            .map(|part| {
                scope.spawn(move || {
                    part.iter().map(|&(suite, case)| (suite, case, look_at(suite, case))).collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let (mut wrong, mut recorded) = (Vec::new(), BTreeSet::new());
    for (suite, case, (failure, seen, leaked)) in parts {
        let name = format!("{}::{}", suite.vendor, suite.cases[case].name);
        if let Some(why) = failure
            && !OF_A_HOST.contains(&&*name)
        {
            wrong.push(format!("{name} failed: {why}"));
        }
        if !leaked.is_empty() {
            wrong.push(format!("{name}: the log has {leaked:?}"));
        }
        for Seen { operation, is_changing, status, has_changed, entries } in seen {
            let label = format!("{name}: {operation} -> {status}, changed: {has_changed}, entries: {entries}");
            if entries == 1 {
                recorded.insert(operation);
            }
            // what many are made of at once may be refused in part
            if entries != i64::from(has_changed) || (entries > 0 && !is_changing) {
                wrong.push(label);
            }
        }
    }
    for route in tessera_api::routes().into_iter().filter(|route| route.is_changing) {
        let operation = format!("{}.{}", route.dialect, route.operation);
        if !recorded.contains(&operation) && !OF_WHAT_WAS_GIVEN_UP.contains(&&*operation) {
            wrong.push(format!("{operation} changes the directory, and was never on record"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_replay_of_what_was_given_up_is_on_record_once() {
    let app = App::new();
    let organization = app.organization("acme", json!({})).await;
    let user =
        app.ask("POST", &organization.path("/users"), &organization.key, json!({"email": "ann@acme.test"})).await;
    let tokens = organization.path(&format!("/users/{}/tokens", text(&user, "id")));
    let token = text(&app.ask("POST", &tokens, &organization.key, json!({"mail": true})).await, "token");
    let ricloud = format!("Token {}", organization.key);
    let config = app.ask("POST", "/configs/webhook", &ricloud, json!({"url": "https://hooks.acme.test/"})).await;
    app.ask("POST", &format!("/configs/webhook/{}/test", config["id"]), &ricloud, json!({})).await;
    let entries = "SELECT json_array(operation, target_kind, before ->> 'state', after ->> 'state') AS it FROM audit \
                   WHERE operation LIKE 'native.replay%' ORDER BY seq";
    for (table, state, path) in [("outbox", "dead", "outbox"), ("events", "failed", "deliveries")] {
        let id = app.sql(&format!("UPDATE {table} SET state = '{state}', due_at = NULL RETURNING id")).await.remove(0);
        // the second time there is nothing to replay
        for _ in 0..2 {
            app.ask("POST", &format!("/v1/{path}/{id}/replay"), &organization.key, Value::Null).await;
        }
    }
    let expected = [
        r#"["native.replay_mail","mail","dead","pending"]"#,
        r#"["native.replay_delivery","delivery","failed","pending"]"#,
    ];
    assert_eq!(app.sql(entries).await, expected);
    let log = app.sql("SELECT before || after AS it FROM audit WHERE operation LIKE 'native.replay%'").await.join("");
    assert!(!log.contains(&token) && log.contains("ann@acme.test"), "{log}");
}

/// An organization with so many entries, all sealed, and what the log says of itself.
async fn sealed(entries: usize) -> (App, Organization) {
    let app = App::new();
    let organization = app.organization("acme", json!({})).await;
    add(&app, &organization, 1..entries).await;
    seal(&app).await;
    (app, organization)
}

/// Adds a user for each number, and an entry with it.
async fn add(app: &App, organization: &Organization, numbers: Range<usize>) {
    for number in numbers {
        let user = json!({"email": format!("user-{number}@acme.test")});
        app.ask("POST", &organization.path("/users"), &organization.key, user).await;
    }
}

async fn seal(app: &App) {
    tessera_api::tidy(&app.directory).await.unwrap();
}

/// What the first fault of a log is, once it was looked through to its end.
async fn fault(app: &App, organization: &Organization) -> Option<(i64, String)> {
    let mut path = "/v1/audit/verify".to_owned();
    loop {
        let told = app.ask("GET", &path, &organization.key, Value::Null).await;
        let fault = &told["first_fault"];
        assert_eq!(told["valid"], fault.is_null());
        if !fault.is_null() {
            return Some((fault["seq"].as_i64().unwrap(), text(fault, "what")));
        }
        match told["next_cursor"].as_str() {
            Some(cursor) => path = format!("/v1/audit/verify?cursor={cursor}"),
            None => return None,
        }
    }
}

/// Takes away what guards the log within the database, as whoever has the database can.
async fn unguard(app: &App) {
    for trigger in ["audit_kept", "audit_unchanged", "audit_seals_kept", "audit_seals_unchanged"] {
        app.sql(&format!("DROP TRIGGER {trigger}")).await;
    }
}

#[tokio::test]
async fn the_database_itself_refuses_to_change_the_log() {
    let (app, _) = sealed(3).await;
    for sql in [
        "DELETE FROM audit",
        "UPDATE audit SET after = NULL",
        "DELETE FROM audit_seals",
        "UPDATE audit_seals SET hashes = ''",
    ] {
        let refused = app.try_sql(sql).await.unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{sql}: {refused}");
    }
}

#[tokio::test]
async fn whoever_tampers_with_a_sealed_log_is_found_out() {
    let hashes = "(SELECT substr(hashes, 1, 43 * 5) FROM audit_seals)";
    let forged = "UPDATE audit_heads SET count = 5, sealed = 5, \
        hash = (SELECT substr(hashes, 43 * 4 + 1, 43) FROM audit_seals)"
        .to_owned();
    let ways: Vec<(Vec<String>, (i64, &str))> = vec![
        (vec!["UPDATE audit SET after = json_set(after, '$.role', 'admin') WHERE seq = 4".into()], (4, "edited")),
        (vec!["UPDATE audit SET actor_name = 'somebody else' WHERE seq = 1".into()], (1, "edited")),
        (vec!["UPDATE audit SET at = at + 1 WHERE seq = 8".into()], (8, "edited")),
        (vec!["DELETE FROM audit WHERE seq = 4".into()], (4, "missing")),
        (vec!["DELETE FROM audit WHERE seq = 1".into()], (1, "missing")),
        // a hole that is closed again
        (
            vec![
                "DELETE FROM audit WHERE seq = 4".into(),
                "UPDATE audit SET seq = -seq WHERE seq > 4".into(),
                "UPDATE audit SET seq = -seq - 1 WHERE seq < 0".into(),
                "UPDATE audit_heads SET count = 7".into(),
            ],
            (4, "edited"),
        ),
        // the end is cut off, …
        (vec!["DELETE FROM audit WHERE seq > 5".into()], (6, "missing")),
        // … and the count with it, …
        (vec!["DELETE FROM audit WHERE seq > 5".into(), "UPDATE audit_heads SET count = 5".into()], (6, "missing")),
        // … and the seals, the head made to look as it might have then
        (
            vec![
                "DELETE FROM audit WHERE seq > 5".into(),
                format!("UPDATE audit_seals SET last = 5, hashes = {hashes}"),
                forged,
            ],
            (6, "unsealed"),
        ),
        // all of it made to look as if it had never been sealed
        (
            vec![
                "DELETE FROM audit WHERE seq > 5".into(),
                "DELETE FROM audit_seals".into(),
                "UPDATE audit_heads SET count = 5, sealed = 0, hash = ''".into(),
            ],
            (1, "unsealed"),
        ),
        (vec!["DELETE FROM audit_seals".into()], (1, "unsealed")),
        (
            vec![
                "UPDATE audit_seals SET hashes = replace(hashes, substr(hashes, 1, 43), substr(hashes, 44, 43))".into(),
            ],
            (1, "edited"),
        ),
        (
            vec![
                "INSERT INTO audit (organization, seq, at, request_id, operation, actor_kind, target_kind) \
                  SELECT organization, 9, 0, '', '', '', '' FROM audit_heads"
                    .into(),
                "UPDATE audit_heads SET count = 8".into(),
            ],
            (9, "added"),
        ),
    ];
    for (way, wanted) in ways {
        let (app, organization) = sealed(8).await;
        assert_eq!(fault(&app, &organization).await, None);
        unguard(&app).await;
        for sql in &way {
            app.sql(sql).await;
        }
        assert_eq!(fault(&app, &organization).await, Some((wanted.0, wanted.1.to_owned())), "{way:?}");
        if wanted.1 == "added" {
            // its place is taken, and so nothing can be changed
            continue;
        }
        // what comes afterwards makes nothing of it good
        add(&app, &organization, 100..103).await;
        seal(&app).await;
        let fault = fault(&app, &organization).await;
        assert!(fault.is_some(), "{way:?}");
    }
}

#[tokio::test]
async fn whoever_makes_all_that_follows_fit_cannot_prove_it() {
    let (app, organization) = sealed(8).await;
    // the same log but for its end, by somebody who has not the pepper: hashes need none
    let forger = App::new().under("a guess", None);
    let theirs = forger.organization("acme", json!({})).await;
    add(&forger, &theirs, 1..5).await;
    add(&forger, &theirs, 50..53).await;
    seal(&forger).await;
    let quoted = |columns: &[&str]| {
        columns.iter().map(|column| format!("quote({column})")).collect::<Vec<_>>().join(" || ',' || ")
    };
    let entries = [
        "id",
        "organization",
        "seq",
        "at",
        "request_id",
        "operation",
        "actor_kind",
        "actor_id",
        "actor_name",
        "address",
    ];
    let entries = quoted(&[&entries[..], &["agent", "target_kind", "target_id", "before", "after"]].concat());
    let seals = quoted(&["organization", "first", "last", "hashes"]);
    unguard(&app).await;
    for sql in ["DROP TRIGGER audit_counted", "DELETE FROM audit", "DELETE FROM audit_seals"] {
        app.sql(sql).await;
    }
    for (table, columns) in [("audit", entries), ("audit_seals", seals)] {
        for values in forger.sql(&format!("SELECT {columns} AS it FROM {table}")).await {
            app.sql(&format!("INSERT INTO {table} VALUES ({values})")).await;
        }
    }
    assert_eq!(fault(&app, &organization).await, Some((9, "unsealed".to_owned())));
    // with the hash at the end, too, the proof is still another's
    let hash = forger.sql("SELECT quote(hash) AS hash FROM audit_heads").await.join("");
    app.sql(&format!("UPDATE audit_heads SET hash = {hash}")).await;
    assert_eq!(fault(&app, &organization).await, Some((9, "unsealed".to_owned())));
    let proof = forger.sql("SELECT quote(proof) AS proof FROM audit_heads").await.join("");
    app.sql(&format!("UPDATE audit_heads SET proof = {proof}")).await;
    assert_eq!(fault(&app, &organization).await, Some((9, "unsealed".to_owned())));
}

#[tokio::test]
async fn what_is_not_sealed_yet_can_be_edited_and_not_removed() {
    let (app, organization) = sealed(4).await;
    add(&app, &organization, 10..16).await;
    unguard(&app).await;
    app.sql("UPDATE audit SET actor_name = 'somebody else' WHERE seq = 6").await;
    assert_eq!(fault(&app, &organization).await, None, "nobody can tell");
    add(&app, &organization, 20..23).await;
    app.sql("DELETE FROM audit WHERE seq = 12").await;
    assert_eq!(fault(&app, &organization).await, Some((12, "missing".to_owned())));
    seal(&app).await;
    assert_eq!(fault(&app, &organization).await, Some((12, "missing".to_owned())));
    let told = app.ask("GET", "/v1/audit/verify", &organization.key, Value::Null).await;
    assert_eq!((&told["entries"], &told["sealed"]), (&json!(13), &json!(13)), "a hole holds nothing up");
}

#[tokio::test]
async fn a_long_log_is_sealed_by_many_at_once_and_verified_in_parts() {
    let (app, organization) = sealed(1).await;
    add(&app, &organization, 1..2400).await;
    let directories: Vec<_> = (0..8).map(|_| app.directory.clone()).collect();
    let sealing = directories.iter().map(|directory| async move { tessera_api::tidy(directory).await.unwrap() });
    futures_util::future::join_all(sealing).await;
    let seals =
        app.sql("SELECT json_array(first, last, length(hashes) / 43) AS it FROM audit_seals ORDER BY last").await;
    assert_eq!(seals, ["[1,1,1]", "[2,1001,1000]", "[1002,2001,1000]", "[2002,2400,399]"]);
    assert_eq!(fault(&app, &organization).await, None);
    // from anywhere
    for after in [1, 999, 1000, 1001, 2399] {
        let cursor = tessera_directory::page::cursor(after);
        let told = app.ask("GET", &format!("/v1/audit/verify?cursor={cursor}"), &organization.key, Value::Null).await;
        assert_eq!((&told["valid"], &told["verified"]), (&json!(true), &json!((after + 1000).min(2400))));
    }
    unguard(&app).await;
    app.sql("UPDATE audit SET agent = 'x' WHERE seq = 2100").await;
    assert_eq!(fault(&app, &organization).await, Some((2100, "edited".to_owned())));
}

#[tokio::test]
async fn the_log_outlives_its_organization() {
    let (app, organization) = sealed(3).await;
    app.ask("DELETE", &organization.path(""), ROOT, Value::Null).await;
    let path = format!("/v1/audit?organization={}", organization.id);
    let told = app.ask("GET", &path, ROOT, Value::Null).await;
    let entries = told["data"].as_array().unwrap();
    let last = entries.last().unwrap();
    assert_eq!(
        (entries.len(), &last["operation"], &last["after"]),
        (4, &json!("native.delete_organization"), &Value::Null)
    );
    assert_eq!((&last["before"]["name"], &last["actor"]["kind"]), (&json!("acme"), &json!("root")));
    let path = format!("/v1/audit/verify?organization={}", organization.id);
    assert_eq!(app.ask("GET", &path, ROOT, Value::Null).await["valid"], json!(true));
    // beside those of others, in the order in which all were written
    app.organization("globex", json!({})).await;
    let told = app.ask("GET", "/v1/audit?limit=4", ROOT, Value::Null).await;
    let path = format!("/v1/audit?cursor={}", text(&told, "next_cursor"));
    let told = app.ask("GET", &path, ROOT, Value::Null).await;
    assert_eq!((told["data"].as_array().unwrap().len(), &told["data"][0]["after"]["name"]), (1, &json!("globex")));
}

/// Makes a call of the native dialect under an idempotency key, and gives its status, whether it is an earlier one's, and its
/// body.
async fn keyed(app: &App, path: &str, bearer: &str, key: &str, body: &Value) -> (u16, bool, Value) {
    let request = Request::builder().method("POST").uri(path).header("idempotency-key", key);
    let request = request.header(header::AUTHORIZATION, format!("Bearer {bearer}")).body(Body::from(body.to_string()));
    let response = app.answer(request.unwrap()).await;
    let (status, is_replayed) = (response.status().as_u16(), response.headers().contains_key("idempotency-replayed"));
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, is_replayed, serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn an_answer_is_kept_for_a_day() {
    const DAY: i64 = 24 * 60 * 60 * 1000;
    let app = App::new();
    let organization = app.organization("acme", json!({})).await;
    let (path, body) = (organization.path("/keys"), json!({"name": "ci", "scopes": ["users:read"]}));
    let (status, is_replayed, first) = keyed(&app, &path, &organization.key, "one", &body).await;
    assert_eq!((status, is_replayed), (201, false));
    app.pass(DAY - 1);
    tessera_api::tidy(&app.directory).await.unwrap();
    assert_eq!(keyed(&app, &path, &organization.key, "one", &body).await, (201, true, first.clone()));
    app.pass(1);
    let (status, is_replayed, second) = keyed(&app, &path, &organization.key, "one", &body).await;
    assert_eq!((status, is_replayed), (201, false), "its time is over, though nobody swept it away");
    assert_ne!(second["secret"], first["secret"]);
    app.pass(DAY);
    tessera_api::tidy(&app.directory).await.unwrap();
    assert!(app.sql("SELECT digest FROM idempotency_keys").await.is_empty());
}

#[tokio::test]
async fn what_is_kept_of_an_answer_is_sealed() {
    let app = App::new();
    let body = json!({"name": "acme", "admin": {"email": "admin@acme.test", "password": "Some-Admin-2026"}});
    let (_, _, made) = keyed(&app, "/v1/organizations", ROOT, "a-key-of-a-client", &body).await;
    let stored =
        app.sql("SELECT json_array(digest, request, answer, expires_at) AS it FROM idempotency_keys").await.join("");
    assert!(stored.len() > 500, "the answer is there");
    for secret in [&text(&made, "api_key"), "a-key-of-a-client", "Some-Admin-2026", "acme"] {
        assert!(!stored.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn a_key_whose_answer_was_never_kept_stays_taken() {
    let app = App::new();
    let organization = app.organization("acme", json!({})).await;
    let (path, body) = (organization.path("/users"), json!({"email": "a@acme.test"}));
    keyed(&app, &path, &organization.key, "one", &body).await;
    // as it is between the change and its answer
    app.sql("UPDATE idempotency_keys SET answer = NULL").await;
    let (status, _, told) = keyed(&app, &path, &organization.key, "one", &body).await;
    assert_eq!((status, &told["type"]), (409, &json!("urn:tessera:problem:idempotency-unfinished")));
    assert_eq!(app.sql("SELECT CAST(COUNT(*) AS TEXT) AS n FROM users WHERE email LIKE 'a@%'").await, ["1"]);
}

#[tokio::test]
async fn a_log_outlives_its_organization_for_90_days() {
    const DAY: i64 = 24 * 60 * 60 * 1000;
    let app = App::new();
    let (gone, stays) =
        (app.organization("gone", json!({})).await, app.organization("stays", json!({"seats": 5})).await);
    add(&app, &gone, 1..3).await;
    app.pass(200 * DAY);
    app.ask("DELETE", &gone.path(""), ROOT, Value::Null).await;
    app.pass(90 * DAY - 1);
    seal(&app).await;
    let log = format!("/v1/audit?organization={}", gone.id);
    assert_eq!(app.ask("GET", &log, ROOT, Value::Null).await["data"].as_array().unwrap().len(), 4);
    app.pass(1);
    seal(&app).await;
    assert!(app.ask("GET", &log, ROOT, Value::Null).await["data"].as_array().unwrap().is_empty());
    for table in ["audit", "audit_heads", "audit_seals"] {
        let left = app.sql(&format!("SELECT DISTINCT organization FROM {table}")).await;
        assert_eq!(left, [stays.id.as_str()], "{table}");
    }
}

#[tokio::test]
async fn the_log_of_an_organization_that_was_put_back_goes_on() {
    const DAY: i64 = 24 * 60 * 60 * 1000;
    let app = App::new();
    let (back, gone) = (app.organization("back", json!({})).await, app.organization("gone", json!({})).await);
    let stays = app.organization("stays", json!({})).await;
    app.sql(&format!("CREATE TABLE kept AS SELECT * FROM organizations WHERE id = '{}'", back.id)).await;
    for deleted in [&back, &gone] {
        app.ask("DELETE", &deleted.path(""), ROOT, Value::Null).await;
    }
    app.sql("INSERT INTO organizations SELECT * FROM kept").await;
    app.pass(91 * DAY);
    add(&app, &stays, 1..3).await;
    seal(&app).await;
    let mut logs = [back.id.as_str(), stays.id.as_str()];
    logs.sort_unstable();
    assert_eq!(app.sql("SELECT organization FROM audit_heads WHERE sealed = count ORDER BY organization").await, logs);
    // and it goes on where it was
    app.ask("PATCH", &back.path(""), ROOT, json!({"name": "Back"})).await;
    let log = app.ask("GET", &format!("/v1/audit?organization={}", back.id), ROOT, Value::Null).await;
    assert_eq!(log["data"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn of_deleted_organizations_so_many_logs_stay() {
    let app = App::new();
    let stays = app.organization("stays", json!({})).await;
    let mut gone = Vec::new();
    for number in 0..120 {
        let organization = app.organization(&format!("gone-{number}"), json!({})).await;
        app.pass(1);
        app.ask("DELETE", &organization.path(""), ROOT, Value::Null).await;
        gone.push(organization.id);
    }
    seal(&app).await;
    let logs = "SELECT organization FROM audit_heads ORDER BY ended_at";
    assert_eq!(app.sql(logs).await.len(), 121);
    tessera_api::tidy(&app.directory.clone().keeping_ended_logs(7)).await.unwrap();
    let mut kept = vec![stays.id];
    kept.extend_from_slice(&gone[113..]);
    assert_eq!(app.sql(logs).await, kept);
}
