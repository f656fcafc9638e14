//! Whoever guesses passwords has to wait, longer each time; nobody else has to, and nobody learns who there is.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

#[expect(dead_code, reason = "another test needs more of it")]
mod in_process;

use std::num::NonZeroU32;

use axum::body::Body;
use axum::http::{Request, header};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use in_process::{App, PASSWORD};
use serde_json::json;
use tessera_api::Client;
use tessera_directory::ports::Limits;

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const ALLOWED: usize = 5;

const HERE: &str = "192.0.2.1";
const ELSEWHERE: &str = "198.51.100.1";
const ADMIN: &str = "admin@acme.test";

/// The ways to sign in; the last is a service account's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Grant,
    Session,
    Basic,
    Client,
}

const WAYS: [Way; 3] = [Way::Grant, Way::Session, Way::Basic];

impl Way {
    fn request(self, name: &str, secret: &str) -> (&'static str, &'static str, Option<String>, String) {
        match self {
            Self::Grant => {
                let pairs = [("grant_type", "password"), ("username", name), ("password", secret)];
                let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
                ("POST", "/api/auth/oauth2/token", None, form)
            }
            Self::Client => {
                let pairs = [("grant_type", "client_credentials"), ("client_id", name), ("client_secret", secret)];
                let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
                ("POST", "/api/auth/oauth2/token", None, form)
            }
            Self::Session => {
                let body = json!({"user": name, "password": secret});
                ("POST", "/authentication/sign_in", None, body.to_string())
            }
            Self::Basic => {
                let credentials = format!("Basic {}", BASE64_STANDARD.encode(format!("{name}:{secret}")));
                ("GET", "/api/shared_spaces", Some(credentials), String::new())
            }
        }
    }

    /// The status of a wrong password's answer.
    fn refusal(self) -> u16 {
        if matches!(self, Self::Grant | Self::Client) { 400 } else { 401 }
    }
}

/// An answer's status, and after how many seconds there may be another try.
type Told = (u16, Option<u32>);

async fn tried(app: &App, way: Way, address: &str, name: &str, secret: &str) -> Told {
    let (method, path, authorization, body) = way.request(name, secret);
    let mut request = Request::builder().method(method).uri(path).extension(Client(address.into()));
    if let Some(authorization) = authorization {
        request = request.header(header::AUTHORIZATION, authorization);
    }
    let response = app.answer(request.body(Body::from(body)).unwrap()).await;
    let wait = response.headers().get(header::RETRY_AFTER).map(|wait| wait.to_str().unwrap().parse().unwrap());
    (response.status().as_u16(), wait)
}

async fn acme() -> App {
    let app = App::limited(Limits { limiter: None, sign_in_failures: NonZeroU32::new(5) });
    app.organization("acme", json!({})).await;
    app
}

#[tokio::test]
async fn guessing_waits_longer_each_time_and_not_forever() {
    for way in WAYS {
        for name in [ADMIN, "nobody@acme.test"] {
            let app = acme().await;
            for _ in 0..ALLOWED {
                assert_eq!(tried(&app, way, HERE, name, "wrong").await, (way.refusal(), None), "{way:?} {name}");
            }
            let mut waits = Vec::new();
            for _ in 0..13 {
                let (status, wait) = tried(&app, way, HERE, name, "wrong").await;
                assert_eq!(status, 429, "{way:?} {name}");
                let wait = wait.unwrap();
                app.pass(i64::from(wait) * SECOND - 1);
                assert_eq!(tried(&app, way, HERE, name, "wrong").await, (429, Some(1)), "{way:?} {name}: too early");
                app.pass(1);
                assert_eq!(tried(&app, way, HERE, name, "wrong").await, (way.refusal(), None), "{way:?} {name}");
                waits.push(wait);
            }
            assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900], "{way:?} {name}");
        }
    }
}

#[tokio::test]
async fn nobody_is_locked_out_by_another() {
    for way in WAYS {
        let app = acme().await;
        for _ in 0..ALLOWED {
            tried(&app, way, HERE, ADMIN, "wrong").await;
        }
        for other in WAYS {
            assert_eq!(
                tried(&app, other, HERE, ADMIN, PASSWORD).await.0,
                429,
                "{way:?}, then {other:?}, is one account"
            );
        }
        assert_eq!(
            tried(&app, way, HERE, "ADMIN@acme.test", PASSWORD).await.0,
            429,
            "letter case makes no other account"
        );
        assert_eq!(
            tried(&app, way, ELSEWHERE, ADMIN, PASSWORD).await,
            (200, None),
            "{way:?}: the owner, from elsewhere"
        );
        let globex = app.organization("globex", json!({})).await;
        assert_eq!(tried(&app, way, HERE, &globex.admin, PASSWORD).await, (200, None), "{way:?}: another account");
        app.pass(SECOND);
        assert_eq!(tried(&app, way, HERE, ADMIN, PASSWORD).await, (200, None), "{way:?}: after the wait");
        for _ in 0..ALLOWED {
            assert_eq!(tried(&app, way, HERE, ADMIN, "wrong").await.0, way.refusal(), "{way:?}: it begins anew");
        }
    }
}

