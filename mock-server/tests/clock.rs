//! What time does: keys, access tokens and subscriptions end, a grace is over, and a use is noted once a minute.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

#[expect(dead_code, reason = "another test needs more of it")]
mod in_process;

use in_process::{App, Organization, Payload, ROOT, client, text};
use serde_json::{Value, json};

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const DAY: i64 = 24 * 60 * MINUTE;

async fn key(app: &App, organization: &Organization, expires_at: Value) -> (String, String) {
    let new = json!({"name": "ci", "scopes": ["*"], "expires_at": expires_at});
    let made = app.ask("POST", &organization.path("/keys"), &organization.key, new).await;
    (organization.path(&format!("/keys/{}", text(&made, "id"))), text(&made, "secret"))
}

async fn verdict(app: &App, organization: &Organization, secret: &str) -> String {
    text(&app.ask("POST", "/v1/keys/verify", &organization.key, json!({"key": secret})).await, "code")
}

fn anaconda(organization: &Organization, rest: &str) -> String {
    format!("/organizations/{}{rest}", organization.id)
}

#[tokio::test]
async fn a_key_ends_at_its_very_end() {
    let app = App::new();
    let acme = app.organization("acme", json!({})).await;
    let (path, secret) = key(&app, &acme, json!("2026-06-01T00:01:00Z")).await;
    app.pass(MINUTE - 1);
    assert_eq!(app.status(&path, &secret).await, 200);
    assert_eq!(app.status(&anaconda(&acme, "/users"), &secret).await, 200);
    app.pass(1);
    assert_eq!(app.status(&path, &secret).await, 401);
    assert_eq!(app.status(&anaconda(&acme, "/users"), &secret).await, 401);
    assert_eq!(verdict(&app, &acme, &secret).await, "expired");
    // a key that has ended can get another secret, and that opens nothing either
    let rotated = app.ask("POST", &format!("{path}/rotate"), &acme.key, json!({"grace_seconds": 60})).await;
    assert_eq!(app.status(&path, &text(&rotated, "secret")).await, 401);
    let told = app.ask("GET", &path, &acme.key, Value::Null).await;
    assert_eq!(told["last_used_at"], "2026-06-01T00:00:59.999Z", "no use is noted of what opens nothing");
}

#[tokio::test]
async fn a_use_is_noted_once_a_minute() {
    let app = App::new();
    let acme = app.organization("acme", json!({})).await;
    let (path, secret) = key(&app, &acme, Value::Null).await;
    let mut noted = Vec::new();
    for passed in [0, 1, MINUTE - 2, 1, MINUTE - 1, 1, 10 * MINUTE] {
        app.pass(passed);
        app.batches();
        let told = app.ask("GET", &path, &secret, Value::Null).await;
        let writes = app.batches().iter().flatten().filter(|sql| sql.starts_with("UPDATE")).count();
        noted.push((writes, text(&told, "last_used_at")));
    }
    let at = |time: &str| format!("2026-06-01T00:{time}Z");
    assert_eq!(
        noted,
        [
            (1, at("00:00")),
            (0, at("00:00")),
            (0, at("00:00")),
            (1, at("01:00")),
            (0, at("01:00")),
            (1, at("02:00")),
            (1, at("12:00")),
        ]
    );
}

#[tokio::test]
async fn a_rotation_makes_no_second_use_in_the_same_minute() {
    let app = App::new();
    let acme = app.organization("acme", json!({})).await;
    let (path, first) = key(&app, &acme, Value::Null).await;
    app.ask("GET", &path, &first, Value::Null).await;
    app.pass(30 * SECOND);
    let rotated = app.ask("POST", &format!("{path}/rotate"), &acme.key, json!({"grace_seconds": 60})).await;
    for secret in [first, text(&rotated, "secret")] {
        let told = app.ask("GET", &path, &secret, Value::Null).await;
        assert_eq!(told["last_used_at"], "2026-06-01T00:00:00Z");
    }
}

#[tokio::test]
async fn a_clock_that_is_set_back_takes_no_use_away() {
    let app = App::new();
    let acme = app.organization("acme", json!({})).await;
    let (path, secret) = key(&app, &acme, Value::Null).await;
    app.ask("GET", &path, &secret, Value::Null).await;
    app.pass(-DAY);
    assert_eq!(app.ask("GET", &path, &secret, Value::Null).await["last_used_at"], "2026-06-01T00:00:00Z");
}

