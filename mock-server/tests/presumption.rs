//! A host that remembers who calls, as the Worker does: a call takes one batch fewer, and is answered as if nothing had been
//! remembered, whatever has become of its key behind the host's back.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

#[expect(dead_code, reason = "one test needs little of it")]
mod in_process;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use in_process::{App, Organization, Payload, text};
use serde_json::{Value, json};
use tessera_directory::database::{Database, DatabaseError, Row, Statement};

/// A store whose answer is lost so many times yet, after it has done what it was asked.
struct Lossy {
    store: Arc<dyn Database>,
    left: Arc<AtomicU32>,
}

#[async_trait]
impl Database for Lossy {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseError> {
        let answers = self.store.batch(statements).await;
        let is_lost = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        if is_lost { Err(DatabaseError::Failed("Network connection lost.".to_owned())) } else { answers }
    }
}

/// An organization whose key was used just now, and a user in it.
async fn used() -> (App, Organization, String) {
    let app = App::new().remembering();
    let organization = app.organization("acme", json!({})).await;
    let user = app.ask("POST", &organization.path("/users"), &organization.key, json!({})).await;
    app.batches();
    let path = organization.path(&format!("/users/{}", text(&user, "id")));
    (app, organization, path)
}

#[tokio::test]
async fn a_call_takes_one_batch() {
    let (app, organization, user) = used().await;
    let (users, key) = (organization.path("/users"), organization.key.as_str());

    app.ask("GET", &user, key, Value::Null).await;
    assert_eq!(app.batches().len(), 1, "reading");
    app.ask("POST", &users, key, json!({"email": "ada@acme.test"})).await;
    assert_eq!(app.batches().len(), 1, "creating");
    app.ask("POST", "/v1/keys/verify", key, json!({"key": key})).await;
    assert_eq!(app.batches().len(), 1, "verifying");
    app.ask("GET", "/v1/caller", key, Value::Null).await;
    assert_eq!(app.batches().len(), 1, "asking for nothing else");

    let (status, _) = app.send("POST", &users, key, Payload::Json(json!({"email": 1}))).await;
    assert_eq!((status.as_u16(), app.batches().len()), (422, 1), "a refusal before the store was asked");
    let (status, refusal) = app.send("POST", &users, key, Payload::Json(json!({"email": "ADA@acme.test"}))).await;
    assert_eq!((status.as_u16(), text(&refusal, "type").as_str()), (409, "urn:tessera:problem:email-taken"));

    // once a minute the use is noted, in a batch of its own
    app.pass(60_000);
    app.batches();
    app.ask("GET", &user, key, Value::Null).await;
    assert_eq!(app.batches().len(), 2);
    app.ask("GET", &user, key, Value::Null).await;
    app.pass(59_000);
    app.batches();
    app.ask("GET", &user, key, Value::Null).await;
    assert_eq!(app.batches().len(), 1);
}

#[tokio::test]
async fn a_key_that_somebody_verified_is_not_a_callers_yet() {
    let (app, organization, user) = used().await;
    let new = json!({"name": "reader", "scopes": ["users:read"]});
    let other = text(&app.ask("POST", &organization.path("/keys"), &organization.key, new).await, "secret");
    for _ in 0..2 {
        let verified = app.ask("POST", "/v1/keys/verify", &organization.key, json!({"key": other})).await;
        assert_eq!(text(&verified, "code"), "valid");
    }
    app.batches();
    app.ask("GET", &user, &other, Value::Null).await;
    assert_eq!(app.batches().len(), 2, "looked up, and read");
    app.ask("GET", &user, &other, Value::Null).await;
    assert_eq!(app.batches().len(), 1, "presumed");
}

