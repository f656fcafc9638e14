//! Verifying a key asks the store only where nobody did of late; and a key that was ended is dead at once where it was ended, and
//! everywhere within the bound.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

#[expect(dead_code, reason = "another test needs more of it")]
mod in_process;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use in_process::{App, Organization, PASSWORD, Payload, ROOT, text};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tessera_directory::ports::{Cache, NoCache};
use tessera_directory::recent::MAX_AGE;

/// What is promised, less what clocks may differ by.
const _: () = assert!(MAX_AGE < 60_000);

/// A cache that two hosts share, and that may be deaf to what is to be forgotten.
#[derive(Default)]
struct Shared {
    texts: Mutex<BTreeMap<String, String>>,
    is_deaf: AtomicBool,
}

impl Shared {
    fn new(is_deaf: bool) -> Arc<Self> {
        Arc::new(Self { is_deaf: is_deaf.into(), ..Self::default() })
    }

    fn texts(&self) -> BTreeMap<String, String> {
        self.texts.lock().clone()
    }
}

#[async_trait]
impl Cache for Shared {
    async fn get(&self, name: &str) -> Option<String> {
        self.texts.lock().get(name).cloned()
    }

    fn put(&self, name: String, text: String, time_to_live: Duration) {
        assert_eq!(time_to_live, Duration::from_mins(1), "Workers KV takes no less");
        self.texts.lock().insert(name, text);
    }

    fn delete(&self, name: String) {
        if !self.is_deaf.load(Ordering::SeqCst) {
            self.texts.lock().remove(&name);
        }
    }
}

/// A directory of one organization with a key, and this behind it.
async fn world(cache: Arc<dyn Cache>) -> (App, Organization) {
    let app = App::new().beside(cache);
    let organization = app.organization("acme", json!({})).await;
    (app, organization)
}

async fn new_key(app: &App, organization: &Organization, members: Value) -> (String, String) {
    let mut key = json!({"name": "ci", "scopes": ["users:read"]});
    key.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    let made = app.ask("POST", &organization.path("/keys"), &organization.key, key).await;
    (text(&made, "id"), text(&made, "secret"))
}

/// What a call by the root key, which asks the store nothing by itself, is answered, and how often that asked the store.
async fn by_root(app: &App, path: &str, media: &str, body: String, cache_control: &str) -> (Value, usize) {
    let request = Request::builder().method("POST").uri(path);
    let request = request.header(header::AUTHORIZATION, format!("Bearer {ROOT}"));
    let request = request.header(header::CONTENT_TYPE, media).header(header::CACHE_CONTROL, cache_control);
    app.batches();
    let answer = app.answer(request.body(Body::from(body)).unwrap()).await;
    let count = app.batches().len();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
    let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    (serde_json::from_slice(&body).unwrap(), count)
}

async fn asked(app: &App, secret: &str, cache_control: &str) -> (Value, usize) {
    by_root(app, "/v1/keys/verify", "application/json", json!({"key": secret}).to_string(), cache_control).await
}

async fn introspected(app: &App, token: &str, cache_control: &str) -> (Value, usize) {
    let form = format!("token={token}");
    by_root(app, "/oauth2/introspect", "application/x-www-form-urlencoded", form, cache_control).await
}

/// Whether a key is good, as both calls have it.
async fn is_good(app: &App, secret: &str) -> bool {
    let (verified, _) = asked(app, secret, "").await;
    let (introspection, _) = introspected(app, secret, "").await;
    if secret.starts_with("tsr_key_") {
        assert_eq!(verified["valid"], introspection["active"], "{verified} {introspection}");
    }
    verified["valid"] == true
}

#[tokio::test]
async fn what_is_no_secret_of_ours_is_refused_with_no_look_up() {
    let (app, _) = world(Arc::new(NoCache)).await;
    let none = "tsr_key_NobodyHasThisKeyAndNobodyWill03qfq60";
    for secret in ["", "nonsense", none, "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.x", ROOT] {
        for cache_control in ["", "no-cache"] {
            let (answer, count) = asked(&app, secret, cache_control).await;
            assert_eq!((&answer["code"], count), (&json!("malformed"), 0), "{secret}");
            if !secret.is_empty() {
                let (answer, count) = introspected(&app, secret, cache_control).await;
                assert_eq!((answer, count), (json!({"active": false}), 0), "{secret}");
            }
        }
    }
}