#[tokio::test]
async fn no_password_is_hashed_of_whoever_has_to_wait() {
    let app = acme().await;
    for way in WAYS {
        for name in [ADMIN, "nobody@acme.test"] {
            let before = app.derivations();
            tried(&app, way, HERE, name, "wrong").await;
            assert_eq!(app.derivations(), before + 1, "{way:?} {name}");
        }
    }
    for _ in 0..ALLOWED {
        for name in [ADMIN, "nobody@acme.test"] {
            tried(&app, Way::Grant, HERE, name, "wrong").await;
        }
    }
    let before = app.derivations();
    for way in WAYS {
        for (name, password) in [(ADMIN, PASSWORD), (ADMIN, "wrong"), ("nobody@acme.test", "wrong")] {
            assert_eq!(tried(&app, way, HERE, name, password).await.0, 429, "{way:?} {name}");
        }
    }
    assert_eq!(app.derivations(), before);
}

#[tokio::test]
async fn an_address_that_tries_many_accounts_waits_as_well() {
    let app = acme().await;
    for account in 0..10 * ALLOWED {
        // whoever signs in between does not make up for it, and does not pay for it
        assert_eq!(tried(&app, Way::Grant, HERE, ADMIN, PASSWORD).await.0, 200);
        assert_eq!(tried(&app, Way::Grant, HERE, &format!("{account}@acme.test"), "wrong").await.0, 400);
    }
    let mut waits = Vec::new();
    for account in 0..9 {
        let (status, wait) = tried(&app, Way::Grant, HERE, &format!("more{account}@acme.test"), "wrong").await;
        assert_eq!(status, 429);
        assert_eq!(tried(&app, Way::Grant, ELSEWHERE, ADMIN, PASSWORD).await.0, 200);
        waits.push(wait.unwrap());
        app.pass(i64::from(wait.unwrap()) * SECOND);
        assert_eq!(tried(&app, Way::Grant, HERE, &format!("more{account}@acme.test"), "wrong").await.0, 400);
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
}

#[tokio::test]
async fn what_failed_is_forgotten_after_an_hour() {
    let app = acme().await;
    for _ in 1..ALLOWED {
        tried(&app, Way::Grant, HERE, ADMIN, "wrong").await;
    }
    app.pass(60 * MINUTE);
    for _ in 0..ALLOWED {
        assert_eq!(tried(&app, Way::Grant, HERE, ADMIN, "wrong").await.0, 400);
    }
    assert_eq!(tried(&app, Way::Grant, HERE, ADMIN, "wrong").await.0, 429);
    for account in 0..150 {
        tried(&app, Way::Grant, &format!("10.0.0.{account}"), "nobody@acme.test", "wrong").await;
    }
    app.pass(60 * MINUTE);
    for _ in 0..4 {
        tried(&app, Way::Grant, ELSEWHERE, ADMIN, PASSWORD).await;
    }
    let left = app.sql("SELECT CAST(COUNT(*) AS TEXT) FROM sign_in_failures WHERE failures > 0").await;
    assert_eq!(left, ["0"]);
}

#[tokio::test]
async fn a_client_that_presents_its_own_secret_writes_nothing() {
    let app = acme().await;
    let key = app.organization("globex", json!({})).await.key;
    let access = app.ask("GET", "/v1/caller", &key, json!(null)).await;
    let space = access.pointer("/organization/slug").unwrap().as_str().unwrap();
    let path = format!("/api/shared_spaces/{space}/api_accesses?fields=client_id");
    let new = json!({"data": [{"name": "ci", "client_secret": "Its-Own-Secret-2026!"}]});
    let made = app.ask("POST", &path, &key, new).await;
    let id = made.pointer("/data/0/client_id").unwrap().as_str().unwrap();
    tried(&app, Way::Basic, HERE, id, "Its-Own-Secret-2026!").await;
    let rows = || app.sql("SELECT CAST(COUNT(*) AS TEXT) FROM sign_in_failures");
    let before = rows().await;
    for way in [Way::Basic, Way::Session] {
        app.batches();
        assert_eq!(tried(&app, way, HERE, id, "Its-Own-Secret-2026!").await.0, 200, "{way:?}");
        let session = usize::from(way == Way::Session);
        assert_eq!(app.batches().len(), 1 + session, "{way:?}");
    }
    assert_eq!(rows().await, before);
    for _ in 0..ALLOWED {
        assert_eq!(tried(&app, Way::Basic, HERE, id, "Its-Own-Secret-2027!").await.0, 401);
    }
    assert_eq!(tried(&app, Way::Basic, HERE, id, "Its-Own-Secret-2026!").await, (429, Some(1)));
    assert_eq!(tried(&app, Way::Basic, ELSEWHERE, id, "Its-Own-Secret-2026!").await.0, 200);
}

#[tokio::test]
async fn a_service_account_is_guessed_no_more_often_than_a_user() {
    let app = App::limited(Limits { limiter: None, sign_in_failures: NonZeroU32::new(5) });
    let acme = app.organization("acme", json!({})).await;
    let (id, secret) = app.service_account(&acme).await;
    let rows = || app.sql("SELECT CAST(COUNT(*) AS TEXT) FROM sign_in_failures");
    let before = rows().await;
    app.batches();
    assert_eq!(tried(&app, Way::Client, HERE, &id, &secret).await, (200, None));
    assert_eq!((app.batches().len(), rows().await), (1, before));
    for _ in 0..ALLOWED {
        assert_eq!(tried(&app, Way::Client, HERE, &id, "Chosen-Elsewhere-1").await, (400, None));
    }
    for way in [Way::Client, Way::Basic, Way::Session] {
        assert_eq!(tried(&app, way, HERE, &id, &secret).await, (429, Some(1)), "{way:?} is one account");
    }
    assert_eq!(tried(&app, Way::Client, ELSEWHERE, &id, &secret).await, (200, None));
}
