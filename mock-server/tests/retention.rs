//! What is over is kept for a while, and then it is gone.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

#[expect(dead_code, reason = "one test needs little of it")]
mod in_process;

use in_process::{App, Organization, PASSWORD, Payload, text};
use rusqlite::Connection;
use serde_json::{Value, json};

const DAY: i64 = 24 * 60 * 60 * 1000;

struct Tokens {
    app: App,
    organization: Organization,
    path: String,
}

impl Tokens {
    async fn new() -> Self {
        let app = App::new();
        let organization = app.organization("acme", json!({})).await;
        let user = app.ask("POST", &organization.path("/users"), &organization.key, json!({})).await;
        let path = organization.path(&format!("/users/{}/tokens", text(&user, "id")));
        Self { app, organization, path }
    }

    async fn issue(&self, expires_at: Option<&str>) -> String {
        let new = json!({"expires_at": expires_at, "mail": false});
        text(&self.app.ask("POST", &self.path, &self.organization.key, new).await, "id")
    }

    async fn extend(&self, id: &str, expires_at: &str) {
        let path = format!("{}/{id}", self.path);
        self.app.ask("PATCH", &path, &self.organization.key, json!({"expires_at": expires_at})).await;
    }

    /// The tokens that are there so many days later, after the host's tidying.
    async fn after(&self, days: i64) -> Vec<String> {
        self.app.pass(days * DAY);
        tessera_api::tidy(&self.app.directory).await.unwrap();
        let listed = self.app.ask("GET", &self.path, &self.organization.key, Value::Null).await;
        listed["data"].as_array().unwrap().iter().map(|token| text(token, "id")).collect()
    }
}

#[tokio::test]
async fn a_token_goes_ninety_days_after_it_was_over() {
    let tokens = Tokens::new().await;
    let endless = tokens.issue(None).await;
    let expiring = tokens.issue(Some("2026-06-11T00:00:00Z")).await;
    let revoked = tokens.issue(None).await;
    let revoking = format!("{}/{revoked}", tokens.path);
    let (status, _) = tokens.app.send("DELETE", &revoking, &tokens.organization.key, Payload::Nothing).await;
    assert_eq!(status, 204);
    assert_eq!(tokens.after(89).await, [endless.as_str(), &expiring, &revoked]);
    assert_eq!(tokens.after(1).await, [endless.as_str(), &expiring]);
    assert_eq!(tokens.after(9).await, [endless.as_str(), &expiring]);
    assert_eq!(tokens.after(1).await, [endless.as_str()]);
    assert_eq!(tokens.after(3650).await, [endless]);
}

#[tokio::test]
async fn an_end_in_the_past_counts_from_when_it_was_given() {
    let tokens = Tokens::new().await;
    let (issued, extended) = (tokens.issue(Some("2020-01-01T00:00:00Z")).await, tokens.issue(None).await);
    assert_eq!(tokens.after(89).await, [issued.as_str(), &extended]);
    assert_eq!(tokens.after(1).await, [extended.as_str()]);
    tokens.extend(&extended, "1969-12-31T23:59:59Z").await;
    // which Astra's clients are told as well
    let user = &tokens.path[tokens.organization.path("").len()..];
    let astra = format!("/accounts/{}/core/v1{user}/{extended}", tokens.organization.id);
    let told = tokens.app.ask("GET", &astra, &tokens.organization.key, Value::Null).await;
    assert_eq!(told["metadata"]["creationTimestamp"], "2026-06-01T00:00:00Z");
    assert_eq!(told["metadata"]["modificationTimestamp"], "2026-08-30T00:00:00Z");
    assert_eq!(tokens.after(89).await, [extended]);
    assert_eq!(tokens.after(1).await, [] as [String; 0]);
}

#[tokio::test]
async fn what_nobody_lists_goes_at_its_end() {
    let app = App::new();
    let organization = app.organization("acme", json!({})).await;
    let credentials = json!({"user": organization.admin, "password": PASSWORD});
    let (status, _) = app.send("POST", "/authentication/sign_in", "", Payload::Json(credentials)).await;
    assert_eq!(status, 200);
    let tidied = async || {
        tessera_api::tidy(&app.directory).await.unwrap();
        app.sql("SELECT CAST(COUNT(*) AS TEXT) FROM sessions").await
    };
    assert_eq!(tidied().await, ["1"]);
    app.pass(DAY);
    assert_eq!(tidied().await, ["0"]);
}

#[tokio::test]
async fn what_is_over_is_found_without_looking_at_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.sqlite");
    let app = App::of(Some(&file));
    tessera_api::tidy(&app.directory).await.unwrap();
    let deletions = app.batches().into_iter().flatten().filter(|sql| sql.ends_with("LIMIT ?2)"));
    let connection = Connection::open(&file).unwrap();
    let mut tables = 0;
    for sql in deletions {
        let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let steps: Vec<String> = plan.query_map([0, 0], |row| row.get("detail")).unwrap().map(Result::unwrap).collect();
        assert!(steps.iter().all(|step| !step.starts_with("SCAN")), "{sql}: {steps:?}");
        tables += 1;
    }
    assert_eq!(tables, 6);
}
