//! The audit log.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[expect(dead_code, reason = "another test needs more of it")]
mod in_process;

use in_process::{App, ROOT};
use serde_json::json;

#[tokio::test]
async fn smoke() {
    let app = App::new();
    let organization = app.organization("acme", json!({})).await;
    let user = app.ask("POST", &organization.path("/users"), &organization.key, json!({"email": "a@acme.test"})).await;
    let path = organization.path(&format!("/users/{}/seat", user["id"].as_str().unwrap()));
    app.ask("PUT", &path, &organization.key, json!(null)).await;
    app.ask("PUT", &path, &organization.key, json!(null)).await;
    app.ask("DELETE", &organization.path(&format!("/users/{}", user["id"].as_str().unwrap())), &organization.key, json!(null)).await;
    println!("{:#}", app.ask("GET", "/v1/audit", ROOT, json!(null)).await);
    println!("{:#}", app.ask("GET", "/v1/audit/verify", &organization.key, json!(null)).await);
    println!("{:#}", app.ask("GET", "/v1/audit/verify", &organization.key, json!(null)).await);
}
