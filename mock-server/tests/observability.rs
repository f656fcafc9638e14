//! What the program tells of itself: its log, its metrics, its probes, `Server-Timing`.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use reqwest::{Client, Method, Response};
use serde_json::{Value, json};
use tessera_directory::demo;
use tessera_mock::{Server, Settings};

const ACME: &str = "/v1/organizations/00000000-0000-4000-8000-000000000001";
const KEY: &str = "tsr_key_DemoAcmeKeyForLocalTestingOnly0gIwS3";

/// A program that serves; killed when it is dropped.
struct Program {
    child: Child,
    url: String,
    client: Client,
}

impl Program {
    fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mock-server"));
        command.args(["--listen", "127.0.0.1:0"]).args(arguments).stdout(Stdio::piped());
        for name in ["TESSERA_LISTEN", "TESSERA_LOG", "TESSERA_LOG_FORMAT", "TESSERA_LOG_FILE"] {
            command.env_remove(name);
        }
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim_end().strip_prefix("listening on ").unwrap().to_owned();
        Self { child, url, client: Client::new() }
    }

    /// Calls with Acme's key.
    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Response {
        let request = self.client.request(method, format!("{}{path}", self.url)).bearer_auth(KEY);
        let request = request.header("x-request-id", "call-1");
        match body {
            Some(body) => request.json(&body),
            None => request,
        }
        .send()
        .await
        .unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The log's lines of requests.
fn requests(file: &Path) -> Vec<Value> {
    let text = fs::read_to_string(file).unwrap();
    let lines = text.lines().map(|line| serde_json::from_slice(line.as_bytes()).unwrap());
    lines.filter(|line: &Value| line["message"] == "request").collect()
}

#[tokio::test]
async fn a_request_has_one_line_and_no_address_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log.jsonl");
    let arguments = ["--log", "info", "--log-format", "json", "--log-file", file.to_str().unwrap()];
    let program = Program::start(&arguments);
    let users = format!("{ACME}/users");
    assert_eq!(program.call(Method::POST, &users, Some(json!({"email": "ada@acme.test"}))).await.status(), 201);
    assert_eq!(program.call(Method::POST, &users, Some(json!({"email": "ada@acme.test"}))).await.status(), 409);
    let by_address = "/api/v1.0/onpremise/users/ada@acme.test?of=ada@acme.test";
    assert_eq!(program.client.get(format!("{}{by_address}", program.url)).send().await.unwrap().status(), 401);
    assert_eq!(program.call(Method::GET, "/ada@acme.test", None).await.status(), 404);
    let slow =
        program.client.get(format!("{}{users}", program.url)).bearer_auth(KEY).header("tessera-fault", "conflict");
    assert_eq!(slow.send().await.unwrap().status(), 409);
    program.client.get(format!("{}/healthz", program.url)).send().await.unwrap();
    let audit: Value =
        program.call(Method::GET, "/v1/audit?operation=native.create_user", None).await.json().await.unwrap();
    assert_eq!(audit["data"][0]["request_id"], "call-1");

    let text = fs::read_to_string(&file).unwrap();
    assert!(!text.contains('@') && !text.contains("tsr_"), "{text}");
    let lines = requests(&file);
    assert_eq!(lines.len(), 6, "{text}");
    let [made, taken, stranger, nowhere, faulty, _] = &lines[..] else { panic!("{text}") };
    for (member, expected) in [
        ("level", json!("INFO")),
        ("request_id", json!("call-1")),
        ("dialect", json!("native")),
        ("operation", json!("create_user")),
        ("route", json!("/v1/organizations/{organization_id}/users")),
        ("method", json!("POST")),
        ("status", json!(201)),
        ("rule", Value::Null),
    ] {
        assert_eq!(made[member], expected, "{member}: {made}");
    }
    assert!((1..=3).contains(&made["batches"].as_u64().unwrap()), "{made}");
    let [duration, database] = ["duration_ms", "database_ms"].map(|member| made[member].as_f64().unwrap());
    assert!(duration >= database && database > 0.0, "{made}");
    assert!(made["timestamp"].as_str().unwrap().ends_with('Z'));
    assert_eq!((&taken["status"], &taken["rule"]), (&json!(409), &json!("Domain.Conflict.EmailTaken")));
    assert_eq!((&stranger["dialect"], &stranger["rule"]), (&json!("appoptima"), &json!("Refused.Unauthenticated")));
    assert_eq!(stranger["request_id"].as_str().unwrap().len(), 36, "one of its own: {stranger}");
    assert_eq!((&nowhere["status"], nowhere.get("operation")), (&json!(404), None));
    assert_eq!(faulty["fault"], "conflict");
}