#[tokio::test]
async fn a_grace_is_over_to_the_millisecond() {
    let app = App::new();
    let acme = app.organization("acme", json!({})).await;
    let (path, first) = key(&app, &acme, Value::Null).await;
    let rotated = app.ask("POST", &format!("{path}/rotate"), &acme.key, json!({"grace_seconds": 2})).await;
    assert_eq!(rotated["previous_secret_until"], "2026-06-01T00:00:02Z");
    let second = text(&rotated, "secret");
    app.pass(2 * SECOND - 1);
    assert_eq!((app.status(&path, &first).await, app.status(&path, &second).await), (200, 200));
    app.pass(1);
    assert_eq!((app.status(&path, &first).await, app.status(&path, &second).await), (401, 200));
    assert_eq!(verdict(&app, &acme, &first).await, "unknown");

    // the longest grace there is
    let rotated = app.ask("POST", &format!("{path}/rotate"), &acme.key, json!({"grace_seconds": 2_592_000})).await;
    app.pass(30 * DAY - 1);
    assert_eq!(app.status(&path, &second).await, 200);
    app.pass(1);
    assert_eq!((app.status(&path, &second).await, app.status(&path, &text(&rotated, "secret")).await), (401, 200));
}

#[tokio::test]
async fn a_grace_outlasts_neither_its_key_nor_the_revocation() {
    let app = App::new();
    let acme = app.organization("acme", json!({})).await;
    for ends in [true, false] {
        let end = if ends { json!("2026-06-01T00:00:30Z") } else { Value::Null };
        let (path, first) = key(&app, &acme, end).await;
        let grace = json!({"grace_seconds": 3600});
        let second = text(&app.ask("POST", &format!("{path}/rotate"), &acme.key, grace).await, "secret");
        if ends {
            app.pass(30 * SECOND);
        } else {
            app.ask("DELETE", &path, &acme.key, Value::Null).await;
        }
        assert_eq!((app.status(&path, &first).await, app.status(&path, &second).await), (401, 401));
        assert_eq!(verdict(&app, &acme, &first).await, if ends { "expired" } else { "revoked" });
    }
}

#[tokio::test]
async fn an_access_token_lasts_for_900_seconds() {
    let app = App::new();
    let acme = app.organization("acme", json!({})).await;
    let account = app.service_account(&acme).await;
    let (admin, bot) = (app.sign_in(&acme.admin).await, app.exchange(&account).await);
    let opens = async || {
        [
            app.status(&acme.path("/users"), &admin).await,
            app.status(&anaconda(&acme, "/service-accounts"), &admin).await,
            app.status(&acme.path("/users"), &bot).await,
            app.status(&anaconda(&acme, "/users"), &bot).await,
        ]
    };
    app.pass(900 * SECOND - 1);
    assert_eq!(opens().await, [200; 4]);
    app.pass(1);
    assert_eq!(opens().await, [401; 4]);
    assert_eq!(app.status(&acme.path("/users"), &app.exchange(&account).await).await, 200);
}

#[tokio::test]
async fn an_access_token_ends_with_whom_it_stands_for() {
    let app = App::new();
    let acme = app.organization("acme", json!({})).await;
    let account = app.service_account(&acme).await;
    let (admin, bot) = (app.sign_in(&acme.admin).await, app.exchange(&account).await);
    app.ask("DELETE", &acme.path(&format!("/keys/{}", account.0)), &acme.key, Value::Null).await;
    assert_eq!(app.status(&acme.path("/users"), &bot).await, 401);
    assert_eq!(app.status(&anaconda(&acme, "/users"), &bot).await, 401);
    let (status, _) = app.send("POST", "/api/iam/token", "", client(&account.0, &account.1)).await;
    assert_eq!(status, 400);
    app.ask("DELETE", &acme.path(""), ROOT, Value::Null).await;
    assert_eq!(app.status(&acme.path("/users"), &admin).await, 401);
    assert_eq!(app.status(&anaconda(&acme, "/service-accounts"), &admin).await, 401);
}

