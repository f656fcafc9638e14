//! Another pepper: what was made under the one before goes on, is made anew when it is used, and ends with it where it was not.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

#[expect(dead_code, reason = "another test needs more of it")]
mod in_process;

use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use in_process::{App, Organization, PASSWORD, PEPPER, ROOT, client, text};
use serde_json::{Value, json};

const NEXT: &str = "the next pepper";
const DAY: i64 = 24 * 60 * 60 * 1000;

/// Secrets of every kind.
struct Secrets {
    key: String,
    rotated: String,
    account: (String, String),
    access: (String, String),
    token: String,
    cookie: String,
}

async fn key(app: &App, organization: &Organization) -> (String, String) {
    let made =
        app.ask("POST", &organization.path("/keys"), &organization.key, json!({"name": "k", "scopes": ["*"]})).await;
    (text(&made, "id"), text(&made, "secret"))
}

async fn token(app: &App, organization: &Organization, user: &str) -> String {
    let path = organization.path(&format!("/users/{user}/tokens"));
    text(&app.ask("POST", &path, &organization.key, json!({"name": "t", "mail": true})).await, "token")
}

/// Makes some of everything.
async fn secrets(app: &App, organization: &Organization, user: &str) -> Secrets {
    let (id, rotated) = key(app, organization).await;
    let path = organization.path(&format!("/keys/{id}/rotate"));
    app.ask("POST", &path, &organization.key, json!({"grace_seconds": 86_400})).await;
    let space = app.ask("GET", &organization.path(""), &organization.key, Value::Null).await["number"].clone();
    let path = format!("/api/shared_spaces/{space}/api_accesses?fields=client_id");
    let secret = format!("Own-2026-{}", &rotated[rotated.len() - 20..]);
    let access = json!({"data": [{"client_secret": secret, "name": rotated, "workspace_roles": {"data": []}}]});
    let access = &app.ask("POST", &path, &organization.key, access).await["data"][0];
    Secrets {
        key: key(app, organization).await.1,
        access: (text(access, "client_id"), secret),
        rotated,
        account: app.service_account(organization).await,
        token: token(app, organization, user).await,
        cookie: cookie(app, &organization.admin).await,
    }
}

/// The cookie of whoever signs in to Octane.
async fn cookie(app: &App, email: &str) -> String {
    signed_in(app, &json!({"user": email, "password": PASSWORD})).await.unwrap()
}

async fn signed_in(app: &App, body: &Value) -> Option<String> {
    let request = Request::post("/authentication/sign_in").header(header::CONTENT_TYPE, "application/json");
    let response = app.answer(request.body(Body::from(body.to_string())).unwrap()).await;
    let cookie = response.headers().get(header::SET_COOKIE)?.to_str().ok()?;
    response.status().is_success().then(|| cookie.split(';').next().unwrap_or_default().to_owned())
}

/// Which of the secrets are good.
async fn good(app: &App, organization: &Organization, secrets: &Secrets) -> [bool; 6] {
    let of_key = organization.path("");
    let accounts = format!("/accounts/{}/core/v1/users", organization.id);
    let (client_id, client_secret) = &secrets.access;
    let space = "/api/shared_spaces?fields=id";
    [
        app.status(&of_key, &secrets.key).await == 200,
        app.status(&of_key, &secrets.rotated).await == 200,
        app.send("POST", "/api/iam/token", "", client(&secrets.account.0, &secrets.account.1)).await.0 == 200,
        signed_in(app, &json!({"client_id": client_id, "client_secret": client_secret})).await.is_some(),
        app.status(&accounts, &secrets.token).await == 200,
        app.status(space, &format!("Cookie {}", secrets.cookie)).await == 200,
    ]
}

async fn keyed(app: &App, organization: &Organization, body: &Value) -> (u16, bool, Value) {
    let request = Request::post(organization.path("/keys")).header("idempotency-key", "one");
    let request = request.header(header::AUTHORIZATION, format!("Bearer {}", organization.key));
    let response = app.answer(request.body(Body::from(body.to_string())).unwrap()).await;
    let (status, is_replayed) = (response.status().as_u16(), response.headers().contains_key("idempotency-replayed"));
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, is_replayed, serde_json::from_slice(&body).unwrap())
}