/// What a change gets of a seeded randomness, with the clock standing still.
async fn seeded(arguments: &[&str]) -> Vec<String> {
    let program = Program::start(&[&["--random-seed", "7"], arguments].concat());
    let clock = json!({"now": "2030-01-01T00:00:00Z", "frozen": true});
    assert_eq!(
        program.client.put(format!("{}/__admin/clock", program.url)).json(&clock).send().await.unwrap().status(),
        200
    );
    let mut answers = Vec::new();
    for (method, path, body) in [
        (Method::POST, format!("{ACME}/users"), Some(json!({"email": "ada@acme.test"}))),
        (Method::GET, format!("{ACME}/users"), None),
        (Method::POST, format!("{ACME}/keys"), Some(json!({"name": "k", "scopes": ["users:read"]}))),
        (Method::GET, "/v1/audit".to_owned(), None),
    ] {
        let request = program.client.request(method, format!("{}{path}", program.url)).bearer_auth(KEY);
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        answers.push(request.send().await.unwrap().text().await.unwrap());
    }
    answers
}

#[tokio::test]
async fn the_log_takes_nothing_of_a_seeded_randomness() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log.jsonl");
    let with = seeded(&["--log", "debug", "--log-format", "json", "--log-file", file.to_str().unwrap()]).await;
    assert_eq!(with, seeded(&[]).await);
    let audit: Value = serde_json::from_slice(with[3].as_bytes()).unwrap();
    let ids: Vec<&Value> = audit["data"].as_array().unwrap().iter().map(|entry| &entry["request_id"]).collect();
    let lines = requests(&file);
    assert_eq!(ids, [&lines[0]["request_id"], &lines[2]["request_id"]], "the ids on record are those in the log");
}