#[tokio::test]
async fn a_warm_verification_asks_the_store_for_the_caller_alone() {
    let (app, organization) = world(Arc::new(NoCache)).await;
    let (_, secret) = new_key(&app, &organization, json!({})).await;
    app.pass(1);
    let (cold, count) = asked(&app, &secret, "").await;
    assert_eq!((&cold["code"], count), (&json!("valid"), 1));
    for _ in 0..3 {
        app.pass(1000);
        assert_eq!(asked(&app, &secret, "").await, (cold.clone(), 0), "the same answer, with the store not asked");
        let (introspection, count) = introspected(&app, &secret, "max-age=0, private").await;
        assert_eq!((&introspection["active"], &introspection["scope"], count), (&json!(true), &json!("users:read"), 0));
    }
    for cache_control in ["no-cache", "No-Store, NO-CACHE"] {
        assert_eq!(asked(&app, &secret, cache_control).await.1, 1);
        assert_eq!(introspected(&app, &secret, cache_control).await.1, 1);
    }
    app.batches();
    let verify = Payload::Json(json!({"key": secret}));
    app.send("POST", "/v1/keys/verify", &organization.key, verify.clone()).await;
    app.batches();
    let (status, answer) = app.send("POST", "/v1/keys/verify", &organization.key, verify).await;
    assert_eq!((status.as_u16(), &answer), (200, &cold));
    assert_eq!(app.batches().iter().map(Vec::len).collect::<Vec<_>>(), [1], "a statement for the caller's own key");
    // what is not good is asked for each time
    let unknown = "tsr_key_NobodyHasThisKeyAndNobodyWill03qfq6d";
    assert_eq!([asked(&app, unknown, "").await.1, asked(&app, unknown, "").await.1], [1, 1]);
}

#[tokio::test]
async fn a_key_is_dead_at_once_where_it_was_revoked_and_elsewhere_within_the_bound() {
    // neither shares anything, both share a cache, both share one that forgets nothing
    for (is_shared, is_deaf) in [(false, false), (true, false), (true, true)] {
        let shared = Shared::new(is_deaf);
        let cache = || if is_shared { Arc::clone(&shared) as Arc<dyn Cache> } else { Arc::new(NoCache) };
        let (here, organization) = world(cache()).await;
        let (there, third) = (here.beside(cache()), here.beside(cache()));
        let (id, secret) = new_key(&here, &organization, json!({})).await;
        let (_, other) = new_key(&here, &organization, json!({})).await;
        here.pass(1);
        assert!(is_good(&here, &secret).await && is_good(&here, &other).await);
        // the bound counts from when the store was asked, and not from when this host heard of it
        if is_shared {
            here.pass(30_000);
            assert_eq!(asked(&there, &secret, "").await.1, 0, "it was kept by the other host");
            here.pass(MAX_AGE - 30_001);
        } else {
            assert_eq!(asked(&there, &secret, "").await.1, 1);
            here.pass(MAX_AGE - 1);
        }
        here.ask("DELETE", &organization.path(&format!("/keys/{id}")), &organization.key, Value::Null).await;
        assert!(!is_good(&here, &secret).await, "it is dead at once where it was revoked");
        assert!(is_good(&there, &secret).await, "it is alive elsewhere as long as the bound says");
        assert_eq!(is_good(&third, &secret).await, is_deaf, "what was kept behind all is forgotten");
        let (fresh, _) = asked(&there, &secret, "no-cache").await;
        assert_eq!(fresh["code"], "revoked", "whoever asks for it is told what is so now");
        assert!(!is_good(&there, &secret).await, "and is told nothing older afterwards");
        here.pass(1);
        for app in [&here, &there, &third] {
            assert!(!is_good(app, &secret).await, "it is dead everywhere");
            assert!(is_good(app, &other).await);
        }
    }
}

#[tokio::test]
async fn a_row_that_was_asked_for_before_a_change_is_worth_nothing_after_it() {
    let shared = Shared::new(true);
    let (here, organization) = world(Arc::<Shared>::clone(&shared)).await;
    let there = here.beside(Arc::<Shared>::clone(&shared));
    let (id, secret) = new_key(&here, &organization, json!({})).await;
    here.pass(1);
    assert!(is_good(&there, &secret).await);
    here.pass(1);
    here.ask("DELETE", &organization.path(&format!("/keys/{id}")), &organization.key, Value::Null).await;
    assert!(!shared.texts().is_empty(), "a late write brought it back");
    assert!(!is_good(&here, &secret).await);
}