/// Whether the whole log is as it was sealed.
async fn is_valid(app: &App, organization: &Organization) -> bool {
    let told = app.ask("GET", "/v1/audit/verify", &organization.key, Value::Null).await;
    assert_eq!(told["next_cursor"], Value::Null);
    told["sealed"].as_i64().unwrap() > 0 && told["valid"] == true
}

#[tokio::test]
async fn what_was_made_before_lives_on_and_is_made_anew_when_it_is_used() {
    const ALL: [bool; 6] = [true; 6];
    let before = App::new();
    let acme = before.organization("acme", json!({})).await;
    let users = before.ask("GET", &acme.path("/users"), &acme.key, Value::Null).await;
    let user = text(&users["data"][0], "id");
    let (in_use, unused) = (secrets(&before, &acme, &user).await, secrets(&before, &acme, &user).await);
    let access_token = before.sign_in(&acme.admin).await;
    let body = json!({"name": "once", "scopes": ["users:read"]});
    let first = keyed(&before, &acme, &body).await;
    let mail = before.ask("GET", "/v1/outbox", &acme.key, Value::Null).await;
    tessera_api::tidy(&before.directory).await.unwrap();
    assert!(is_valid(&before, &acme).await);
    assert_eq!(good(&before, &acme, &in_use).await, ALL);

    let during = before.under(NEXT, Some(PEPPER));
    assert_eq!(during.status(&acme.path(""), &access_token).await, 200);
    // the key is taken under both peppers, whatever else is asked under it
    assert_eq!(keyed(&during, &acme, &body).await, (201, true, first.2.clone()));
    assert_eq!(keyed(&during, &acme, &json!({"name": "twice", "scopes": ["users:read"]})).await.0, 422);
    assert_eq!(good(&during, &acme, &in_use).await, ALL);
    assert_eq!(good(&during, &acme, &in_use).await, ALL, "a second time, as they are stored now");
    assert_eq!(during.ask("GET", "/v1/outbox", &acme.key, Value::Null).await["data"][0], mail["data"][0]);
    assert!(is_valid(&during, &acme).await);
    tessera_api::tidy(&during.directory).await.unwrap();
    assert_eq!(tessera_directory::renewal::of_seals(&during.directory).await.unwrap(), 0, "all is sealed anew");
    assert_eq!(keyed(&during, &acme, &body).await, (201, true, first.2));
    let made = secrets(&during, &acme, &user).await;

    let after = during.under(NEXT, None);
    assert_eq!(good(&after, &acme, &in_use).await, ALL);
    assert_eq!(good(&after, &acme, &made).await, ALL);
    // a password has a salt of its own, and needs no pepper
    assert_eq!(good(&after, &acme, &unused).await, [false; 6]);
    after.sign_in(&acme.admin).await;
    assert_eq!(after.ask("GET", "/v1/outbox", &acme.key, Value::Null).await["data"][0], mail["data"][0]);
    tessera_api::tidy(&after.directory).await.unwrap();
    assert!(is_valid(&after, &acme).await, "the log outlives its pepper");
    assert_eq!(after.status(&acme.path(""), &access_token).await, 401);
}

#[tokio::test]
async fn a_log_that_was_written_to_is_not_proved_anew() {
    let before = App::new();
    let acme = before.organization("acme", json!({})).await;
    tessera_api::tidy(&before.directory).await.unwrap();
    before.sql("UPDATE audit_heads SET hash = 'x'").await;
    let during = before.under(NEXT, Some(PEPPER));
    assert_eq!(tessera_directory::renewal::of_seals(&during.directory).await.unwrap(), 0);
    let told = during.ask("GET", "/v1/audit/verify", &acme.key, Value::Null).await;
    assert_eq!(told["valid"], false);
}

#[tokio::test]
async fn without_a_pepper_before_nothing_is_looked_up_twice() {
    let app = App::new();
    let acme = app.organization("acme", json!({})).await;
    let other = app.under(NEXT, None);
    app.batches();
    assert_eq!(other.status(&acme.path(""), &acme.key).await, 401);
    assert_eq!(app.batches().len(), 1);
}