#[tokio::test]
async fn what_fails_inside_is_logged_with_the_id_of_the_request() {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (folder.path().join("data.sqlite"), folder.path().join("log.jsonl"));
    let (data, log) = (data.to_str().unwrap(), file.to_str().unwrap());
    let program = Program::start(&["--data", data, "--log", "info", "--log-format", "json", "--log-file", log]);
    let broken = rusqlite::Connection::open(data).unwrap();
    broken.execute_batch("ALTER TABLE users RENAME TO lost").unwrap();
    assert_eq!(program.call(Method::GET, &format!("{ACME}/users"), None).await.status(), 500);
    let text = fs::read_to_string(&file).unwrap();
    let line = text.lines().find(|line| line.contains(r#""level":"ERROR""#)).unwrap();
    let line: Value = serde_json::from_slice(line.as_bytes()).unwrap();
    assert_eq!(line["span"]["request_id"], "call-1", "{line}");
    assert_eq!(requests(&file)[0]["rule"], "Domain.Internal");
}

#[tokio::test]
async fn it_is_ready_while_the_store_has_its_schema() {
    let folder = tempfile::tempdir().unwrap();
    let (data, log) = (folder.path().join("data.sqlite"), folder.path().join("log"));
    let program = Program::start(&["--data", data.to_str().unwrap(), "--log-file", log.to_str().unwrap()]);
    let probe = async |path: &str| {
        let response = program.client.get(format!("{}{path}", program.url)).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    let (ok, unavailable) = (r#"{"status":"ok"}"#.to_owned(), r#"{"status":"unavailable"}"#.to_owned());
    assert_eq!(probe("/readyz").await, (200, ok.clone()));

    let beside = rusqlite::Connection::open(&data).unwrap();
    beside.execute_batch("UPDATE d1_migrations SET name = 'x' || name WHERE id = 2").unwrap();
    assert_eq!(probe("/readyz").await, (503, unavailable.clone()));
    assert!(fs::read_to_string(&log).unwrap().contains("not ready: the store lacks the migration 0002_groups.sql"));
    beside.execute_batch("UPDATE d1_migrations SET name = substr(name, 2) WHERE id = 2").unwrap();
    assert_eq!(probe("/readyz").await, (200, ok.clone()));
    beside.execute_batch("DROP TABLE d1_migrations").unwrap();
    assert_eq!(probe("/readyz").await, (503, unavailable));
    assert_eq!(probe("/healthz").await, (200, ok));
    assert!(fs::read_to_string(&log).unwrap().contains("not ready: the store: no such table: d1_migrations"));

    let journal = program.client.get(format!("{}/__admin/requests", program.url)).send().await.unwrap();
    assert_eq!(journal.json::<Value>().await.unwrap()["meta"]["total"], 0);
}

#[tokio::test]
async fn answers_say_how_the_store_was_used_where_that_is_asked_for() {
    for (server_timing, journal_limit) in [(true, 100), (true, 0), (false, 100)] {
        let settings = Settings { server_timing, journal_limit, ..Settings::default() };
        let server = Server::start(settings).await.unwrap();
        let request = Client::new().get(format!("{}{ACME}", server.url())).bearer_auth(demo::ROOT_KEY);
        let response = request.send().await.unwrap();
        let timing = response.headers().get("server-timing").map(|value| value.to_str().unwrap().to_owned());
        let Some(timing) = timing else {
            assert!(!server_timing);
            continue;
        };
        let duration = timing.strip_prefix("db;desc=\"1 batch\";dur=").unwrap_or_else(|| panic!("{timing}"));
        assert!(server_timing && duration.parse::<f64>().unwrap() > 0.0, "{timing}");
    }
}

#[tokio::test]
async fn metrics_count_requests_with_and_without_a_journal() {
    for journal_limit in [100, 0] {
        let server = Server::start(Settings { journal_limit, ..Settings::default() }).await.unwrap();
        let client = Client::new();
        let get =
            async |path: &str| client.get(format!("{}{path}", server.url())).bearer_auth(KEY).send().await.unwrap();
        for path in [ACME, ACME, "/v1/organizations", "/nowhere"] {
            get(path).await;
        }
        let told = get("/__admin/metrics").await;
        let media_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
        assert_eq!(told.headers()["content-type"], media_type);
        let text = told.text().await.unwrap();
        for line in [
            r#"tessera_requests_total{dialect="native",operation="get_organization",status="2xx"} 2"#,
            r#"tessera_requests_total{dialect="native",operation="list_organizations",status="4xx"} 1"#,
            r#"tessera_requests_total{dialect="",operation="",status="4xx"} 1"#,
            r#"tessera_request_duration_seconds_count{dialect="native",operation="get_organization"} 2"#,
            r#"tessera_store_batches_total{dialect="native",operation="get_organization"} 4"#,
        ] {
            assert!(text.lines().any(|told| told == line), "{line} is not in\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }
}

#[test]
fn a_log_that_cannot_be_is_refused() {
    for (arguments, complaint) in [
        (&["--log", "loud"][..], "loud"),
        (&["--log-format", "xml"], "text or json"),
        (&["--log-file", "/nowhere/log"], "cannot log to /nowhere/log"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_mock-server")).args(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(complaint), "{said}");
    }
}