#[tokio::test]
async fn what_has_become_of_the_key_counts_at_once() {
    // what is changed, and what writing and reading is answered by then
    let ended = [
        ("UPDATE keys SET revoked_at = 1 RETURNING id", 401, 401),
        ("UPDATE keys SET expires_at = 1 RETURNING id", 401, 401),
        ("UPDATE keys SET digest = 'another' RETURNING id", 401, 401),
        ("DELETE FROM keys RETURNING id", 401, 401),
        ("INSERT INTO key_settings (key, deactivated_at) SELECT id, 1 FROM keys RETURNING key", 401, 401),
        ("UPDATE keys SET scopes = 'users:read' RETURNING id", 403, 200),
        ("UPDATE keys SET scopes = 'seats:read' RETURNING id", 403, 403),
    ];
    for (sql, status, reading) in ended {
        let (app, organization, user) = used().await;
        app.ask("POST", &organization.path("/users"), &organization.key, json!({"email": "bob@acme.test"})).await;
        let count = "SELECT COUNT(*) || ' ' || (SELECT COUNT(*) FROM audit) AS counts FROM users";
        let before = app.sql(count).await;
        app.sql(sql).await;

        for path in [&user, &organization.path("/users"), &organization.path("/users?email=nobody@acme.test")] {
            let (answered, refusal) = app.send("GET", path, &organization.key, Payload::Nothing).await;
            assert_eq!(answered, reading, "{sql}, {path}: {refusal}");
        }
        let users = organization.path("/users");
        // the second body's address is taken; the third is refused before the store is asked for anything but the key
        for body in [json!({"email": "ada@acme.test"}), json!({"email": "bob@acme.test"}), json!({"email": 1})] {
            let (answered, refusal) = app.send("POST", &users, &organization.key, Payload::Json(body)).await;
            assert_eq!(answered, status, "{sql}: {refusal}");
        }
        assert_eq!(app.sql(count).await, before, "{sql}: nothing is written");
    }
}

#[tokio::test]
async fn what_has_become_of_the_organization_is_told_at_once() {
    let (app, organization, _) = used().await;
    app.sql("UPDATE organizations SET name = 'Another' RETURNING id").await;
    let told = app.ask("GET", "/v1/caller", &organization.key, Value::Null).await;
    assert_eq!(told.pointer("/organization/name"), Some(&json!("Another")), "{told}");
}

#[tokio::test]
async fn a_call_that_is_answered_anew_is_made_once() {
    let (app, organization, _) = used().await;
    app.sql("UPDATE keys SET name = 'Another' RETURNING id").await;
    let made =
        app.ask("POST", &organization.path("/users"), &organization.key, json!({"email": "ada@acme.test"})).await;
    let entries = "SELECT json_object('who', actor_name, 'what', target_id) AS entry FROM audit \
        WHERE target_kind = 'user' ORDER BY seq DESC LIMIT 2";
    let newest = app.sql(entries).await;
    let newest: Value = serde_json::from_slice(newest.first().unwrap().as_bytes()).unwrap();
    assert_eq!(newest, json!({"who": "Another", "what": text(&made, "id")}));
    assert_eq!(
        app.sql("SELECT 'one' AS found FROM users WHERE email IS NOT NULL AND email LIKE 'ada%'").await,
        ["one"]
    );
}

#[tokio::test]
async fn a_call_whose_store_did_not_answer_is_not_made_again() {
    let left = Arc::new(AtomicU32::new(0));
    let lossy = Arc::clone(&left);
    let app = App::new().through(|store| Arc::new(Lossy { store, left: lossy })).remembering();
    let organization = app.organization("acme", json!({})).await;
    let users = organization.path("/users");
    app.ask("POST", &users, &organization.key, json!({})).await;
    let count = "SELECT CAST(COUNT(*) AS TEXT) AS count FROM users";
    assert_eq!(app.sql(count).await, ["2"], "the admin and one");
    for lost in 1..=2 {
        left.store(lost, Ordering::SeqCst);
        app.batches();
        let (status, _) = app.send("POST", &users, &organization.key, Payload::Json(json!({}))).await;
        assert_eq!((status.as_u16(), app.batches().len()), (500, 1), "{lost} lost");
        assert_eq!(app.sql(count).await, [(2 + lost).to_string()], "{lost} lost");
    }
    left.store(0, Ordering::SeqCst);
    app.ask("POST", &users, &organization.key, json!({})).await;
}
