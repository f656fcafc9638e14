//! The control API as a test uses it, over HTTP.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use document::Exchange;
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use tessera_mock::{Server, Settings};

mod document;

const KEY: &str = "tsr_key_DemoAcmeKeyForLocalTestingOnly0gIwS3";
const ACME: &str = "/v1/organizations/00000000-0000-4000-8000-000000000001";
const ANACONDA: &str = "/organizations/00000000-0000-4000-8000-000000000001/users";

struct Tool {
    server: Server,
    client: Client,
}

/// A status and a body.
type Told = (u16, Value);

impl Tool {
    async fn start() -> Self {
        Self::with(Settings::default()).await
    }

    async fn with(settings: Settings) -> Self {
        Self { server: Server::start(settings).await.unwrap(), client: Client::new() }
    }

    fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        self.client.request(method, format!("{}{path}", self.server.url())).bearer_auth(KEY)
    }

    fn ricloud(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = self.client.request(method, format!("{}{path}", self.server.url()));
        request.header("authorization", format!("Token {KEY}"))
    }

    async fn send(request: reqwest::RequestBuilder) -> Told {
        Self::told(request).await.0
    }

    /// What is answered, and the id of the operation of the control API that answered, if it was one. Whatever it says is in
    /// its document.
    async fn told(request: reqwest::RequestBuilder) -> (Told, Option<String>) {
        let (client, request) = request.build_split();
        let request = request.unwrap();
        let (method, url) = (request.method().clone(), request.url().clone());
        let sent = request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default().to_vec();
        let answer = client.execute(request).await.unwrap();
        let status = answer.status().as_u16();
        let media_type = answer.headers().get("content-type").map(|value| value.to_str().unwrap().to_owned());
        let text = answer.text().await.unwrap();
        let operation = document::check(&Exchange {
            method: method.as_str(),
            target: &url[url::Position::BeforePath..],
            sent: &sent,
            status,
            media_type: media_type.as_deref().unwrap_or_default(),
            body: text.as_bytes(),
        });
        ((status, serde_json::from_slice(text.as_bytes()).unwrap_or(Value::String(text))), operation)
    }

    async fn get(&self, path: &str) -> Told {
        Self::send(self.request("GET", path)).await
    }

    async fn call(&self, method: &str, path: &str, body: Value) -> Told {
        Self::send(self.request(method, path).json(&body)).await
    }

    /// What the journal has of the newest request.
    async fn newest(&self) -> Value {
        self.get("/__admin/requests?limit=1").await.1["requests"][0].clone()
    }

    async fn why(&self) -> Value {
        let id = self.newest().await["id"].as_str().unwrap().to_owned();
        self.get(&format!("/__admin/requests/{id}/why")).await.1
    }
}

#[tokio::test]
async fn it_is_well() {
    let tool = Tool::start().await;
    let (status, health) = tool.get("/__admin/health").await;
    assert_eq!((status, &health["status"], &health["development"]), (200, &json!("healthy"), &json!(true)));
}

