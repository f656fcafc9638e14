//! Whatever is sent, a verdict is the server's: random bodies, made of members that the operations know and values that they
//! may not like, through the router and through the judges. The bodies and the server's refusals are kept for the npm package.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

#[expect(dead_code, reason = "another test needs more of it")]
mod in_process;

use std::cell::RefCell;
use std::fs;
use std::path::Path;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use in_process::App;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};
use tessera_api::verdict::{self, Question, VENDORS, Verdict};

/// An operation that makes something by its body alone, with its path and a body that it takes.
struct Operation {
    name: &'static str,
    path: &'static str,
    scheme: &'static str,
    good: Value,
}

#[expect(clippy::too_many_lines, reason = "a row for each operation")]
fn operations() -> Vec<Operation> {
    let of = |name, path, scheme, good| Operation { name, path, scheme, good };
    let user = json!({"id": "ann", "email": "ann@acme.test", "firstName": "Ann", "lastName": "Conda",
        "passwordClearText": "Str0ng-Enough-Pass", "groups": []});
    let resource = |kind: &str, version: &str, rest: Value| {
        let mut members = json!({"type": format!("application/astra-{kind}"), "version": version});
        members.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        members
    };
    vec![
        of("appoptima.create_user", "/api/v1.0/onpremise/users", "Api-Token", user.clone()),
        of("appoptima.create_users", "/api/v1.0/onpremise/users/bulk", "Api-Token", json!([user.clone(), user])),
        of(
            "appoptima.create_group",
            "/api/v1.0/onpremise/groups",
            "Api-Token",
            json!({"name": "Sales", "isManageAccount": true, "ldapGroupNames": ["a"], "accessRight": {"VIEWER": ["e"]}}),
        ),
        of("appoptima.create_groups", "/api/v1.0/onpremise/groups/bulk", "Api-Token", json!([{"name": "Ops"}])),
        of(
            "anaconda.add_user",
            "/organizations/{organization}/users",
            "Bearer",
            json!({"email": "bo@acme.test", "first_name": "Bo"}),
        ),
        of(
            "anaconda.auto_register_users",
            "/organizations/{organization}/users_auto_registration",
            "Bearer",
            json!({"user_emails": ["cy@acme.test", "di@acme.test"]}),
        ),
        of(
            "anaconda.create_service_account",
            "/organizations/{organization}/service-accounts",
            "Bearer",
            json!({"name": "bot"}),
        ),
        of("anaconda.create_token", "/api/iam/token", "Bearer", json!("grant_type=password&username=a&password=b")),
        of(
            "native.create_user",
            "/v1/organizations/{organization}/users",
            "Bearer",
            json!({"email": "ed@acme.test", "login": "ed", "role": "member", "seat": false}),
        ),
        of(
            "native.create_key",
            "/v1/organizations/{organization}/keys",
            "Bearer",
            json!({"name": "ci", "scopes": ["users:read"], "expires_at": "2031-01-01T00:00:00Z"}),
        ),
        of(
            "native.replace_fixtures",
            "/v1/organizations/{organization}/fixtures/astra",
            "PUT Bearer",
            json!({"clouds": []}),
        ),
        of(
            "astra.create_user",
            "/accounts/{organization}/core/v1/users",
            "Bearer",
            resource(
                "user",
                "1.2",
                json!({"email": "flo@acme.test", "firstName": "Flo", "isEnabled": "true", "postalAddress": {"addressCountry": "x"}, "metadata": {"labels": [{"name": "a", "value": "b"}]}}),
            ),
        ),
        of(
            "astra.create_credential",
            "/accounts/{organization}/core/v1/credentials",
            "Bearer",
            resource(
                "credential",
                "1.1",
                json!({"name": "s3", "keyType": "s3", "keyStore": {"accessKey": "YQ==", "accessSecret": "Yg=="}, "valid": "true"}),
            ),
        ),
        of(
            "astra.create_group",
            "/accounts/{organization}/core/v1/groups",
            "Bearer",
            resource("group", "1.1", json!({"authProvider": "ldap", "authID": "CN=a,DC=b", "name": "a"})),
        ),
        of(
            "astra.create_role_binding",
            "/accounts/{organization}/core/v1/roleBindings",
            "Bearer",
            resource(
                "roleBinding",
                "1.1",
                json!({"accountID": "x", "userID": "00000000-0000-4000-8000-00000000000a", "role": "viewer", "roleConstraints": ["*"]}),
            ),
        ),
        of(
            "octane.create_api_accesses",
            "/api/shared_spaces/{number}/api_accesses",
            "Bearer",
            json!({"data": [{"name": "ci", "client_secret": "Abcdefghi1", "workspace_roles": {"data": [{"type": "workspace_role", "id": "1009"}]}}]}),
        ),
        of("octane.sign_in", "/authentication/sign_in", "", json!({"user": "a", "password": "b"})),
        of(
            "ricloud.update_organisation",
            "/organisation",
            "Token",
            json!({"name": "Acme", "config": {"publish_source_files": true}, "storage_config_default": null}),
        ),
        of(
            "ricloud.create_storage_config",
            "/configs/storage",
            "Token",
            json!({"url": "gs://acme-results", "credentials": {}, "signed_urls_expiry": 60}),
        ),
        of("ricloud.create_webhook_config", "/configs/webhook", "Token", json!({"url": "https://hooks.acme.test/"})),
        of(
            "ricloud.create_permission",
            "/permissions",
            "Token",
            json!({"identifier": "a", "scopes": {"task_type:a": [{"level": "key", "type": "count", "value": 1}]}}),
        ),
        of("ricloud.create_user", "/users", "Token", json!({"identifier": "gus@acme.test"})),
    ]
}