#[tokio::test]
async fn what_is_over_goes_when_it_was_kept_for_long_enough() {
    let app = App::new();
    let acme = app.organization("acme", json!({})).await;
    let user = app.ask("POST", &acme.path("/users"), &acme.key, json!({"email": "a@acme.test"})).await;
    let path = acme.path(&format!("/users/{}/tokens", text(&user, "id")));
    for end in [json!("2026-06-02T00:00:00Z"), json!("2027-06-01T00:00:00Z"), Value::Null] {
        app.ask("POST", &path, &acme.key, json!({"expires_at": end, "mail": true})).await;
    }
    let list = app.ask("GET", &path, &acme.key, Value::Null).await;
    let revoked = text(&list["data"][1], "id");
    app.ask("DELETE", &format!("{path}/{revoked}"), &acme.key, Value::Null).await;
    // of each two, one that is over and one that is not
    app.sql("UPDATE outbox SET state = 'sent', sent_at = created_at, due_at = NULL WHERE seq = (SELECT MIN(seq) FROM outbox)")
        .await;
    let number = "(SELECT number FROM organizations)";
    app.sql(&format!(
        "INSERT INTO events (id, organization, type, action, data, state, webhook_config, due_at, created_at) VALUES \
         ('e1', {number}, 't', 'a', '{{}}', 'failed', 1, NULL, 1780272000000), \
         ('e2', {number}, 't', 'a', '{{}}', 'pending', 1, 4000000000000, 1780272000000)"
    ))
    .await;
    app.sql("INSERT INTO event_attempts (event, started_at, ended_at) VALUES ('e1', 0, 0), ('e2', 0, 0)").await;
    app.sql(&format!(
        "INSERT INTO tasks (id, organization, key, type, target, state, created_at, completed_at) VALUES \
         ('t1', {number}, 1, 'webhook_config.test', 1, 'failed', 0, 1780272000000), \
         ('t2', {number}, 1, 'webhook_config.test', 1, 'pending', 0, NULL)"
    ))
    .await;
    cookie(&app, &acme.admin).await;
    let count = async |table: &str| app.sql(&format!("SELECT CAST(COUNT(*) AS TEXT) AS n FROM {table}")).await.join("");
    let counts = async || {
        let mut counts = Vec::new();
        for table in ["tokens", "outbox", "events", "event_attempts", "tasks", "sessions"] {
            counts.push(count(table).await);
        }
        counts.join(" ")
    };
    tessera_api::tidy(&app.directory).await.unwrap();
    let (log, mails) = (count("audit").await, count("outbox").await.parse::<i64>().unwrap());
    assert_eq!(counts().await, format!("3 {mails} 2 2 2 1"));
    app.pass(DAY);
    tessera_api::tidy(&app.directory).await.unwrap();
    assert_eq!(counts().await, format!("3 {mails} 2 2 2 0"), "a session is over at its end");
    app.pass(89 * DAY - 1);
    tessera_api::tidy(&app.directory).await.unwrap();
    assert_eq!(counts().await, format!("3 {mails} 2 2 2 0"));
    app.pass(1);
    tessera_api::tidy(&app.directory).await.unwrap();
    assert_eq!(
        counts().await,
        format!("2 {} 1 1 1 0", mails - 1),
        "revoked at once, the other token ended a day later"
    );
    app.pass(DAY);
    tessera_api::tidy(&app.directory).await.unwrap();
    assert_eq!(counts().await, format!("1 {} 1 1 1 0", mails - 1));
    app.pass(4000 * DAY);
    tessera_api::tidy(&app.directory).await.unwrap();
    assert_eq!(counts().await, format!("1 {} 1 1 1 0", mails - 1), "what is not over stays");
    assert_eq!(count("audit").await, log);
    assert!(is_valid(&app, &acme).await);
}

#[tokio::test]
async fn a_host_may_keep_it_shorter() {
    let app = App::new();
    let acme = app.organization("acme", json!({})).await;
    app.sql("UPDATE outbox SET state = 'sent', sent_at = created_at, due_at = NULL").await;
    let user = app.ask("POST", &acme.path("/users"), &acme.key, json!({"email": "a@acme.test"})).await;
    let path = acme.path(&format!("/users/{}/tokens", text(&user, "id")));
    app.ask("POST", &path, &acme.key, json!({"expires_at": "2026-06-02T00:00:00Z"})).await;
    app.pass(3 * DAY);
    let tokens = async || app.sql("SELECT id FROM tokens").await.len();
    tessera_api::tidy(&app.directory.clone().keeping(3)).await.unwrap();
    assert_eq!(tokens().await, 1);
    tessera_api::tidy(&app.directory.clone().keeping(2)).await.unwrap();
    assert_eq!(tokens().await, 0);
    assert_eq!(app.status("/v1/organizations", ROOT).await, 200);
}