/// The ids of a user's tokens, after the one that is made here has ended and the clock was set ahead by 200 days.
async fn tokens_long_after(tool: &Tool) -> Vec<Value> {
    let (_, user) = tool.call("POST", &format!("{ACME}/users"), json!({"email": "long@acme.test"})).await;
    let tokens = format!("{ACME}/users/{}/tokens", user["id"].as_str().unwrap());
    let (_, clock) = tool.get("/__admin/clock").await;
    let end = clock["now"].as_str().unwrap();
    let (status, _) = tool.call("POST", &tokens, json!({"expires_at": end, "mail": false})).await;
    assert_eq!(status, 201);
    tool.call("POST", "/__admin/clock/advance", json!({"days": 200})).await;
    // the host tidies up every second
    tokio::time::sleep(Duration::from_millis(2500)).await;
    tool.get(&tokens).await.1["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_clock_that_is_set_ahead_removes_nothing_unless_a_number_of_days_is_given() {
    let (kept, removed) = tokio::join!(async { tokens_long_after(&Tool::start().await).await }, async {
        tokens_long_after(&Tool::with(Settings { retention_days: Some(90), ..Settings::default() }).await).await
    },);
    assert_eq!((kept.len(), removed.len()), (1, 0));
}

#[tokio::test]
async fn time_is_set_stopped_and_passes() {
    let tool = Tool::start().await;
    let told = tool.call("PUT", "/__admin/clock", json!({"now": "2030-01-01T00:00:00Z", "frozen": true})).await;
    assert_eq!(told, (200, json!({"now": "2030-01-01T00:00:00.000Z", "frozen": true})));
    let key = json!({"name": "short", "scopes": ["users:read"], "expires_at": "2030-01-02T00:00:00Z"});
    let (status, made) = tool.call("POST", &format!("{ACME}/keys"), key).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(made["created_at"], "2030-01-01T00:00:00Z");
    let secret = made["secret"].as_str().unwrap().to_owned();
    let users = || tool.client.get(format!("{}{ACME}/users", tool.server.url())).bearer_auth(&secret);
    assert_eq!(Tool::send(users()).await.0, 200);

    let (status, _) = tool.call("POST", "/__admin/clock/advance", json!({"hours": 24})).await;
    assert_eq!(status, 200);
    assert_eq!(Tool::send(users()).await.0, 401);
    let why = tool.why().await;
    assert_eq!(why["credential"], "the key short ended at 2030-01-02T00:00:00Z");

    let (_, clock) = tool.call("PUT", "/__admin/clock", json!({"frozen": false})).await;
    assert_eq!(clock["frozen"], false);
    let (_, clock) = Tool::send(tool.request("DELETE", "/__admin/clock")).await;
    assert!(!clock["now"].as_str().unwrap().starts_with("2030"), "{clock}");

    for (path, body) in [
        ("/__admin/clock/advance", json!({"days": i64::MAX})),
        ("/__admin/clock/advance", json!({"weeks": 1})),
        ("/__admin/clock", json!({"now": "soon"})),
        ("/__admin/clock", json!({"now": "+10000-01-01T00:00:00Z"})),
    ] {
        let method = if path.ends_with("advance") { "POST" } else { "PUT" };
        assert_eq!(tool.call(method, path, body.clone()).await.0, 422, "{body}");
    }
}

#[tokio::test]
async fn the_same_seed_gives_the_same_answers() {
    let mut told = Vec::new();
    for _ in 0..2 {
        let tool = Tool::with(Settings { random_seed: Some(11), ..Settings::default() }).await;
        tool.call("PUT", "/__admin/clock", json!({"now": "2030-01-01T00:00:00Z", "frozen": true})).await;
        let mut answers = Vec::new();
        for _ in 0..2 {
            answers.push(tool.call("POST", &format!("{ACME}/users"), json!({"email": "a@acme.test"})).await);
            answers.push(tool.call("POST", &format!("{ACME}/keys"), json!({"name": "k", "scopes": ["*"]})).await);
            // the content of before, and the seed from its beginning
            assert_eq!(Tool::send(tool.request("POST", "/__admin/reset")).await.0, 200);
            tool.call("PUT", "/__admin/clock", json!({"now": "2030-01-01T00:00:00Z", "frozen": true})).await;
        }
        assert_eq!(answers[..2], answers[2..]);
        told.push(answers);
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(told[0][0].0, 201);

    let tool = Tool::start().await;
    assert_eq!(tool.get("/__admin/seed").await.1, json!({"seed": null}));
    assert_eq!(tool.call("PUT", "/__admin/seed", json!({"seed": 11})).await, (200, json!({"seed": 11})));
    assert_eq!(tool.call("PUT", "/__admin/seed", json!({"seed": -1})).await.0, 422);
    assert_eq!(Tool::send(tool.request("DELETE", "/__admin/seed")).await.1, json!({"seed": null}));
}

#[tokio::test]
async fn snapshots_bring_back_what_was() {
    let tool = Tool::start().await;
    let users = || async { tool.get(&format!("{ACME}/users")).await.1["data"].as_array().unwrap().len() };
    tool.call("POST", &format!("{ACME}/users"), json!({"email": "a@acme.test"})).await;
    assert_eq!(Tool::send(tool.request("PUT", "/__admin/snapshots/two")).await.0, 204);
    tool.call("POST", &format!("{ACME}/users"), json!({"email": "b@acme.test"})).await;
    assert_eq!(users().await, 3);
    assert_eq!(Tool::send(tool.request("POST", "/__admin/snapshots/two/restore")).await.0, 204);
    assert_eq!(users().await, 2);
    // the numbers that were given out since are given again
    let (status, _) = tool.call("POST", &format!("{ACME}/users"), json!({"email": "b@acme.test"})).await;
    assert_eq!(status, 201);
    assert_eq!(Tool::send(tool.request("POST", "/__admin/reset")).await.0, 200);
    assert_eq!(users().await, 1);
    let (_, list) = tool.get("/__admin/snapshots").await;
    assert_eq!(list["snapshots"][0]["name"], "two");
    assert_eq!(Tool::send(tool.request("DELETE", "/__admin/snapshots/two")).await.0, 204);
    for request in
        [tool.request("DELETE", "/__admin/snapshots/two"), tool.request("POST", "/__admin/snapshots/no/restore")]
    {
        assert_eq!(Tool::send(request).await.0, 404);
    }
    for name in 0..32 {
        assert_eq!(Tool::send(tool.request("PUT", &format!("/__admin/snapshots/{name}"))).await.0, 204);
    }
    assert_eq!(Tool::send(tool.request("PUT", "/__admin/snapshots/one-more")).await.0, 409);
    assert_eq!(Tool::send(tool.request("PUT", "/__admin/snapshots/31")).await.0, 204);
}

#[tokio::test]
async fn an_export_has_no_secret_and_comes_back() {
    let tool = Tool::start().await;
    let user = json!({"email": "a@acme.test", "password": "Very-Secret-2026", "role": "admin"});
    let (_, user) = tool.call("POST", &format!("{ACME}/users"), user).await;
    let tokens = format!("{ACME}/users/{}/tokens", user["id"].as_str().unwrap());
    let (_, token) = tool.call("POST", &tokens, json!({})).await;
    let (_, key) = tool.call("POST", &format!("{ACME}/keys"), json!({"name": "k", "scopes": ["*"]})).await;
    let config = json!({"url": "http://127.0.0.1:9/webhooks"});
    let config = tool.ricloud("POST", "/configs/webhook").json(&config);
    let (status, config) = Tool::send(config).await;
    assert_eq!(status, 201, "{config}");
    let (_, users) = tool.get(&format!("{ACME}/users")).await;
    let (status, export) = tool.get("/__admin/export").await;
    assert_eq!(status, 200);
    let text = export.to_string();
    for secret in
        [&token["secret"], &token["token"], &key["secret"], &config["secret"]].into_iter().filter_map(Value::as_str)
    {
        assert!(!text.contains(secret));
    }
    assert!(!text.contains("pbkdf2") && !text.contains("digest") && !text.contains("sealed"), "{text}");

    // into the same server: whoever is there keeps the secrets
    Tool::send(tool.request("DELETE", &format!("{ACME}/users/{}", user["id"].as_str().unwrap()))).await;
    assert_eq!(tool.call("POST", "/__admin/import", export.clone()).await.0, 204);
    assert_eq!(tool.get(&format!("{ACME}/users")).await.1, users);
    let by_key = tool.client.get(format!("{}{ACME}", tool.server.url())).bearer_auth(key["secret"].as_str().unwrap());
    assert_eq!(Tool::send(by_key).await.0, 200);

    // into another: the demo's key opens it, the others do not
    let other = Tool::start().await;
    assert_eq!(other.call("POST", "/__admin/import", export.clone()).await.0, 204);
    assert_eq!(other.get(&format!("{ACME}/users")).await.1, users);
    let by_key = other.client.get(format!("{}{ACME}", other.server.url())).bearer_auth(key["secret"].as_str().unwrap());
    assert_eq!(Tool::send(by_key).await.0, 401);
    // a webhook has a secret there too, of its own
    let configs = other.ricloud("GET", "/configs/webhook");
    let (status, configs) = Tool::send(configs).await;
    assert_eq!((status, configs["data"][0]["secret"].as_str().map(str::len)), (200, Some(32)));
    assert_ne!(configs["data"][0]["secret"], config["secret"]);
    // and it works on
    let (status, told) = other.call("POST", &format!("{ACME}/users"), json!({"email": "b@acme.test"})).await;
    assert_eq!(status, 201, "{told}");

    let mut foreign = export.clone();
    foreign["schema"] = json!("0001_other.sql");
    let mut dangling = export.clone();
    dangling["tables"]["organizations"] = json!([]);
    let mut strange = export.clone();
    strange["tables"]["users"][0]["shoe"] = json!(44);
    let mut short = export;
    short["tables"].as_object_mut().unwrap().remove("users");
    for (wrong, words) in
        [(foreign, "schema"), (dangling, "refers"), (strange, "shoe"), (short, "users is missing"), (json!([]), "")]
    {
        let (status, told) = other.call("POST", "/__admin/import", wrong).await;
        assert_eq!(status, 422);
        assert!(told["detail"].as_str().unwrap().contains(words), "{told}");
    }
    assert_eq!(other.get(&format!("{ACME}/users")).await.1["data"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn tables_are_told_without_their_secrets() {
    let tool = Tool::start().await;
    let (_, told) = tool.get("/__admin/tables").await;
    let users = told["tables"].as_array().unwrap().iter().find(|table| table["name"] == "users").unwrap();
    assert_eq!(users["rows"], 2);
    let (_, told) = tool.get("/__admin/tables/users?limit=1&offset=1").await;
    assert_eq!((&told["total"], told["rows"].as_array().unwrap().len()), (&json!(2), 1));
    assert!(told.to_string().contains("admin@globex.test"), "{told}");
    for table in ["users", "keys"] {
        let (_, told) = tool.get(&format!("/__admin/tables/{table}")).await;
        assert!(!told.to_string().contains("pbkdf2") && !told.to_string().contains("digest"), "{told}");
    }
    for none in ["nothing", "sessions", "sqlite_schema", "users%22%20--"] {
        assert_eq!(tool.get(&format!("/__admin/tables/{none}")).await.0, 404, "{none}");
    }
}

#[tokio::test]
async fn the_inspector_is_served_and_asks_nobody_else() {
    let tool = Tool::start().await;
    for (path, media_type) in [
        ("/__admin/ui", "text/html; charset=utf-8"),
        ("/__admin/ui/inspector.css", "text/css; charset=utf-8"),
        ("/__admin/ui/inspector.js", "text/javascript; charset=utf-8"),
        ("/__admin/ui/views.js", "text/javascript; charset=utf-8"),
    ] {
        let answer = tool.request("GET", path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        assert_eq!(answer.headers()["content-type"], media_type);
        let policy = answer.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        let text = answer.text().await.unwrap();
        assert!(!text.contains("http://") && !text.contains("https://"), "{path}");
    }
    assert_eq!(tool.get("/__admin/ui/nothing.js").await.0, 404);
}

/// For each vendor a call that its key may make.
const CALLS: [(&str, &str, &str); 6] = [
    ("native", ACME, "Bearer"),
    ("anaconda", ANACONDA, "Bearer"),
    ("appoptima", "/api/v1.0/onpremise/users", "Api-Token"),
    ("astra", "/accounts/00000000-0000-4000-8000-000000000001/core/v1/users", "Bearer"),
    ("octane", "/api/shared_spaces/1001/users", "Bearer"),
    ("ricloud", "/organisation", "Token"),
];

#[tokio::test]
async fn every_vendor_has_its_own_words_for_every_fault() {
    let tool = Tool::start().await;
    let call = |path: &str, scheme: &str| {
        let request = tool.client.get(format!("{}{path}", tool.server.url()));
        request.header("authorization", format!("{scheme} {KEY}"))
    };
    for (vendor, path, scheme) in CALLS {
        assert_eq!(call(path, scheme).send().await.unwrap().status(), StatusCode::OK, "{vendor}");
        let mut bodies = Vec::new();
        for (fault, statuses) in [
            ("rate_limited", &[429][..]),
            ("unavailable", &[503]),
            ("expired_token", &[401]),
            ("forbidden", &[403]),
            ("conflict", &[400, 406, 409]),
            ("seat_exhausted", &[402, 403, 406, 409]),
            ("internal", &[500]),
        ] {
            let rules = json!({"faults": [{"vendor": vendor, "fault": fault, "first": 1}]});
            assert_eq!(tool.call("PUT", "/__admin/faults", rules).await.0, 200);
            let answer = call(path, scheme).send().await.unwrap();
            let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
            assert!(statuses.contains(&status), "{vendor} {fault}: {status}");
            assert_eq!(headers.contains_key("retry-after"), matches!(status, 429 | 503), "{vendor} {fault}");
            let by_rule: Value = answer.json().await.unwrap();
            assert!(by_rule.is_object(), "{vendor} {fault}: {by_rule}");
            assert_eq!(call(path, scheme).send().await.unwrap().status(), StatusCode::OK, "{vendor}");

            let asked = call(path, scheme).header("tessera-fault", fault).send().await.unwrap();
            assert_eq!(asked.status().as_u16(), status, "{vendor} {fault}");
            assert_eq!(tool.why().await["fault"], fault);
            bodies.push(by_rule.to_string());
        }
        bodies.sort();
        bodies.dedup();
        assert!(bodies.len() >= 6, "{vendor} tells faults apart: {bodies:#?}");
    }
}

#[tokio::test]
async fn faults_count_calls_and_are_refused_if_they_are_none() {
    let tool = Tool::start().await;
    let rule = json!({"vendor": "anaconda", "operation": "list_users", "fault": "rate_limited", "every": 2});
    assert_eq!(tool.call("POST", "/__admin/faults", rule.clone()).await.0, 201);
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(tool.get(ANACONDA).await.0);
    }
    assert_eq!(statuses, [200, 429, 200, 429]);
    let (_, list) = tool.get("/__admin/faults").await;
    assert_eq!((&list["faults"][0]["calls"], &list["faults"][0]["hits"]), (&json!(4), &json!(2)));

    let other = json!({"vendor": "anaconda", "fault": "unavailable", "principal": "globex"});
    let own = json!({"vendor": "anaconda", "fault": "unavailable", "principal": "acme"});
    tool.call("PUT", "/__admin/faults", json!({"faults": [other]})).await;
    assert_eq!(tool.get(ANACONDA).await.0, 200);
    tool.call("PUT", "/__admin/faults", json!({"faults": [own]})).await;
    assert_eq!(tool.get(ANACONDA).await.0, 503);

    for (wrong, words) in [
        (json!({"vendor": "anaconda", "operation": "list_user", "fault": "conflict"}), "did you mean list_users"),
        (json!({"vendor": "anacond", "fault": "conflict"}), "did you mean anaconda"),
        (json!({"vendor": "anaconda", "fault": "rate_limit"}), "did you mean rate_limited"),
        (json!({"vendor": "anaconda", "fault": "conflict", "every": 0}), "every"),
        (json!({"vendor": "anaconda", "fault": "conflict", "delay_milliseconds": 1}), "slow"),
        (json!({"vendor": "anaconda", "fault": "slow", "delay_milliseconds": 600_001}), "600000"),
        (json!({"vendor": "anaconda"}), "fault"),
        (json!({"vendor": "anaconda", "fault": "conflict", "often": true}), "often"),
    ] {
        let (status, told) = tool.call("PUT", "/__admin/faults", json!({"faults": [wrong]})).await;
        assert_eq!(status, 422, "{told}");
        assert!(told["detail"].as_str().unwrap().contains(words), "{words}: {told}");
    }
    // a refused change changes nothing
    assert_eq!(tool.get(ANACONDA).await.0, 503);
    assert_eq!(Tool::send(tool.request("DELETE", "/__admin/faults")).await.0, 204);
    assert_eq!(tool.get(ANACONDA).await.0, 200);
}

#[tokio::test]
async fn slow_and_broken_calls() {
    let tool = Tool::start().await;
    let rule = json!({"vendor": "anaconda", "fault": "slow", "delay_milliseconds": 300, "first": 1});
    tool.call("PUT", "/__admin/faults", json!({"faults": [rule]})).await;
    let impatient = tool.request("GET", ANACONDA).timeout(Duration::from_millis(100));
    assert!(impatient.send().await.unwrap_err().is_timeout());
    assert_eq!(tool.get(ANACONDA).await.0, 200);

    for fault in ["connection_reset", "empty_response", "random_data", "malformed_response"] {
        let rule = json!({"vendor": "native", "operation": "create_user", "fault": fault, "first": 1});
        tool.call("PUT", "/__admin/faults", json!({"faults": [rule]})).await;
        let user = json!({"email": format!("{fault}@acme.test")});
        let broken = tool.request("POST", &format!("{ACME}/users")).json(&user).send().await;
        let ended = match broken {
            Err(_) => true,
            Ok(answer) => answer.bytes().await.is_err(),
        };
        assert!(ended, "{fault}");
        // nothing was done
        let (status, told) = tool.call("POST", &format!("{ACME}/users"), user).await;
        assert_eq!(status, 201, "{fault}: {told}");
        let by_header = tool.request("GET", ACME).header("tessera-fault", fault).send().await;
        assert!(by_header.is_err() || by_header.unwrap().bytes().await.is_err(), "{fault}");
    }
    let (status, told) = Tool::send(tool.request("GET", ACME).header("tessera-fault", "rate_limite")).await;
    assert_eq!(status, 400);
    assert!(told["detail"].as_str().unwrap().contains("did you mean rate_limited"), "{told}");
}

#[tokio::test]
async fn where_it_is_no_development_no_caller_asks_for_a_fault() {
    let tool = Tool::with(Settings { demo: false, ..Settings::default() }).await;
    for fault in ["rate_limited", "connection_reset", "nonsense"] {
        let answer = Tool::send(tool.request("GET", ACME).header("tessera-fault", fault)).await;
        assert_eq!(answer.0, 401);
    }
}

#[tokio::test]
async fn the_journal_tells_no_secret() {
    let tool = Tool::start().await;
    let user = json!({"email": "a@acme.test", "password": "Very-Secret-2026", "role": "admin"});
    tool.call("POST", &format!("{ACME}/users"), user).await;
    let form = tool.client.post(format!("{}/api/auth/oauth2/token", tool.server.url()));
    let form = form.form(&[("grant_type", "password"), ("username", "a@acme.test"), ("password", "Very-Secret-2026")]);
    let (_, token) = Tool::send(form).await;
    let access = token["access_token"].as_str().unwrap_or_else(|| panic!("{token}")).to_owned();
    let (_, made) = tool.call("POST", &format!("{ACME}/keys"), json!({"name": "k", "scopes": ["*"]})).await;
    let secret = made["secret"].as_str().unwrap().to_owned();
    tool.call("POST", "/v1/keys/verify", json!({"key": secret})).await;
    tool.get(&format!("/v1/nowhere?token={secret}")).await;
    let basic =
        tool.client.get(format!("{}{ACME}", tool.server.url())).basic_auth("a@acme.test", Some("Very-Secret-2026"));
    Tool::send(basic).await;
    // the key in the place of the name, and with no name at all
    let mut why = String::new();
    for credentials in [format!("{secret}:"), secret.clone()] {
        let basic = format!("Basic {}", BASE64_STANDARD.encode(credentials));
        let request = tool.client.get(format!("{}{ACME}", tool.server.url())).header("authorization", basic);
        assert_eq!(Tool::send(request).await.0, 401);
        why += &tool.why().await.to_string();
    }
    assert!(why.contains("open nothing") && why.contains("no name"), "{why}");

    let told = tool.get("/__admin/requests").await.1;
    assert_eq!(told["meta"]["total"], 8);
    let told = told.to_string() + &why;
    for hidden in ["Very-Secret-2026", &secret, &access, KEY, "YUBhY21lLnRlc3Q"] {
        assert!(!told.contains(hidden), "{hidden}");
    }
    assert!(told.contains("a@acme.test"), "what is no secret is told");
}

#[tokio::test]
async fn the_journal_tells_what_nobody_read_and_why() {
    let tool = Tool::start().await;
    let (status, _) = tool.call("POST", ANACONDA, json!({"email": "a@acme.test", "nickname": "a"})).await;
    assert_eq!(status, 200);
    let newest = tool.newest().await;
    assert_eq!(newest["tessera"]["unread"], json!(["/nickname"]));
    assert_eq!(newest["tessera"]["operation"], "add_user");
    let users = json!([{"id": "w", "email": "w@acme.test", "firstName": "W", "lastName": "W", "shoe": 44}]);
    let bulk = tool.client.post(format!("{}/api/v1.0/onpremise/users/bulk", tool.server.url()));
    let (status, told) = Tool::send(bulk.header("authorization", format!("Api-Token {KEY}")).json(&users)).await;
    assert_eq!(status, 200, "{told}");
    assert_eq!(tool.newest().await["tessera"]["unread"], json!(["/0/shoe"]));

    assert_eq!(tool.call("POST", &format!("{ACME}/users"), json!({"email": "a@acme.test"})).await.0, 409);
    let why = tool.why().await;
    assert_eq!(why["refused"], true);
    assert!(why["rule"].as_str().unwrap().contains("EmailTaken"), "{why}");

    let asked = |key: &'static str| tool.client.get(format!("{}{ACME}", tool.server.url())).bearer_auth(key);
    for (key, verdict) in [
        ("tsr_key_DemoAcmeKeyForLocalTestingOnly0gIwS4", "its checksum does not hold: a slip of the pen, or made up"),
        ("abc", "it has not the form of any credential of this server"),
    ] {
        assert_eq!(Tool::send(asked(key)).await.0, 401);
        assert_eq!(tool.why().await["credential"], verdict);
    }
    Tool::send(tool.client.get(format!("{}{ACME}", tool.server.url()))).await;
    assert_eq!(tool.why().await["credential"], "no credential was sent");
    tool.get("/v2/nothing").await;
    assert!(tool.why().await["because"].as_str().unwrap().contains("mock-server routes"));
    assert_eq!(tool.get("/__admin/requests/x/why").await.0, 404);
}

#[tokio::test]
async fn the_journal_is_bounded() {
    let tool = Tool::with(Settings { journal_limit: 3, ..Settings::default() }).await;
    for _ in 0..5 {
        tool.get(ACME).await;
    }
    let (_, told) = tool.get("/__admin/requests").await;
    assert_eq!(told["meta"]["total"], 3);
    assert_eq!(told["requests"][0]["tessera"]["number"], 5);
    assert_eq!(Tool::send(tool.request("DELETE", "/__admin/requests")).await.0, 200);
    assert_eq!(tool.get("/__admin/requests").await.1["meta"]["total"], 0);

    let off = Tool::with(Settings { journal_limit: 0, ..Settings::default() }).await;
    off.get(ACME).await;
    let (_, told) = off.get("/__admin/requests").await;
    assert_eq!((&told["meta"]["total"], &told["requestJournalDisabled"]), (&json!(0), &json!(true)));
}

#[tokio::test]
async fn mail_is_in_the_mailbox_with_its_token() {
    let tool = Tool::start().await;
    let form =
        |fields: &[(&str, &str)]| tool.client.post(format!("{}/api/auth/oauth2/token", tool.server.url())).form(fields);
    let password = [("grant_type", "password"), ("username", "admin@acme.test"), ("password", "Acme-Admin-2026")];
    let admin = Tool::send(form(&password)).await.1["access_token"].as_str().unwrap().to_owned();
    let accounts = format!("{}/service-accounts", ANACONDA.trim_end_matches("/users"));
    let account = tool.client.post(format!("{}{accounts}", tool.server.url())).bearer_auth(admin);
    let account = Tool::send(account.json(&json!({"name": "onboarding"}))).await.1;
    let text = |name: &str| account[name].as_str().unwrap();
    let client = [
        ("grant_type", "client_credentials"),
        ("client_id", text("client_id")),
        ("client_secret", text("client_secret")),
    ];
    let token = Tool::send(form(&client)).await.1["access_token"].as_str().unwrap().to_owned();
    let people = json!({"user_emails": ["new@acme.test"]});
    let path = "/organizations/00000000-0000-4000-8000-000000000001/users_auto_registration";
    let onboard = tool.client.post(format!("{}{path}", tool.server.url())).bearer_auth(token).json(&people);
    let (status, told) = Tool::send(onboard).await;
    assert_eq!(status, 200, "{told}");
    let (_, mailbox) = tool.get("/__admin/mailbox?to=NEW@acme.test").await;
    let mails = mailbox["mails"].as_array().unwrap();
    assert!(mails.iter().all(|mail| mail["to"] == "new@acme.test"), "{mailbox}");
    let token = mails.iter().find(|mail| mail["template"] == "token").unwrap_or_else(|| panic!("{mailbox}"));
    let secret = token["content"]["token"].as_str().unwrap();
    assert!(secret.starts_with("tsr_"), "{token}");
    assert_eq!(token["subject"], "Your token for Acme");
    assert!(token["text"].as_str().unwrap().lines().any(|line| line.trim() == secret), "{token}");
    assert_eq!(tool.get("/__admin/mailbox?to=nobody@acme.test").await.1, json!({"mails": []}));
}

#[tokio::test]
async fn deliveries_are_told_with_their_attempts() {
    let hook = wiremock::MockServer::start().await;
    let taken = wiremock::Mock::given(wiremock::matchers::any()).respond_with(wiremock::ResponseTemplate::new(204));
    taken.mount(&hook).await;
    let tool = Tool::start().await;
    assert_eq!(tool.get("/__admin/deliveries").await.1, json!({"deliveries": []}));
    let config = tool.client.post(format!("{}/configs/webhook", tool.server.url()));
    let config = config.header("authorization", format!("Token {KEY}")).json(&json!({"url": hook.uri()}));
    let (status, told) = Tool::send(config).await;
    assert_eq!(status, 201, "{told}");
    let test = tool.client.post(format!("{}/configs/webhook/{}/test", tool.server.url(), told["id"]));
    let (status, told) = Tool::send(test.header("authorization", format!("Token {KEY}"))).await;
    assert!(status < 300, "{status} {told}");
    let delivered = async {
        loop {
            let (_, told) = tool.get("/__admin/deliveries").await;
            if told["deliveries"][0]["state"] == "delivered" {
                return told["deliveries"][0].clone();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let delivery = tokio::time::timeout(Duration::from_secs(10), delivered).await.unwrap();
    assert_eq!(delivery["organization"], 1001);
    assert_eq!(delivery["attempts"][0]["status"], 204);
}

#[tokio::test]
async fn events_come_as_they_happen() {
    let tool = Tool::start().await;
    let mut events = tool.request("GET", "/__admin/events").send().await.unwrap();
    tool.get(ACME).await;
    let text = String::from_utf8(events.chunk().await.unwrap().unwrap().to_vec()).unwrap();
    assert!(text.starts_with("event: exchange\ndata: {"), "{text}");
    assert!(text.contains("get_organization"), "{text}");
    Tool::send(tool.request("POST", "/__admin/reset")).await;
    let text = String::from_utf8(events.chunk().await.unwrap().unwrap().to_vec()).unwrap();
    assert!(text.starts_with("event: reset"), "{text}");
}

#[tokio::test]
async fn it_is_not_for_everybody() {
    let tool = Tool::start().await;
    let health = |name: &'static str, value: &'static str| tool.request("GET", "/__admin/health").header(name, value);
    assert_eq!(Tool::send(health("origin", "http://elsewhere.test")).await.0, 403);
    assert_eq!(Tool::send(health("host", "elsewhere.test")).await.0, 403);
    assert_eq!(Tool::send(health("host", "localhost:8080")).await.0, 200);
    let own = tool.request("GET", "/__admin/health").header("origin", tool.server.url());
    assert_eq!(Tool::send(own).await.0, 200);
    assert_eq!(tool.get("/__admin/nothing").await.0, 404);
    assert_eq!(tool.get("/__admin").await.0, 404);
    assert_eq!(Tool::send(tool.request("PATCH", "/__admin/health")).await.0, 405);
    // not its own path
    assert_eq!(tool.get("/__administrator").await.1["type"], "urn:tessera:problem:no-such-path");

    let listen = "0.0.0.0:0".parse().unwrap();
    let closed = Tool::with(Settings { listen, ..Settings::default() }).await;
    let port = closed.server.address().port();
    let url = |path: &str| format!("http://127.0.0.1:{port}{path}");
    assert_eq!(closed.client.get(url("/__admin/health")).send().await.unwrap().status(), StatusCode::FORBIDDEN);
    let token = Some("let-me-in".to_owned());
    let open = Tool::with(Settings { listen, admin_token: token, ..Settings::default() }).await;
    let port = open.server.address().port();
    let url = |path: &str| format!("http://127.0.0.1:{port}{path}");
    let ask = |token: &str| open.client.get(url("/__admin/health")).bearer_auth(token).send();
    assert_eq!(ask("let-me-in").await.unwrap().status(), StatusCode::OK);
    assert_eq!(ask("let-me-out").await.unwrap().status(), StatusCode::UNAUTHORIZED);
    assert_eq!(ask("").await.unwrap().status(), StatusCode::UNAUTHORIZED);
    // the page takes the token itself
    for (path, status) in [("/__admin/ui", 200), ("/__admin/ui/inspector.js", 200), ("/__admin/uis", 401)] {
        assert_eq!(open.client.get(url(path)).send().await.unwrap().status(), status, "{path}");
    }
}

/// Methods, paths and bodies that the control API takes, in an order in which each can be done.
fn taken() -> Vec<(&'static str, &'static str, Value)> {
    let stub =
        json!({"id": "00000000-0000-4000-8000-0000000000aa", "request": {"urlPath": "/stubbed"}, "scenarioName": "s"});
    let pattern = json!({"urlPathPattern": "/nowhere.*", "method": "ANY"});
    let like = json!({"matchesJsonPath": {"expression": "$.team", "equalTo": "a"}});
    let rule = json!({"vendor": "ricloud", "fault": "conflict", "first": 1});
    vec![
        ("GET", "/health", Value::Null),
        ("GET", "/openapi.json", Value::Null),
        ("GET", "/clock", Value::Null),
        ("PUT", "/clock", json!({"frozen": true})),
        ("POST", "/clock/advance", json!({"hours": 1})),
        ("DELETE", "/clock", Value::Null),
        ("GET", "/seed", Value::Null),
        ("PUT", "/seed", json!({"seed": 3})),
        ("DELETE", "/seed", Value::Null),
        ("PUT", "/snapshots/one", Value::Null),
        ("GET", "/snapshots", Value::Null),
        ("POST", "/snapshots/one/restore", Value::Null),
        ("DELETE", "/snapshots/one", Value::Null),
        ("GET", "/faults", Value::Null),
        ("PUT", "/faults", json!({"faults": [rule]})),
        ("POST", "/faults", rule),
        ("GET", "/faults", Value::Null),
        ("DELETE", "/faults", Value::Null),
        ("GET", "/requests?limit=5&since=2020-01-01T00:00:00Z&unmatched=true", Value::Null),
        ("GET", "/requests/00000000-0000-4000-8000-000000000001", Value::Null),
        ("GET", "/requests/00000000-0000-4000-8000-000000000001/why", Value::Null),
        ("DELETE", "/requests/00000000-0000-4000-8000-000000000002", Value::Null),
        ("POST", "/mappings", stub.clone()),
        ("GET", "/mappings?limit=1&offset=0", Value::Null),
        ("GET", "/mappings/00000000-0000-4000-8000-0000000000aa", Value::Null),
        ("PUT", "/mappings/00000000-0000-4000-8000-0000000000aa", stub.clone()),
        ("GET", "/scenarios", Value::Null),
        ("PUT", "/scenarios/s/state", json!({"state": "Started"})),
        ("POST", "/scenarios/reset", Value::Null),
        ("GET", "/requests/unmatched", Value::Null),
        ("GET", "/requests/unmatched/near-misses", Value::Null),
        ("POST", "/near-misses/request", json!({"url": "/other", "method": "GET"})),
        ("POST", "/near-misses/request-pattern", pattern.clone()),
        ("POST", "/requests/count", pattern.clone()),
        ("POST", "/requests/find", pattern.clone()),
        ("POST", "/requests/remove", pattern),
        ("POST", "/mappings/find-by-metadata", like.clone()),
        ("POST", "/mappings/remove-by-metadata", like),
        ("DELETE", "/mappings/00000000-0000-4000-8000-0000000000aa", Value::Null),
        ("POST", "/mappings/import", json!({"mappings": [stub], "importOptions": {"duplicatePolicy": "IGNORE"}})),
        ("POST", "/mappings/save", Value::Null),
        ("POST", "/mappings/reset", Value::Null),
        ("DELETE", "/mappings", Value::Null),
        ("PUT", "/settings", json!({"fixedDelay": 0})),
        ("GET", "/settings", Value::Null),
        ("POST", "/settings", json!({"fixedDelay": null})),
        ("POST", "/requests/reset", Value::Null),
        ("DELETE", "/requests", Value::Null),
        ("GET", "/mailbox?to=a@acme.test&limit=1", Value::Null),
        ("GET", "/deliveries?limit=1", Value::Null),
        ("GET", "/metrics", Value::Null),
        ("GET", "/tables", Value::Null),
        ("GET", "/tables/users?limit=1&offset=1", Value::Null),
        ("GET", "/ui", Value::Null),
        ("GET", "/ui/inspector.css", Value::Null),
        ("POST", "/reset", Value::Null),
    ]
}

/// Sends a body that is no chunk where one should be, and gives the status.
async fn send_broken(server: &Server, method: &str, path: &str) -> Told {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let mut socket = tokio::net::TcpStream::connect(server.address()).await.unwrap();
    let head = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\nno chunk\r\n");
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {method} {path}"));
    assert!(head.contains("application/problem+json"), "{head}");
    (head.split(' ').nth(1).unwrap().parse().unwrap(), serde_json::from_slice(body.as_bytes()).unwrap())
}

/// The document's operations: method, path, id, and whether it takes a body.
fn operations() -> Vec<(String, String, Value)> {
    let paths = document::DOCUMENT["paths"].as_object().unwrap();
    let of_path = |(path, item): (&String, &Value)| {
        let path = path.clone();
        let methods = item.as_object().unwrap().clone().into_iter();
        methods.map(move |(method, operation)| (method.to_uppercase(), path.clone(), operation)).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}

/// A path with its parameter filled in.
fn filled(path: &str, parameter: &str) -> String {
    let filled = path.split('/').map(|part| if part.starts_with('{') { parameter } else { part });
    filled.collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn every_operation_answers_as_its_document_says_and_in_every_way_that_it_says() {
    let tool = Tool::start().await;
    let mut seen = BTreeSet::new();
    tool.get("/nowhere").await;
    tool.get("/nowhere/else").await;
    for (method, path, body) in taken() {
        let request = tool.request(method, &format!("/__admin{path}"));
        let request = if body.is_null() { request } else { request.json(&body) };
        let ((status, told), operation) = Tool::told(request).await;
        assert!((200..300).contains(&status), "{method} {path}: {status} {told}");
        seen.insert((operation.unwrap(), status));
    }
    let (status, export) = tool.get("/__admin/export").await;
    assert_eq!((status, tool.call("POST", "/__admin/import", export).await.0), (200, 204));
    let events = tool.request("GET", "/__admin/events").send().await.unwrap();
    assert_eq!(
        (events.status().as_u16(), &events.headers()["content-type"]),
        (200, &"text/event-stream".parse().unwrap())
    );
    for snapshot in 0..32 {
        assert_eq!(Tool::send(tool.request("PUT", &format!("/__admin/snapshots/{snapshot}"))).await.0, 204);
    }
    assert_eq!(Tool::send(tool.request("PUT", "/__admin/snapshots/more")).await.0, 409);
    let by_hand = [("exportContent", 200), ("importContent", 204), ("streamEvents", 200), ("saveSnapshot", 409)];
    seen.extend(by_hand.map(|(id, status)| (id.to_owned(), status)));

    let listen = "0.0.0.0:0".parse().unwrap();
    let closed = Tool::with(Settings { listen, ..Settings::default() }).await;
    let guarded = Tool::with(Settings { admin_token: Some("sesame".to_owned()), ..Settings::default() }).await;
    let long = "x".repeat((2 << 20) + 1);
    let mut wanted = BTreeSet::new();
    for (method, path, operation) in operations() {
        let id = operation["operationId"].as_str().unwrap().to_owned();
        let takes = operation.get("requestBody").is_some();
        let nothing = |tool: &Tool, path: &str| {
            let request = tool.request(&method, path);
            if takes { request.body("{}") } else { request }
        };
        for status in operation["responses"].as_object().unwrap().keys() {
            let status: u16 = status.parse().unwrap();
            let plain = filled(&path, "nothing");
            let request = match status {
                200..300 | 409 => None,
                // no store fails on purpose
                500 => continue,
                400 if path.contains('{') => Some(nothing(&tool, &filled(&path, "%FF"))),
                400 if takes => {
                    let (told, problem) = send_broken(&tool.server, &method, &path).await;
                    assert_eq!((told, &problem["status"]), (400, &json!(400)), "{method} {path}");
                    seen.insert((id.clone(), 400));
                    None
                }
                400 => Some(tool.request(&method, &format!("{path}?limit=many"))),
                401 => Some(nothing(&guarded, &plain).bearer_auth("wrong")),
                403 => Some(nothing(&closed, &plain)),
                404 => Some(nothing(&tool, &plain)),
                413 => Some(tool.request(&method, &plain).body(long.clone())),
                422 => Some(tool.request(&method, &plain).body("{")),
                _ => panic!("{method} {path}: how does {status} come?"),
            };
            wanted.insert((id.clone(), status));
            if let Some(request) = request {
                let ((told, body), _) = Tool::told(request).await;
                assert_eq!(told, status, "{method} {path}: {body}");
                seen.insert((id.clone(), status));
            }
        }
    }
    assert_eq!(wanted.difference(&seen).collect::<Vec<_>>(), Vec::<&(String, u16)>::new());
}

#[tokio::test]
async fn no_path_has_a_method_that_its_document_has_not() {
    let tool = Tool::start().await;
    for (path, item) in document::DOCUMENT["paths"].as_object().unwrap() {
        for method in ["GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS"] {
            if item.get(method.to_lowercase()).is_none() {
                assert_eq!(Tool::send(tool.request(method, &filled(path, "x"))).await.0, 405, "{method} {path}");
            }
        }
    }
}

#[test]
fn the_committed_document_is_current() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/control-api.openapi.json");
    let committed = std::fs::read_to_string(file).unwrap_or_default();
    assert!(
        committed == format!("{:#}\n", *document::DOCUMENT),
        "run: cargo run -p mock-server openapi > docs/control-api.openapi.json"
    );
    let ids: Vec<Value> = operations().into_iter().map(|(_, _, operation)| operation["operationId"].clone()).collect();
    let distinct: BTreeSet<String> = ids.iter().map(Value::to_string).collect();
    assert_eq!(distinct.len(), ids.len(), "each operation has an id of its own");
}