/// Values that some operation does not like.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        select(vec![
            "",
            " ",
            "a",
            "a@b",
            "a@acme.test",
            "a\u{0}b",
            "x\ny",
            "..",
            "a/b",
            "true",
            "*",
            "admin",
            "local",
            "cloud-central",
            "s3",
            "passwordHash",
            "YQ==",
            "2031-01-01T00:00:00Z",
            "short1A",
            "Ж王🦀",
            "https://a.test/",
            "gs://abc",
            "0",
            "\u{202e}",
        ])
        .prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
        (250_usize..260).prop_map(|length| "é".repeat(length).into()),
    ];
    leaf.prop_recursive(2, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec(("[a-z~/.]{0,6}", inner), 0..4).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// What is done to a body that is good.
#[derive(Clone, Debug)]
enum Change {
    Nothing,
    /// The member at this place gets another value, or goes.
    Member(usize, Option<Value>),
    Added(String, Value),
    Replaced(Value),
    Cut(usize),
    Raw(String),
}

fn change() -> impl Strategy<Value = Vec<Change>> {
    let one = prop_oneof![
        1 => Just(Change::Nothing),
        8 => (0_usize..12, proptest::option::weighted(0.8, value())).prop_map(|(at, value)| Change::Member(at, value)),
        2 => ("[a-zA-Z_]{1,8}", value()).prop_map(|(name, value)| Change::Added(name, value)),
        1 => value().prop_map(Change::Replaced),
        1 => (0_usize..60).prop_map(Change::Cut),
        1 => "[ \\[\\]{}\",:a-z0-9&=%+]{0,30}".prop_map(Change::Raw),
    ];
    vec(one, 1..4)
}

/// Every object in a body, the outermost first.
fn objects(body: &mut Value) -> Vec<&mut Map<String, Value>> {
    match body {
        Value::Object(members) => vec![members],
        Value::Array(items) => items.iter_mut().flat_map(objects).collect(),
        _ => Vec::new(),
    }
}

fn changed(good: &Value, changes: &[Change]) -> String {
    let mut body = good.clone();
    let mut cut = None;
    for change in changes {
        match change {
            Change::Nothing => {}
            Change::Member(at, value) => {
                let inside = if body.get("data").is_some() { body.get_mut("data").unwrap() } else { &mut body };
                for members in objects(inside).into_iter().take(1 + at % 2) {
                    let names: Vec<String> = members.keys().cloned().collect();
                    let Some(name) = names.get(at % names.len().max(1)) else { continue };
                    match value {
                        Some(value) => _ = members.insert(name.clone(), value.clone()),
                        None => _ = members.shift_remove(name),
                    }
                }
            }
            Change::Added(name, value) => {
                for members in objects(&mut body) {
                    members.insert(name.clone(), value.clone());
                }
            }
            Change::Replaced(value) => body = value.clone(),
            Change::Cut(at) => cut = Some(*at),
            Change::Raw(text) => return text.clone(),
        }
    }
    // a form is a text
    let text = body.as_str().map_or_else(|| body.to_string(), str::to_owned);
    match cut {
        Some(at) => text.chars().take(at).collect(),
        None => text,
    }
}

struct Told {
    status: StatusCode,
    body: String,
}

fn answer(app: &App, request: Request<Body>) -> Told {
    futures_executor::block_on(async {
        let response = app.answer(request).await;
        let status = response.status();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        Told { status, body: without_ids(std::str::from_utf8(&body).unwrap()) }
    })
}

/// The ids that are new in each answer, as a verdict has them.
fn without_ids(body: &str) -> String {
    let mut body = body.to_owned();
    for name in ["\"correlationID\":\"", "\"correlation_id\":\""] {
        let places: Vec<usize> = body.match_indices(name).map(|(at, _)| at + name.len()).collect();
        for begin in places {
            let end = begin + body[begin..].find('"').unwrap();
            let zeros = body[begin..end].replace(|c: char| c.is_ascii_alphanumeric(), "0");
            body.replace_range(begin..end, &zeros);
        }
    }
    body
}

/// What is wrong with a verdict beside the answer.
fn difference(verdict: &Verdict, told: &Told) -> Option<&'static str> {
    let is_ours = told.status == StatusCode::CONFLICT
        || [
            "User ID already",
            "User email address",
            "User group ID",
            "Group already",
            "has none of this id",
            "local user",
            "has no such",
            "is no such",
            "invalid_grant",
            "invalid_client",
        ]
        .iter()
        .any(|words| told.body.contains(words))
        || told.status == StatusCode::UNAUTHORIZED
        || told.status == StatusCode::PAYMENT_REQUIRED;
    match &verdict.refusal {
        Some(refusal) if verdict.problems.is_empty() || refusal.status < 400 => Some("refused for nothing"),
        Some(refusal) if refusal.status == told.status.as_u16() && refusal.body == told.body => None,
        Some(_) if is_ours => None,
        Some(_) => Some("refused otherwise"),
        None if told.status.is_success() && verdict.problems.is_empty() => None,
        None if is_ours => None,
        None if told.status == StatusCode::NOT_ACCEPTABLE && told.body.starts_with('[') => None,
        None => Some("taken, and refused by the server"),
    }
}