#[tokio::test]
async fn what_is_kept_has_no_secret_and_is_read_by_nobody_else() {
    let shared = Shared::new(false);
    let (app, organization) = world(Arc::<Shared>::clone(&shared)).await;
    let (_, secret) = new_key(&app, &organization, json!({})).await;
    assert!(is_good(&app, &secret).await);
    let texts = shared.texts();
    assert_eq!(texts.len(), 1);
    let all = format!("{texts:?}");
    assert!(!all.contains("tsr_") && all.contains(&organization.id), "{all}");
    // what cannot be read, or is another's, is as good as nothing
    let (_, other) = new_key(&app, &organization, json!({})).await;
    let fresh = app.beside(Arc::<Shared>::clone(&shared));
    assert!(is_good(&fresh, &other).await);
    let (name, text) = texts.first_key_value().unwrap();
    let others = shared.texts().into_iter().find(|(known, _)| known != name).unwrap();
    for broken in ["", "[]", "nonsense", &text.replace("standard", "another"), &others.1] {
        shared.texts.lock().insert(name.clone(), broken.to_owned());
        let fresh = app.beside(Arc::<Shared>::clone(&shared));
        assert_eq!(asked(&fresh, &secret, "").await.1, 1, "{broken}");
    }
}

#[tokio::test]
async fn ends_are_judged_when_they_are_asked_about() {
    let shared = Shared::new(false);
    let (app, organization) = world(Arc::<Shared>::clone(&shared)).await;
    let there = app.beside(shared);
    let (_, short) = new_key(&app, &organization, json!({"expires_at": "2026-06-01T00:00:20Z"})).await;
    let (id, old) = new_key(&app, &organization, json!({})).await;
    app.pass(1);
    assert!(is_good(&app, &short).await && is_good(&app, &old).await);
    let rotate = organization.path(&format!("/keys/{id}/rotate"));
    let new = text(&app.ask("POST", &rotate, &organization.key, json!({"grace_seconds": 20})).await, "secret");
    app.pass(1);
    for host in [&app, &there] {
        assert!(is_good(host, &old).await && is_good(host, &new).await, "the secret before is good for its grace");
        assert_eq!([asked(host, &old, "").await.1, asked(host, &new, "").await.1], [0, 0], "and is kept as well");
        let ends = [introspected(host, &old, "").await, introspected(host, &new, "").await];
        let ends = ends.map(|(answer, _)| answer["exp"].clone());
        assert_eq!(ends, [json!(1_780_272_020), Value::Null]);
    }
    app.pass(20_000);
    for host in [&app, &there] {
        assert_eq!(asked(host, &short, "").await.0["code"], "expired");
        assert_eq!(asked(host, &old, "").await.0["code"], "unknown");
        assert!(is_good(host, &new).await);
    }
}

#[tokio::test]
async fn a_use_is_noted_to_the_minute() {
    let (app, organization) = world(Arc::new(NoCache)).await;
    let (_, secret) = new_key(&app, &organization, json!({})).await;
    for _ in 0..40 {
        let (answer, _) = asked(&app, &secret, "").await;
        let used = answer["key"]["last_used_at"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
        let ago = app.directory.now() - used;
        assert!((0..60_000).contains(&ago.num_milliseconds()), "{ago}");
        app.pass(7_000);
    }
}

#[tokio::test]
async fn callers_are_looked_up_each_time() {
    let shared = Shared::new(true);
    let (here, organization) = world(Arc::<Shared>::clone(&shared)).await;
    let there = here.beside(shared);
    let (id, secret) = new_key(&here, &organization, json!({"scopes": ["*"]})).await;
    assert!(is_good(&there, &secret).await);
    assert_eq!(there.status("/v1/caller", &secret).await, 200);
    here.pass(1);
    here.ask("DELETE", &organization.path(&format!("/keys/{id}")), &organization.key, Value::Null).await;
    assert!(is_good(&there, &secret).await);
    assert_eq!(there.status("/v1/caller", &secret).await, 401);
}

#[tokio::test]
async fn a_session_is_known_by_its_secret_until_it_ends() {
    let (app, organization) = world(Arc::new(NoCache)).await;
    let body = json!({"user": organization.admin, "password": PASSWORD}).to_string();
    let request = Request::builder().method("POST").uri("/authentication/sign_in").body(Body::from(body)).unwrap();
    let answer = app.answer(request).await;
    let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    let secret = cookie.split(['=', ';']).find(|part| part.starts_with("tsr_")).unwrap();
    let (introspection, _) = introspected(&app, secret, "").await;
    let end = (app.directory.now() + chrono::TimeDelta::hours(24)).timestamp();
    let (sub, username) = (introspection["sub"].clone(), &organization.admin);
    let wanted = json!({"active": true, "username": username, "exp": end, "sub": sub, "iss": "http://localhost",
        "organization_id": organization.id});
    assert_eq!(introspection, wanted);
    app.pass(24 * 3_600_000);
    assert_eq!(introspected(&app, secret, "").await.0, json!({"active": false}));
}

#[tokio::test]
async fn a_client_is_known_by_basic_whichever_way_it_is_encoded() {
    let (app, organization) = world(Arc::new(NoCache)).await;
    let (id, secret) = app.service_account(&organization).await;
    let encoded = |text: &str| text.replace('-', "%2D").replace('_', "%5F");
    let pairs =
        [(id.clone(), secret.clone(), 200), (encoded(&id), encoded(&secret), 200), (id, format!("{secret}%"), 401)];
    for (id, secret, status) in pairs {
        let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("{id}:{secret}")));
        for (path, form) in [("/oauth2/introspect", "token=x"), ("/api/iam/token", "grant_type=client_credentials")] {
            let request = Request::builder().method("POST").uri(path).header(header::AUTHORIZATION, &basic);
            let answer = app.answer(request.body(Body::from(form)).unwrap()).await;
            assert_eq!(answer.status(), status, "{path} by {id}");
        }
    }
}