#[tokio::test]
async fn a_subscription_ends_by_time() {
    let app = App::new();
    let acme = app.organization("acme", json!({"subscription_expires_at": "2026-06-01T00:01:00Z"})).await;
    let account = app.service_account(&acme).await;
    app.pass(MINUTE - 1);
    let users = anaconda(&acme, "/users");
    assert_eq!(app.status(&users, &app.exchange(&account).await).await, 200);
    app.pass(1);
    let (status, answer) = app.send("GET", &users, &app.exchange(&account).await, Payload::Nothing).await;
    assert_eq!((status.as_u16(), &answer["error"]["code"]), (403, &json!("subscription_inactive")));
    assert_eq!(app.status(&users, &acme.key).await, 403);
    // our own API stays, so that what was bought can be looked at, and bought again
    assert_eq!(app.status(&acme.path(""), &acme.key).await, 200);
    app.ask("PATCH", &acme.path(""), ROOT, json!({"subscription_expires_at": "2026-06-01T00:01:00.001Z"})).await;
    assert_eq!(app.status(&users, &acme.key).await, 200);
    app.ask("PATCH", &acme.path(""), ROOT, json!({"subscription_expires_at": "0000-01-01T00:00:00Z"})).await;
    assert_eq!(app.status(&users, &acme.key).await, 403);
    app.ask("PATCH", &acme.path(""), ROOT, json!({"subscription_expires_at": null})).await;
    assert_eq!(app.status(&users, &acme.key).await, 200);
}

#[tokio::test]
async fn a_token_is_synced_with_the_subscription() {
    let app = App::new();
    let acme = app.organization("acme", json!({"subscription_expires_at": "2027-01-15T12:30:00Z"})).await;
    let user = text(&app.ask("POST", &acme.path("/users"), &acme.key, json!({})).await, "id");
    let token = anaconda(&acme, &format!("/users/{user}/token"));
    let issued = json!({"expires_at": "2026-06-02T00:00:00Z"});
    app.ask("POST", &token, &acme.key, issued).await;
    let ends = async || {
        let path = acme.path(&format!("/users/{user}/tokens"));
        text(&app.ask("GET", &path, &acme.key, Value::Null).await["data"][0], "expires_at")
    };
    assert_eq!(ends().await, "2026-06-02T00:00:00Z");
    app.ask("PATCH", &token, &acme.key, Value::Null).await;
    assert_eq!(ends().await, "2027-01-15T12:30:00Z");
    // a subscription that never ends stands for a year from now, in the calendar's years
    app.ask("PATCH", &acme.path(""), ROOT, json!({"subscription_expires_at": null})).await;
    app.pass(DAY);
    app.ask("PATCH", &token, &acme.key, Value::Null).await;
    assert_eq!(ends().await, "2027-06-02T00:00:00Z");
    app.ask("PATCH", &token, &acme.key, json!({"expires_at": "2026-07-01T00:00:00Z", "is_renewal": false})).await;
    assert_eq!(ends().await, "2026-07-01T00:00:00Z");
}

#[tokio::test]
async fn who_is_onboarded_has_a_token_until_the_subscription_ends() {
    let app = App::new();
    let acme = app.organization("acme", json!({"subscription_expires_at": "2026-12-31T00:00:00Z"})).await;
    let onboarding = anaconda(&acme, "/users_auto_registration");
    app.ask("POST", &onboarding, &acme.key, json!({"user_emails": ["a@acme.test"]})).await;
    let users = app.ask("GET", &acme.path("/users?search=a@acme.test"), &acme.key, Value::Null).await;
    let path = acme.path(&format!("/users/{}/tokens", text(&users["data"][0], "id")));
    let tokens = app.ask("GET", &path, &acme.key, Value::Null).await;
    assert_eq!(tokens["data"][0]["expires_at"], "2026-12-31T00:00:00Z");
}

#[tokio::test]
async fn an_id_is_taken_in_either_letter_case() {
    let app = App::new();
    let acme = app.organization("acme", json!({})).await;
    let user = text(&app.ask("POST", &acme.path("/users"), &acme.key, json!({})).await, "id");
    let shouted = format!("/v1/organizations/{}/users/{}", acme.id.to_uppercase(), user.to_uppercase());
    assert_ne!(shouted, acme.path(&format!("/users/{user}")));
    for bearer in [ROOT, &acme.key] {
        assert_eq!(app.ask("GET", &shouted, bearer, Value::Null).await["id"], user);
    }
}

#[tokio::test]
async fn a_body_of_faults_is_not_answered_with_more_than_it_has() {
    let app = App::new();
    let acme = app.organization("acme", json!({})).await;
    let scopes = vec![0; 100_000];
    let (status, answer) =
        app.send("POST", &acme.path("/keys"), &acme.key, Payload::Json(json!({"name": "x", "scopes": scopes}))).await;
    assert_eq!((status.as_u16(), answer["errors"].as_array().unwrap().len()), (422, 100));
}
