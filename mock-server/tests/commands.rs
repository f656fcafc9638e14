//! `mock-server test`, `record` and `replay`, as a shell and a client see them.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use reqwest::Client;
use serde_json::{Value, json};
use tessera_directory::demo;
use tessera_mock::{Server, Settings};

const ACME: &str = "00000000-0000-4000-8000-000000000001";

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mock-server"));
    command.args(arguments).env_remove("TESSERA_ROOT_KEY").env_remove("TESSERA_PEPPER");
    command
}

fn vectors(vendor: &str) -> String {
    format!("{}/../tests/contract/vectors/{vendor}.vectors.json", env!("CARGO_MANIFEST_DIR"))
}

fn written(folder: &Path, name: &str, document: &Value) -> String {
    let file = folder.join(name);
    fs::write(&file, document.to_string()).unwrap();
    file.to_str().unwrap().to_owned()
}

/// What a program printed, and its exit status.
fn ran(arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = program(arguments).output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// A program that listens, until it is told to stop; dropped before, it is killed.
struct Running {
    child: Child,
    output: BufReader<ChildStdout>,
    url: String,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let mut child = program(arguments).args(["--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let url = line.trim_end().strip_prefix("listening on ").unwrap().to_owned();
        Self { child, output, url }
    }

    /// What it printed further, once Ctrl-C has ended it well.
    fn interrupted(mut self) -> String {
        let sent = Command::new("kill").args(["-s", "INT", &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
        let mut printed = String::new();
        self.output.read_to_string(&mut printed).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        printed
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_committed_vectors_pass() {
    let (status, told, complaint) = ran(&["test", &vectors("ricloud"), &vectors("native"), "--filter", "organisation"]);
    assert_eq!((status, complaint.as_str()), (Some(0), ""), "{told}");
    let (count, rest) = told.split_once(' ').unwrap();
    assert!(count.parse::<u32>().unwrap() > 0);
    assert_eq!(rest, format!("cases: {count} passed, 0 failed\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_vector_fails_and_the_report_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let step = |email: &str| {
        let request = json!({"method": "POST", "path": "/v1/organizations/{{org_id}}/users",
            "headers": {"authorization": "Bearer {{api_key}}"}, "json": {"email": "ada@acme.test"}});
        json!({"request": request, "expect": {"status": 201, "json": {"$subset": true, "email": email}}})
    };
    let case = |name: &str, email: &str| json!({"name": name, "source": "this test", "steps": [step(email)]});
    let cases = [case("right", "ada@acme.test"), case("wrong", "bo@acme.test")];
    let file = written(folder.path(), "x.vectors.json", &json!({"vendor": "mine", "cases": cases}));

    let server = Server::start(Settings { root_key: "mine".to_owned(), ..Settings::default() }).await.unwrap();
    let at = ["test", &file, "--base", &server.url(), "--root-key", "mine"];
    let (status, told, complaint) = tokio::task::block_in_place(|| ran(&at));
    assert_eq!((status, complaint.as_str()), (Some(1), ""), "{told}");
    let lines: Vec<&str> = told.lines().collect();
    assert!(lines[0].starts_with("FAIL mine::wrong: step 1: POST /v1/organizations/"), "{told}");
    assert_eq!(lines[1], "  body.email: is \"ada@acme.test\", not \"bo@acme.test\"");
    assert!(lines[2].starts_with("  answer:   201 ") && lines[3].starts_with("  expected: {\"status\":201"), "{told}");
    assert_eq!(lines[4..], ["  source:   this test", "2 cases: 1 passed, 1 failed"]);

    let (status, told, _) =
        tokio::task::block_in_place(|| ran(&[&at[..], &["--filter", "::right", "--json"]].concat()));
    let report: Value = serde_json::from_slice(told.as_bytes()).unwrap();
    let case = json!({"name": "mine::right", "source": "this test", "failure": null});
    assert_eq!((status, report), (Some(0), json!({"passed": 1, "failed": 0, "cases": [case]})));
}

#[test]
fn what_cannot_be_run_is_said_in_one_line() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let base = format!("http://{closed}");
    let file = vectors("ricloud");
    for (arguments, complaint) in [
        (vec!["test", &file, "--base", &base], format!("mock-server: nothing answers at {base}/: Connection refused")),
        (vec!["test", "no/such.json"], "mock-server: no/such.json: No such file".to_owned()),
        (vec!["test", &file, "--filter", "nowhere"], "mock-server: no case has \"nowhere\" in its name".to_owned()),
    ] {
        let (status, told, complaints) = ran(&arguments);
        assert_eq!((status, told.as_str(), complaints.lines().count()), (Some(2), "", 1), "{complaints}");
        assert!(complaints.starts_with(&complaint), "{complaints}");
    }
}

/// A call, and its answer.
async fn call(base: &str, [method, path, authorization, media_type, body]: [&str; 5]) -> (u16, String, String) {
    let request = Client::new().request(method.parse().unwrap(), format!("{base}{path}")).body(body.to_owned());
    let request = request.header("authorization", authorization).header("content-type", media_type);
    let answer = request.send().await.unwrap();
    let media_type = answer.headers().get("content-type").map(|value| value.to_str().unwrap().to_owned());
    (answer.status().as_u16(), media_type.unwrap_or_default(), answer.text().await.unwrap())
}

fn member(body: &str, pointer: &str) -> String {
    let body: Value = serde_json::from_slice(body.as_bytes()).unwrap();
    body.pointer(pointer).unwrap().as_str().unwrap().to_owned()
}

/// The file of a recording, and where it is.
fn recording(folder: &Path) -> (PathBuf, String) {
    let file = folder.join("recorded.json");
    (file.clone(), file.to_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_recorded_is_answered_again_and_holds_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let (file, out) = recording(folder.path());
    let real = Server::start(Settings::default()).await.unwrap();
    let recorder = Running::start(&["record", "--to", &real.url(), "--out", &out]);

    let demo = demo::json();
    let [email, password, key] =
        ["admin_email", "admin_password", "api_key"].map(|name| demo["organizations"][0][name].as_str().unwrap());
    let (form, json) = ("application/x-www-form-urlencoded", "application/json");

    // ricloud's calls, with the same one answered in two ways
    let token = format!("Token {key}");
    let config =
        r#"{"url": "gs://results", "credentials": {"type": "service_account", "private_key": "the-private-key"}}"#;
    let calls = [
        ["GET", "/organisation", "Token nobody", "", ""],
        ["GET", "/organisation", &token, "", ""],
        ["POST", "/organisation", &token, json, r#"{"name": "First"}"#],
        ["POST", "/organisation", &token, json, r#"{"name": "Second"}"#],
        ["GET", "/organisation", &token, "", ""],
        ["POST", "/configs/storage", &token, json, config],
    ];
    let mut answers = Vec::new();
    for one in calls {
        answers.push(call(&recorder.url, one).await);
    }
    assert_eq!(answers.iter().map(|answer| answer.0).collect::<Vec<_>>(), [401, 200, 200, 200, 200, 201]);

    // Anaconda's: a password for a token, a token for a service account, its secret for another token
    let sign_in = format!("grant_type=password&username={email}&password={password}");
    let signed_in = call(&recorder.url, ["POST", "/api/auth/oauth2/token", "", form, &sign_in]).await;
    let admin_token = member(&signed_in.2, "/access_token");
    let accounts = format!("/organizations/{ACME}/service-accounts");
    let bearer = format!("Bearer {admin_token}");
    let made = call(&recorder.url, ["POST", &accounts, &bearer, json, r#"{"name": "ci"}"#]).await;
    let (client_id, client_secret) = (member(&made.2, "/client_id"), member(&made.2, "/client_secret"));
    let grant = format!("grant_type=client_credentials&client_id={client_id}&client_secret={client_secret}");
    let granted = call(&recorder.url, ["POST", "/api/iam/token", "", form, &grant]).await;
    let account_token = member(&granted.2, "/access_token");
    let listed = call(&recorder.url, ["GET", &accounts, &bearer, "", ""]).await;
    let refused = call(&recorder.url, ["GET", &accounts, &format!("Bearer {account_token}"), "", ""]).await;
    assert_eq!((listed.0, refused.0), (200, 403));

    assert!(recorder.interrupted().ends_with(&format!("recorded 11 requests in {out}\n")));
    let text = fs::read_to_string(&file).unwrap();
    for secret in [key, password, "nobody", &admin_token, &client_secret, &account_token, "the-private-key"] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left behind");

    let replay = Running::start(&["replay", &out]);
    for (one, answer) in calls.into_iter().zip(&answers) {
        assert_eq!(call(&replay.url, one).await, *answer, "{one:?}");
    }
    // any secret does, and the one that is answered is none
    let other = sign_in.replace(password, "another");
    let again = call(&replay.url, ["POST", "/api/auth/oauth2/token", "", form, &other]).await;
    assert_eq!((again.0, member(&again.2, "/access_token").as_str()), (200, "[redacted]"));
    let somebody = sign_in.replace(email, "somebody@acme.test");
    assert_eq!(call(&replay.url, ["POST", "/api/auth/oauth2/token", "", form, &somebody]).await.0, 404);
    assert_eq!(call(&replay.url, ["GET", &accounts, "Bearer [redacted]", "", ""]).await, listed);
    assert_eq!(call(&replay.url, ["GET", &accounts, "Bearer [redacted]", "", ""]).await, refused, "the second answer");
    // nothing else is there
    let users = ["GET", &format!("/organizations/{ACME}/users"), &format!("Bearer {key}"), "", ""];
    let (status, media_type, problem) = call(&replay.url, users).await;
    assert_eq!((status, media_type.as_str()), (404, "application/problem+json"));
    assert!(problem.contains("No stub is for GET /organizations/"), "{problem}");
    drop(replay);

    let replay = Running::start(&["replay", &out, "--with-api"]);
    assert_eq!(call(&replay.url, users).await.0, 200);
    assert_eq!(call(&replay.url, calls[2]).await, answers[2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_does_not_answer_is_a_bad_gateway() {
    let folder = tempfile::tempdir().unwrap();
    let (file, out) = recording(folder.path());
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let recorder = Running::start(&["record", "--to", &format!("http://{closed}/base"), "--out", &out]);
    let (status, media_type, problem) = call(&recorder.url, ["GET", "/users", "", "", ""]).await;
    assert_eq!((status, media_type.as_str()), (502, "application/problem+json"));
    assert!(problem.contains(&format!("http://{closed}/base gives no answer: Connection refused")), "{problem}");

    let long = "x".repeat(8 * 1024 * 1024 + 1);
    assert_eq!(call(&recorder.url, ["POST", "/users", "", "text/plain", &long]).await.0, 413);
    assert!(recorder.interrupted().ends_with(&format!("recorded 0 requests in {out}\n")));
    let document: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    assert_eq!(document, json!({"mappings": []}));
}

/// A server that speaks TLS, and the file of the authority that vouches for it.
fn secure(folder: &Path) -> (Running, String) {
    let ca = folder.join("ca.pem").to_str().unwrap().to_owned();
    (Running::start(&[&format!("--tls-self-signed={ca}")]), ca)
}

#[test]
fn vectors_are_run_over_https() {
    let folder = tempfile::tempdir().unwrap();
    let (server, ca) = secure(folder.path());
    let port = server.url.rsplit(':').next().unwrap();
    for base in [server.url.clone(), format!("https://localhost:{port}")] {
        let arguments = ["test", &vectors("native"), "--filter", "outbox", "--base", &base, "--ca", &ca];
        let (status, told, complaints) = ran(&arguments);
        assert_eq!((status, complaints.as_str()), (Some(0), ""), "{base}: {told}");
    }
    let (status, told, complaints) = ran(&["test", &vectors("native"), "--base", &server.url]);
    assert_eq!((status, told.as_str(), complaints.lines().count()), (Some(2), "", 1), "{complaints}");
    assert!(complaints.starts_with(&format!("mock-server: nothing answers at {}/: ", server.url)), "{complaints}");
    assert!(complaints.contains("invalid peer certificate: UnknownIssuer"), "{complaints}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_over_https_is_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let (server, ca) = secure(folder.path());
    let (_, out) = recording(folder.path());
    let organisation = ["GET", "/organisation", "Token nobody", "", ""];
    let recorder = Running::start(&["record", "--to", &server.url, "--out", &out, "--ca", &ca]);
    let (status, _, answer) = call(&recorder.url, organisation).await;
    assert_eq!((status, member(&answer, "/error").as_str()), (401, "unauthorized"));
    assert!(recorder.interrupted().ends_with(&format!("recorded 1 requests in {out}\n")));

    let distrustful = Running::start(&["record", "--to", &server.url, "--out", &out]);
    let (status, _, problem) = call(&distrustful.url, organisation).await;
    assert_eq!(status, 502);
    assert!(problem.contains("invalid peer certificate: UnknownIssuer"), "{problem}");
}

#[test]
fn a_recording_that_cannot_begin_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let (_, out) = recording(folder.path());
    let nowhere = folder.path().join("no/such/folder.json");
    let nowhere = nowhere.to_str().unwrap();
    for (arguments, complaint) in [
        (
            ["record", "--to", "ftp://a.test", "--out", &out],
            "cannot record ftp://a.test/: it must be an http".to_owned(),
        ),
        (["record", "--to", "http://a:b@a.test", "--out", &out], "cannot record http://a".to_owned()),
        (["record", "--to", "http://a.test", "--out", nowhere], format!("cannot write {nowhere}: ")),
    ] {
        let (status, _, complaints) = ran(&[&arguments[..], &["--listen", "127.0.0.1:0"]].concat());
        assert_eq!((status, complaints.lines().count()), (Some(1), 1), "{complaints}");
        assert!(complaints.starts_with(&format!("mock-server: {complaint}")), "{complaints}");
    }
    let broken = written(folder.path(), "broken.json", &json!({"mappings": [{"request": {"urlTemplate": "/"}}]}));
    for (file, complaint) in [(broken.as_str(), "/mappings/0/request"), (nowhere, "No such file")] {
        let (status, _, complaints) = ran(&["replay", file, "--listen", "127.0.0.1:0"]);
        assert_eq!(status, Some(1), "{complaints}");
        assert!(complaints.starts_with(&format!("mock-server: cannot replay {file}: ")), "{complaints}");
        assert!(complaints.contains(complaint), "{complaints}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_are_held_to_what_the_command_line_says() {
    for wrong in ["key=0/60s", "key=600", "keys=600/60s", "sign-in=0", "address"] {
        let (status, told, complaint) = tokio::task::block_in_place(|| ran(&["--limit", wrong]));
        assert_eq!((status, told.as_str()), (Some(2), ""), "{wrong}");
        assert!(complaint.contains(wrong), "{complaint}");
    }
    let limits = ["--limit", "key=2/60s", "--limit", "address=9/60s", "--limit", "sign-in=1"];
    let server = tokio::task::block_in_place(|| Running::start(&limits));
    let called = async |credential: &str| {
        let request = Client::new().get(format!("{}/v1/caller", server.url)).bearer_auth(credential);
        request.send().await.unwrap().status().as_u16()
    };
    let mut told = Vec::new();
    for _ in 0..3 {
        told.push(called("tsr_key_DemoAcmeKeyForLocalTestingOnly0gIwS3").await);
    }
    for _ in 0..7 {
        told.push(called(demo::ROOT_KEY).await);
    }
    assert_eq!(told, [200, 200, 429, 200, 200, 200, 200, 200, 200, 429]);
}