#[tokio::test(flavor = "current_thread")]
async fn whatever_is_sent_a_verdict_is_the_servers() {
    let app = App::new();
    let settings = json!({"set_password_via_api": true});
    let organization = app.organization("acme", settings.clone()).await;
    let shown = app.ask("GET", &organization.path(""), &organization.key, Value::Null).await;
    let admin = app.sign_in(&organization.admin).await;
    let service = app.exchange(&app.service_account(&organization).await).await;
    let known = ["id", "number", "identity_mode", "set_password_via_api", "type", "permission_scopes"];
    let assumed: Map<String, Value> = known.iter().map(|name| ((*name).to_owned(), shown[*name].clone())).collect();
    let assumed = json!({"organization": assumed, "development": true});

    let kept = RefCell::new(Vec::new());
    let refused = RefCell::new(0);
    for operation in operations() {
        let mut runner = TestRunner::new(Config { cases: 300, failure_persistence: None, ..Config::default() });
        let path = operation.path.replace("{organization}", &organization.id);
        let path = path.replace("{number}", &shown["number"].to_string());
        let (method, scheme) =
            operation.scheme.strip_prefix("PUT ").map_or(("POST", operation.scheme), |rest| ("PUT", rest));
        let credential = match operation.name {
            "anaconda.create_service_account" => &admin,
            name if name.starts_with("anaconda.") => &service,
            _ => &organization.key,
        };
        let good = &operation.good;
        let outcome = runner.run(&change(), |changes| {
            let body = changed(good, &changes);
            let mut request = Request::builder().method(method).uri(&path);
            if !scheme.is_empty() && operation.name != "anaconda.create_token" {
                request = request.header(header::AUTHORIZATION, format!("{scheme} {credential}"));
            }
            let request = request.body(Body::from(body.clone())).unwrap();
            let told = answer(&app, request);
            let asked = json!({"operation": operation.name, "assumed": assumed});
            let question = Question::read(asked.as_object().unwrap().clone(), body.clone().into_bytes()).unwrap();
            let verdict = verdict::judge(VENDORS, question).unwrap();
            if let Some(why) = difference(&verdict, &told) {
                return Err(TestCaseError::fail(format!(
                    "{}: {why}\n  {body}\n  {verdict:?}\n  {} {}",
                    operation.name, told.status, told.body
                )));
            }
            if let Some(refusal) = verdict.refusal.filter(|refusal| refusal.body == told.body) {
                *refused.borrow_mut() += 1;
                let mut asked = asked;
                asked["body"] = body.into();
                kept.borrow_mut().push(json!({"request": asked, "status": refusal.status, "answer": refusal.body}));
            }
            Ok(())
        });
        if let Err(error) = outcome {
            panic!("{error}");
        }
    }
    let refused = refused.into_inner();
    assert!(refused > 2000, "only {refused} bodies were refused");
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("verdicts-at-random.json");
    fs::write(file, serde_json::to_vec(&kept.into_inner()).unwrap()).unwrap();
}

