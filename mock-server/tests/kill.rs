//! A server that is killed while it writes: what it acknowledged is there when it is started again, and nothing is
//! there by half.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod killable;

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;

use killable::Program;
use rusqlite::Connection;
use serde_json::{Value, json};
use tessera_directory::demo;

/// How many users each round has acknowledged before the kill.
const ENOUGH: usize = 250;

/// Sends a request, and gives the answer's body if all of it came and it tells of success.
fn ask(base: &str, method: &str, path: &str, scheme: &str, body: &Value) -> Option<Value> {
    let key = demo::json().pointer("/organizations/0/api_key")?.as_str()?.to_owned();
    let body = body.to_string();
    let mut client = TcpStream::connect(base.strip_prefix("http://")?).ok()?;
    client.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    let head = format!("{method} {path} HTTP/1.0\r\nAuthorization: {scheme} {key}\r\nContent-Length: {}", body.len());
    client.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).ok()?;
    let mut answer = String::new();
    client.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?;
    // what was cut off is no JSON
    if status.starts_with('2') { serde_json::from_slice(body.as_bytes()).ok() } else { None }
}

/// Makes users of a client until the server is gone, and tells each that was acknowledged.
fn make_users(base: &str, client: &str, acknowledged: &Sender<String>) {
    let organization = demo::json().pointer("/organizations/0/id").and_then(Value::as_str).unwrap().to_owned();
    for number in 0_u32.. {
        let email = format!("{client}-{number}@kill.test");
        let person = json!([{
            "id": email, "email": email, "firstName": "A", "lastName": "B", "groups": ["owners", "users"],
        }]);
        let user = json!({"type": "application/astra-user", "version": "1.0", "email": email});
        let admin = json!({"email": email, "role": "admin", "seat": true});
        let answer = match client.get(..1) {
            Some("a") => ask(base, "POST", "/api/v1.0/onpremise/users/bulk", "Api-Token", &person),
            Some("b") => {
                let path = format!("/organizations/{organization}/users_auto_registration");
                ask(base, "POST", &path, "Bearer", &json!({"user_emails": [email]}))
            }
            Some("c") => ask(base, "POST", &format!("/accounts/{organization}/core/v1/users"), "Bearer", &user),
            _ => ask(base, "POST", &format!("/v1/organizations/{organization}/users"), "Bearer", &admin),
        };
        if answer.is_none() || acknowledged.send(email).is_err() {
            return;
        }
    }
}

/// What is there by half: rows that another row should be with. Each query counts them.
const HALVES: &[(&str, &str)] = &[
    (
        "a number that was passed over",
        "SELECT COUNT(*) FROM (SELECT MAX(number) - MIN(number) + 1 - COUNT(*) AS missing FROM users GROUP BY organization) \
         WHERE missing <> 0",
    ),
    (
        "an admin without a binding",
        "SELECT COUNT(*) FROM users u WHERE role = 'admin' \
         AND NOT EXISTS (SELECT 1 FROM role_bindings b WHERE b.user = u.id AND b.role = 'owner')",
    ),
    ("an admin without the seat", "SELECT COUNT(*) FROM users WHERE email LIKE 'd%@kill.test' AND seated_at IS NULL"),
    (
        "a user without the groups",
        "SELECT COUNT(*) FROM users u WHERE email LIKE 'a%@kill.test' \
         AND (SELECT COUNT(*) FROM group_members m WHERE m.user = u.id) <> 2",
    ),
    (
        "a user who was onboarded without a seat, a token or the mails",
        "SELECT COUNT(*) FROM users u WHERE email LIKE 'b%@kill.test' AND (seated_at IS NULL \
         OR (SELECT COUNT(*) FROM tokens t WHERE t.user = u.id) <> 1 \
         OR (SELECT COUNT(*) FROM outbox o WHERE o.recipient = u.email) <> 2)",
    ),
];

/// Looks at the file of a server that is gone.
fn look_through(file: &Path) -> BTreeSet<String> {
    let connection = Connection::open(file).unwrap();
    let said: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(said, "ok");
    let strays = connection.prepare("PRAGMA foreign_key_check").unwrap().query([]).unwrap().next().unwrap().is_some();
    assert!(!strays, "a row refers to one that is not there");
    for (half, query) in HALVES {
        let count: i64 = connection.query_row(query, [], |row| row.get(0)).unwrap();
        assert_eq!(count, 0, "{half}");
    }
    let mut emails = connection.prepare("SELECT email FROM users WHERE email LIKE '%@kill.test'").unwrap();
    emails.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[test]
fn what_was_acknowledged_outlives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.sqlite");
    let mut acknowledged = BTreeSet::new();
    for round in 0..3 {
        let server = Program::start(&file, &[], &[]);
        let (sender, receiver) = mpsc::channel();
        let clients: Vec<String> = ["a", "b", "c", "d"].map(|kind| format!("{kind}{round}")).into();
        thread::scope(|scope| {
            for client in &clients {
                let (base, sender) = (server.base.clone(), sender.clone());
                scope.spawn(move || make_users(&base, client, &sender));
            }
            drop(sender);
            acknowledged.extend(receiver.iter().take(ENOUGH));
            drop(server);
            acknowledged.extend(receiver.iter());
        });
        for client in &clients {
            assert!(acknowledged.iter().any(|email| email.starts_with(client.as_str())), "{client} made nobody");
        }
        // the next server finds them, before anybody else has opened the file
        let server = Program::start(&file, &[], &[]);
        let found = ask(&server.base, "GET", "/api/v1.0/onpremise/users", "Api-Token", &json!(null)).unwrap();
        let listed: BTreeSet<&str> =
            found.as_array().unwrap().iter().filter_map(|user| user.get("email")?.as_str()).collect();
        let lost: Vec<&String> = acknowledged.iter().filter(|email| !listed.contains(email.as_str())).collect();
        assert!(lost.is_empty(), "acknowledged and not there: {lost:?}");
        drop(server);
        assert!(look_through(&file).is_superset(&acknowledged));
    }
}