#[tokio::test]
async fn the_issuer_is_where_it_is_asked() {
    let (app, _) = world(Arc::new(NoCache)).await;
    for (host, issuer) in [
        ("Acme.test:8080", "http://acme.test:8080"),
        ("[::1]:80", "http://[::1]:80"),
        ("user@acme.test", "http://localhost"),
        ("a/b", "http://localhost"),
    ] {
        let request = Request::builder().uri("/.well-known/oauth-authorization-server").header(header::HOST, host);
        let answer = app.answer(request.body(Body::empty()).unwrap()).await;
        let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        let metadata: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(metadata["issuer"], issuer, "{host}");
        assert_eq!(metadata["introspection_endpoint"], format!("{issuer}/oauth2/introspect"));
    }
}

/// Every way in which a key ends, by whichever API.
#[tokio::test]
async fn a_key_is_dead_at_once_whoever_ended_it() {
    for way in ["revoke", "rotate", "delete_organization", "service_account", "octane", "ricloud", "ricloud_rotate"] {
        let shared = Shared::new(false);
        let (app, organization) = world(Arc::<Shared>::clone(&shared)).await;
        let (mut id, mut secret) = new_key(&app, &organization, json!({"scopes": ["*"]})).await;
        let key = &organization.key;
        if way == "service_account" {
            (id, secret) = app.service_account(&organization).await;
        }
        app.pass(1);
        assert!(is_good(&app, &secret).await, "{way}");
        assert_eq!(shared.texts().len(), 1, "{way}");
        app.pass(1);
        let found = app.sql(&format!("SELECT CAST(seq AS TEXT) AS seq FROM keys WHERE id = '{id}'")).await;
        let numbered = app.sql(&format!("SELECT CAST(number AS TEXT) AS n FROM keys WHERE id = '{id}'")).await;
        let (seq, number) = (found.first().unwrap(), numbered.first().unwrap());
        let own = format!("Token {key}");
        match way {
            "revoke" => app.ask("DELETE", &organization.path(&format!("/keys/{id}")), key, Value::Null).await,
            "rotate" => app.ask("POST", &organization.path(&format!("/keys/{id}/rotate")), key, json!({})).await,
            "delete_organization" => app.ask("DELETE", &organization.path(""), ROOT, Value::Null).await,
            "service_account" => {
                let path = format!("/organizations/{}/service-accounts/{id}", organization.id);
                app.ask("DELETE", &path, key, Value::Null).await
            }
            "octane" => {
                let path = format!("/api/shared_spaces/acme/api_accesses/{number}");
                app.ask("PUT", &path, key, json!({"is_valid": false})).await
            }
            "ricloud" => app.ask("POST", &format!("/keys/{seq}"), &own, json!({"state": "deactivated"})).await,
            "ricloud_rotate" => app.ask("POST", &format!("/keys/{seq}/rotate"), &own, json!({"config": {}})).await,
            other => panic!("{other}"),
        };
        assert!(!is_good(&app, &secret).await, "{way}");
        assert_eq!(shared.texts(), BTreeMap::new(), "{way}");
    }
}