/// Queries of Octane's that are nearly good.
const QUERY: &str = "\"!?(id|name|nope|is_valid|workspace_roles|expiration) (EQ|LT|IN|BTW|=) ?\
    (1|-7|1\\.\\.\\.9|'a\\*b'|'open|\\{null\\}|\\{id EQ 1009\\}|\\{x=1|true|null|1,2|'2031-01-01T00:00:00Z')\
    ((;|\\|\\|)(name='a'|id=1|id))?\\)?\"";
/// Filters of Astra's that are nearly good.
const FILTER: &str = "(email|id|nope|postalAddress\\.postalCode|metadata\\.labels\\.name|state) (eq|lt|contains|is) ?\
    ('a'|'a''b'|a|'|'x' and email eq 'y')";

#[tokio::test(flavor = "current_thread")]
async fn whatever_is_asked_a_verdict_is_the_servers() {
    let app = App::new();
    let organization = app.organization("acme", json!({})).await;
    let shown = app.ask("GET", &organization.path(""), &organization.key, Value::Null).await;
    let refused = RefCell::new(0);
    let octane = format!("/api/shared_spaces/{}/api_accesses", shown["number"]);
    let astra = format!("/accounts/{}/core/v1/users", organization.id);
    let names =
        select(vec!["fields", "order_by", "limit", "offset", "orderBy", "include", "skip", "count", "continue"]);
    let lists = [("octane.list_api_accesses", octane, "query", QUERY), ("astra.list_users", astra, "filter", FILTER)];
    for (operation, path, language, pattern) in lists {
        let mut runner = TestRunner::new(Config { cases: 400, failure_persistence: None, ..Config::default() });
        let more = proptest::option::weighted(0.3, (names.clone(), "[a-z_,{}0-9-]{0,8}|true|email|name"));
        let outcome = runner.run(&(pattern, more), |(text, more)| {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.append_pair(language, &text);
            query.extend_pairs(more);
            let query = query.finish();
            let request = Request::builder().uri(format!("{path}?{query}"));
            let request = request.header(header::AUTHORIZATION, format!("Bearer {}", organization.key));
            let told = answer(&app, request.body(Body::empty()).unwrap());
            let asked = json!({"operation": operation, "query": query});
            let question = Question::read(asked.as_object().unwrap().clone(), Vec::new()).unwrap();
            let verdict = verdict::judge(VENDORS, question).unwrap();
            if let Some(why) = difference(&verdict, &told) {
                let (status, body) = (told.status, told.body);
                return Err(TestCaseError::fail(format!(
                    "{operation}: {why}\n  {text}\n  {verdict:?}\n  {status} {body}"
                )));
            }
            *refused.borrow_mut() += usize::from(verdict.refusal.is_some());
            Ok(())
        });
        if let Err(error) = outcome {
            panic!("{error}");
        }
    }
    let refused = refused.into_inner();
    // most are, and some are not
    assert!((200..800).contains(&refused), "{refused} of 800 were refused");
}
