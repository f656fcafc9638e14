//! Stubs, and what of WireMock's admin API goes with them, as a client on a socket sees them.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use document::Exchange;
use serde_json::{Value, json};
use tessera_directory::demo;
use tessera_mock::{Server, Settings};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

mod document;

/// An answer as it came.
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(self.body.as_bytes())
            .unwrap_or_else(|error| panic!("{error}: {}{}", self.head, self.body))
    }

    fn media_type(&self) -> &str {
        let headers = self.head.lines().filter_map(|line| line.split_once(": "));
        headers.filter(|(name, _)| *name == "content-type").map(|(_, value)| value).next().unwrap_or_default()
    }

    fn has(&self, header: &str) -> bool {
        self.head.lines().any(|line| line.eq_ignore_ascii_case(header))
    }
}

struct App(Server);

impl App {
    async fn start() -> Self {
        Self(Server::start(Settings::default()).await.unwrap())
    }

    /// Sends a request, and gives all that comes until the connection ends.
    async fn raw(&self, method: &str, target: &str, headers: &[&str], body: &str) -> std::io::Result<Vec<u8>> {
        let mut client = TcpStream::connect(self.0.address()).await.unwrap();
        let length = format!("Content-Length: {}", body.len());
        let first = format!("{method} {target} HTTP/1.1");
        let lines = [&*first, "Host: localhost", "Connection: close", &length];
        let head = [&lines, headers, &["", ""]].concat().join("\r\n");
        client.write_all(head.as_bytes()).await?;
        client.write_all(body.as_bytes()).await?;
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).await.map(|_| answer)
    }

    async fn send(&self, method: &str, target: &str, headers: &[&str], body: &str) -> Answer {
        let answer = String::from_utf8(self.raw(method, target, headers, body).await.unwrap()).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no head: {answer}"));
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }

    async fn get(&self, target: &str) -> Answer {
        self.send("GET", target, &[], "").await
    }

    /// A call of the admin API that must be answered with this status.
    #[track_caller]
    fn admin(&self, status: u16, method: &str, path: &str, body: Value) -> impl Future<Output = Value> {
        let place = std::panic::Location::caller();
        async move {
            let body = if body.is_null() { String::new() } else { body.to_string() };
            let target = format!("/__admin{path}");
            let answer = self.send(method, &target, &[], &body).await;
            document::check(&Exchange {
                method,
                target: &target,
                sent: body.as_bytes(),
                status: answer.status,
                media_type: answer.media_type(),
                body: answer.body.as_bytes(),
            });
            assert_eq!(answer.status, status, "{place}: {method} {path}: {}", answer.body);
            serde_json::from_slice(answer.body.as_bytes()).unwrap_or(Value::Null)
        }
    }

    #[expect(clippy::needless_pass_by_value, reason = "a literal stands better without a borrow")]
    #[track_caller]
    fn stub(&self, request: Value, response: Value) -> String {
        self.0.control().add_stub(&json!({ "request": request, "response": response })).unwrap()
    }
}

fn bearer() -> String {
    format!("Authorization: Bearer {}", demo::ROOT_KEY)
}

#[tokio::test]
async fn a_stub_stands_before_a_real_endpoint() {
    let app = App::start().await;
    let real = async || app.send("GET", "/v1/organizations", &[&bearer()], "").await;
    assert_eq!(real().await.json()["data"].as_array().unwrap().len(), 2);

    let stub = app.stub(json!({"urlPath": "/v1/organizations"}), json!({"status": 418, "body": "short and stout"}));
    let stubbed = real().await;
    assert_eq!((stubbed.status, &*stubbed.body), (418, "short and stout"));
    let noted = &app.admin(200, "GET", "/requests?limit=1", Value::Null).await["requests"][0];
    assert_eq!((&noted["tessera"]["stub"], &noted["wasMatched"]), (&json!(stub), &json!(true)));
    assert_eq!(noted["tessera"]["operation"], Value::Null, "the endpoint was not reached");

    app.admin(200, "DELETE", &format!("/mappings/{stub}"), Value::Null).await;
    assert_eq!(real().await.status, 200);
    app.stub(json!({}), json!({"status": 503}));
    assert_eq!(real().await.status, 503);
    app.admin(200, "POST", "/reset", Value::Null).await;
    assert_eq!(real().await.status, 200);
    app.stub(json!({}), json!({"status": 503}));
    app.0.control().remove_stubs();
    assert_eq!(real().await.status, 200);
}

/// A request of a test: method, target, headers, body.
type Sent<'a> = (&'a str, &'a str, &'a [&'a str], &'a str);

#[tokio::test]
async fn each_pattern_wants_what_it_says() {
    let app = App::start().await;
    let plain: Sent<'_> = ("GET", "/a", &[], "");
    let basic = ["Authorization: Basic dXNlcjpwYXNz"];
    let cases: &[(Value, &[Sent<'_>], &[Sent<'_>])] = &[
        (json!({}), &[plain, ("POST", "/b?c=d", &[], "e")], &[]),
        (json!({"method": "ANY"}), &[plain, ("PURGE", "/a", &[], "")], &[]),
        (json!({"method": "post"}), &[("POST", "/a", &[], "")], &[plain]),
        (json!({"url": "/a?b=c"}), &[("GET", "/a?b=c", &[], "")], &[plain, ("GET", "/a?b=c&d", &[], "")]),
        (json!({"url": "/ü"}), &[("GET", "/%C3%BC", &[], "")], &[plain]),
        (json!({"urlPath": "/a"}), &[plain, ("GET", "/a?b=c", &[], "")], &[("GET", "/a/", &[], "")]),
        (
            json!({"urlPattern": "/a\\?b=[0-9]+"}),
            &[("GET", "/a?b=12", &[], "")],
            &[plain, ("GET", "/a?b=12c", &[], "")],
        ),
        (
            json!({"urlPathPattern": "/[a-b]|/c"}),
            &[plain, ("GET", "/b?c", &[], ""), ("GET", "/c", &[], "")],
            &[("GET", "/aa", &[], ""), ("GET", "/x/c", &[], "")],
        ),
        (
            json!({"headers": {"X-One": {"equalTo": "a, b"}}}),
            &[("GET", "/a", &["x-one: a, b"], ""), ("GET", "/a", &["X-One: z", "X-One: a, b"], "")],
            &[plain, ("GET", "/a", &["X-One: a"], "")],
        ),
        (json!({"headers": {"X-One": {"absent": true}}}), &[plain], &[("GET", "/a", &["X-One: a"], "")]),
        (
            json!({"headers": {"X-One": {"matches": "[a-c]+"}, "X-Two": {"contains": "d"}}}),
            &[("GET", "/a", &["X-One: abc", "X-Two: xdx"], "")],
            &[("GET", "/a", &["X-One: abcd", "X-Two: d"], ""), ("GET", "/a", &["X-One: a"], "")],
        ),
        (
            json!({"queryParameters": {"q": {"equalTo": "a b"}}}),
            &[("GET", "/a?q=a+b", &[], ""), ("GET", "/a?q=c&q=a%20b", &[], "")],
            &[plain, ("GET", "/a?q=a", &[], "")],
        ),
        (json!({"queryParameters": {"q": {"contains": "bc"}}}), &[("GET", "/a?q=abcd", &[], "")], &[plain]),
        (json!({"queryParameters": {"q": {"absent": true}}}), &[plain], &[("GET", "/a?q", &[], "")]),
        (
            json!({"queryParameters": {"q": {"equalTo": "AB", "caseInsensitive": true}}}),
            &[("GET", "/a?q=aB", &[], "")],
            &[("GET", "/a?q=abc", &[], "")],
        ),
        (
            json!({"cookies": {"k": {"equalTo": "v=w"}}}),
            &[("GET", "/a", &["Cookie: j=1; k=v=w"], ""), ("GET", "/a", &["Cookie: j=1", "Cookie: k=v=w"], "")],
            &[plain, ("GET", "/a", &["Cookie: j=v=w"], "")],
        ),
        (json!({"basicAuth": {"username": "user", "password": "pass"}}), &[("GET", "/a", &basic, "")], &[plain]),
        (
            json!({"basicAuthCredentials": {"username": "user", "password": "other"}}),
            &[],
            &[plain, ("GET", "/a", &basic, "")],
        ),
        (
            json!({"bodyPatterns": [{"contains": "b"}, {"doesNotContain": "d"}]}),
            &[("PUT", "/a", &[], "abc")],
            &[plain, ("PUT", "/a", &[], "abcd")],
        ),
        (
            json!({"bodyPatterns": [{"equalTo": "abc"}]}),
            &[("PUT", "/a", &[], "abc")],
            &[plain, ("PUT", "/a", &[], "ab")],
        ),
        (json!({"bodyPatterns": [{"absent": true}]}), &[plain], &[("PUT", "/a", &[], "b")]),
        (json!({"bodyPatterns": [{"matches": "a.c"}]}), &[("PUT", "/a", &[], "a\nc")], &[("PUT", "/a", &[], "abcd")]),
        (
            json!({"bodyPatterns": [{"equalToJson": {"a": [1, {"b": null}]}}]}),
            &[("PUT", "/a", &[], " {\"a\":[1,{\"b\":null}]}")],
            &[plain, ("PUT", "/a", &[], "{\"a\":[1,{\"b\":null,\"c\":1}]}")],
        ),
        (
            json!({"bodyPatterns": [{"equalToJson": "{\"a\":[1]}", "ignoreExtraElements": true}]}),
            &[("PUT", "/a", &[], "{\"b\":2,\"a\":[1,2]}")],
            &[("PUT", "/a", &[], "{\"a\":[2,1]}")],
        ),
        (
            json!({"bodyPatterns": [{"equalToJson": {"a": [1, 2]}, "ignoreArrayOrder": true}]}),
            &[("PUT", "/a", &[], "{\"a\":[2,1]}")],
            &[("PUT", "/a", &[], "{\"a\":[2,1,3]}")],
        ),
        (
            json!({"bodyPatterns": [{"matchesJsonPath": {"expression": "$.a", "contains": "b"}}]}),
            &[("PUT", "/a", &[], "{\"a\":\"abc\"}")],
            &[plain, ("PUT", "/a", &[], "{\"a\":\"c\"}")],
        ),
    ];
    for (pattern, alike, unlike) in cases {
        let stub = app.stub(pattern.clone(), json!({"status": 299}));
        for (sent, is_alike) in alike.iter().map(|sent| (sent, true)).chain(unlike.iter().map(|sent| (sent, false))) {
            let (method, target, headers, body) = *sent;
            let answer = app.send(method, target, headers, body).await;
            assert_eq!(answer.status == 299, is_alike, "{pattern} {sent:?}: {}", answer.head);
            // the same by what is recorded
            let count = app.admin(200, "POST", "/requests/count", pattern.clone()).await;
            assert_eq!(count["count"], json!(usize::from(is_alike)), "{pattern} {sent:?}");
            app.admin(200, "DELETE", "/requests", Value::Null).await;
        }
        app.admin(200, "DELETE", &format!("/mappings/{stub}"), Value::Null).await;
    }
}

#[tokio::test]
async fn the_newest_of_the_highest_priority_answers() {
    let app = App::start().await;
    let add = async |name: &str, priority: Value| {
        let mapping = json!({"priority": priority, "request": {"url": "/a"}, "response": {"body": name}});
        app.admin(201, "POST", "/mappings", mapping).await["id"].as_str().unwrap().to_owned()
    };
    let answer = async || app.get("/a").await.body;
    let plain = add("plain", Value::Null).await;
    assert_eq!(answer().await, "plain");
    add("low", json!(6)).await;
    assert_eq!(answer().await, "plain");
    add("newer", json!(5)).await;
    assert_eq!(answer().await, "newer");
    let high = add("high", json!(1)).await;
    assert_eq!(answer().await, "high");
    app.admin(200, "DELETE", &format!("/mappings/{high}"), Value::Null).await;
    // one that is changed keeps its place
    let changed = json!({"request": {"url": "/a"}, "response": {"body": "changed"}});
    app.admin(200, "PUT", &format!("/mappings/{plain}"), changed).await;
    assert_eq!(answer().await, "newer");
    let listed = app.admin(200, "GET", "/mappings", Value::Null).await;
    let bodies: Vec<&Value> =
        listed["mappings"].as_array().unwrap().iter().map(|mapping| &mapping["response"]["body"]).collect();
    assert_eq!(bodies, ["newer", "changed", "low"]);
}

#[tokio::test]
async fn a_scenario_goes_from_state_to_state() {
    let app = App::start().await;
    for (required, next, body) in
        [("Started", "Second", "one"), ("Second", "Third", "two"), ("Third", "Third", "three")]
    {
        let mapping = json!({
            "scenarioName": "steps", "requiredScenarioState": required, "newScenarioState": next,
            "request": {"url": "/a"}, "response": {"body": body},
        });
        app.admin(201, "POST", "/mappings", mapping).await;
    }
    let answer = async || app.get("/a").await.body;
    for body in ["one", "two", "three", "three"] {
        assert_eq!(answer().await, body);
    }
    let scenario = app.admin(200, "GET", "/scenarios", Value::Null).await["scenarios"][0].clone();
    assert_eq!((&scenario["name"], &scenario["state"]), (&json!("steps"), &json!("Third")));
    assert_eq!(scenario["possibleStates"], json!(["Second", "Started", "Third"]));
    assert_eq!(scenario["mappings"].as_array().unwrap().len(), 3);

    app.admin(200, "PUT", "/scenarios/steps/state", json!({"state": "Second"})).await;
    assert_eq!(answer().await, "two");
    let refused = app.admin(422, "PUT", "/scenarios/steps/state", json!({"state": "Fourth"})).await;
    assert_eq!(refused["errors"][0]["source"]["pointer"], "/state");
    app.admin(404, "PUT", "/scenarios/other/state", json!({"state": "Second"})).await;
    app.admin(200, "PUT", "/scenarios/steps/state", Value::Null).await;
    assert_eq!(answer().await, "one");
    app.admin(200, "POST", "/scenarios/reset", Value::Null).await;
    assert_eq!(answer().await, "one");

    // while no stub wants the state that it is in, the request goes to the real endpoints; and a near miss says why
    app.0.control().remove_stubs();
    let mapping = json!({"scenarioName": "steps", "requiredScenarioState": "Never", "request": {"url": "/a"}});
    app.admin(201, "POST", "/mappings", mapping).await;
    assert_eq!(app.get("/a").await.status, 404);
    let near = app.admin(200, "GET", "/requests/unmatched/near-misses", Value::Null).await["nearMisses"][0].clone();
    assert_eq!(
        near["tessera"]["differences"],
        json!([{"part": "scenario steps", "expected": "Never", "actual": "Started"}])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_is_left_once() {
    let app = Arc::new(App::start().await);
    let mapping = json!({
        "scenarioName": "once", "requiredScenarioState": "Started", "newScenarioState": "Done",
        "request": {"url": "/a"}, "response": {"status": 299},
    });
    app.admin(201, "POST", "/mappings", mapping).await;
    let ask = |_| {
        let app = Arc::clone(&app);
        tokio::spawn(async move { app.get("/a").await.status })
    };
    let mut stubbed = 0;
    for asked in (0..50).map(ask).collect::<Vec<_>>() {
        stubbed += usize::from(asked.await.unwrap() == 299);
    }
    assert_eq!(stubbed, 1);
}

#[tokio::test]
async fn a_fault_breaks_the_connection() {
    let app = App::start().await;
    for fault in ["EMPTY_RESPONSE", "MALFORMED_RESPONSE_CHUNK", "RANDOM_DATA_THEN_CLOSE", "CONNECTION_RESET_BY_PEER"] {
        app.stub(json!({"url": format!("/{fault}")}), json!({ "fault": fault }));
    }
    let seen = async |fault: &str| app.raw("GET", &format!("/{fault}"), &[], "").await;
    assert_eq!(seen("EMPTY_RESPONSE").await.unwrap(), b"");
    let malformed = String::from_utf8(seen("MALFORMED_RESPONSE_CHUNK").await.unwrap()).unwrap();
    let (head, body) = malformed.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.contains("transfer-encoding: chunked"), "{head}");
    let size = body.split("\r\n").next().unwrap();
    assert!(usize::from_str_radix(size, 16).is_err(), "{body}");
    let random = seen("RANDOM_DATA_THEN_CLOSE").await.unwrap();
    assert!(!random.is_empty() && !random.starts_with(b"HTTP/"), "{random:?}");
    let reset = seen("CONNECTION_RESET_BY_PEER").await.unwrap_err();
    assert_eq!(reset.kind(), std::io::ErrorKind::ConnectionReset);
    let noted = app.admin(200, "GET", "/requests", Value::Null).await;
    let noted = noted["requests"].as_array().unwrap();
    assert_eq!(noted.len(), 4);
    assert!(noted.iter().all(|one| one["wasMatched"] == true && one.get("response").is_none()), "{noted:?}");
}

#[tokio::test]
async fn a_response_is_what_was_written() {
    let app = App::start().await;
    app.stub(json!({"url": "/default"}), json!({}));
    let answer = app.get("/default").await;
    assert_eq!((answer.status, &*answer.body), (200, ""));

    let headers = json!({"X-One": "a", "X-Two": ["b", "c"], "Content-Length": "7", "Transfer-Encoding": "chunked"});
    let body =
        json!({"status": 201, "statusMessage": "Really Made", "headers": headers, "jsonBody": {"b": 1, "a": [2]}});
    app.stub(json!({"url": "/json"}), body);
    let answer = app.get("/json").await;
    assert!(answer.head.starts_with("HTTP/1.1 201 Really Made\r\n"), "{}", answer.head);
    assert_eq!(answer.body, r#"{"b":1,"a":[2]}"#);
    for header in ["X-One: a", "X-Two: b", "X-Two: c", "Content-Length: 15"] {
        assert!(answer.has(header), "{header}: {}", answer.head);
    }
    assert!(!answer.head.to_lowercase().contains("transfer-encoding"), "{}", answer.head);

    app.stub(json!({"url": "/base64"}), json!({"status": 500, "base64Body": "w7w="}));
    let answer = app.get("/base64").await;
    assert_eq!((answer.status, &*answer.body), (500, "ü"));
    app.stub(json!({"url": "/none"}), json!({"status": 204}));
    assert_eq!(app.get("/none").await.status, 204);
}

#[tokio::test]
async fn a_delay_keeps_an_answer_back() {
    let app = App::start().await;
    #[expect(clippy::disallowed_methods, reason = "how long it takes in fact is what is tested")]
    let took = async |path: &str| {
        let begun = Instant::now();
        app.get(path).await;
        begun.elapsed()
    };
    let delay = Duration::from_millis(300);
    app.stub(json!({"url": "/own"}), json!({"fixedDelayMilliseconds": 300}));
    app.stub(json!({"url": "/none"}), json!({"fixedDelayMilliseconds": 0}));
    app.stub(json!({"url": "/global"}), json!({}));
    assert!(took("/own").await >= delay);
    assert!(took("/global").await < delay);
    app.admin(200, "POST", "/settings", json!({"fixedDelay": 300})).await;
    assert_eq!(app.admin(200, "GET", "/settings", Value::Null).await, json!({"settings": {"fixedDelay": 300}}));
    assert!(took("/global").await >= delay);
    assert!(took("/none").await < delay);
    app.admin(200, "PUT", "/settings", json!({"fixedDelay": null})).await;
    assert!(took("/global").await < delay);
    app.admin(422, "POST", "/settings", json!({"fixedDelay": "long"})).await;
    app.admin(422, "POST", "/settings", json!({"delayDistribution": {"type": "uniform"}})).await;
}

#[tokio::test]
async fn mappings_are_told_back_as_they_were_sent() {
    let app = App::start().await;
    let mapping = json!({
        "name": "a name", "persistent": true, "metadata": {"owner": "Ada", "tags": ["a"]}, "ownExtension": {"a": 1},
        "request": {"method": "GET", "url": "/a", "metadata": {"b": 2}},
        "response": {"status": 200, "transformers": [], "metadata": {"c": 3}},
    });
    let made = app.admin(201, "POST", "/mappings", mapping.clone()).await;
    let id = made["id"].as_str().unwrap().to_owned();
    assert_eq!(made["uuid"], id.as_str());
    let mut without_id = made.clone();
    without_id.as_object_mut().unwrap().retain(|name, _| name != "id" && name != "uuid");
    assert_eq!(without_id, mapping);
    assert_eq!(app.admin(200, "GET", &format!("/mappings/{id}"), Value::Null).await, made);
    assert_eq!(app.admin(200, "GET", &format!("/mappings/{}", id.to_uppercase()), Value::Null).await, made);
    app.admin(200, "POST", "/mappings/save", Value::Null).await;

    let own = "5D0F0B0E-0000-4000-8000-00000000000A";
    let chosen = app.admin(201, "POST", "/mappings", json!({"id": own, "request": {"url": "/b"}})).await;
    assert_eq!(chosen["id"], own.to_lowercase());
    let again = app.admin(201, "POST", "/mappings", json!({"uuid": own, "request": {"url": "/c"}})).await;
    assert_eq!((&again["id"], &again["request"]["url"]), (&json!(own.to_lowercase()), &json!("/c")));
    let listed = app.admin(200, "GET", "/mappings?limit=1&offset=1", Value::Null).await;
    assert_eq!(listed, json!({"mappings": [made], "meta": {"total": 2}}));

    let like = json!({"matchesJsonPath": {"expression": "$.owner", "equalTo": "Ada"}});
    let found = app.admin(200, "POST", "/mappings/find-by-metadata", like.clone()).await;
    assert_eq!(found["mappings"], json!([made]));
    app.admin(200, "POST", "/mappings/remove-by-metadata", like).await;
    for (method, body) in [("GET", Value::Null), ("DELETE", Value::Null), ("PUT", json!({}))] {
        app.admin(404, method, &format!("/mappings/{id}"), body.clone()).await;
        app.admin(404, method, "/mappings/no-uuid", body).await;
    }
    assert_eq!(app.admin(200, "GET", "/mappings", Value::Null).await["meta"]["total"], 1);
    app.admin(200, "POST", "/mappings/reset", Value::Null).await;
    assert_eq!(app.admin(200, "GET", "/mappings", Value::Null).await["meta"]["total"], 0);
}

#[tokio::test]
async fn an_import_is_taken_whole_or_not_at_all() {
    let app = App::start().await;
    let id = |last: u8| format!("00000000-0000-4000-8000-00000000000{last}");
    let mapping = |last: u8, body: &str| json!({"id": id(last), "response": {"body": body}});
    let bodies = async || {
        let listed = app.admin(200, "GET", "/mappings", Value::Null).await;
        let listed = listed["mappings"].as_array().unwrap().iter();
        listed.map(|mapping| mapping["response"]["body"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let import = |mappings: Value, options: Value| json!({"mappings": mappings, "importOptions": options});
    app.admin(200, "POST", "/mappings/import", import(json!([mapping(2, "b"), mapping(1, "a")]), json!({}))).await;
    assert_eq!(bodies().await, ["b", "a"]);
    let wrong = import(json!([mapping(3, "c"), {"request": {"urlPath": "a"}}]), json!({}));
    let refused = app.admin(422, "POST", "/mappings/import", wrong).await;
    assert_eq!(refused["errors"][0]["source"]["pointer"], "/mappings/1/request/urlPath");
    assert_eq!(bodies().await, ["b", "a"]);
    let kept = import(json!([mapping(3, "c"), mapping(1, "x")]), json!({"duplicatePolicy": "IGNORE"}));
    app.admin(200, "POST", "/mappings/import", kept).await;
    assert_eq!(bodies().await, ["c", "b", "a"]);
    let all = import(json!([mapping(1, "y")]), json!({"duplicatePolicy": "OVERWRITE", "deleteAllNotInImport": true}));
    app.admin(200, "POST", "/mappings/import", all).await;
    assert_eq!(bodies().await, ["y"]);
}

#[tokio::test]
async fn what_this_server_does_not_know_is_refused() {
    let app = App::start().await;
    for (mapping, pointer, title) in [
        (json!([]), "", "an object"),
        (json!({"id": "x"}), "/id", "a UUID"),
        (json!({"priority": -1}), "/priority", "an integer from 0"),
        (json!({"newScenarioState": "x"}), "/newScenarioState", "scenarioName"),
        (json!({"postServeActions": [{"name": "webhook"}]}), "/postServeActions", "after an answer"),
        (json!({"request": {"method": "A B"}}), "/request/method", "a method"),
        (json!({"request": {"url": "/a", "urlPath": "/a"}}), "/request/urlPath", "one of url"),
        (json!({"request": {"url": "http://x/a"}}), "/request/url", "begin with /"),
        (json!({"request": {"urlPath": "/a?b"}}), "/request/urlPath", "no query"),
        (json!({"request": {"urlPattern": "("}}), "/request/urlPattern", "unclosed group"),
        (json!({"request": {"urlPathTemplate": "/{a}"}}), "/request/urlPathTemplate", "no such request pattern"),
        (json!({"request": {"multipartPatterns": []}}), "/request/multipartPatterns", "no such request pattern"),
        (json!({"request": {"headers": {"X Y": {"equalTo": "a"}}}}), "/request/headers/X Y", "such a name"),
        (json!({"request": {"headers": {"X": {"equalToXml": "<a/>"}}}}), "/request/headers/X/equalToXml", "operator"),
        (
            json!({"request": {"bodyPatterns": [{"binaryEqualTo": ""}]}}),
            "/request/bodyPatterns/0/binaryEqualTo",
            "operator",
        ),
        (json!({"request": {"bodyPatterns": vec![json!({"contains": "a"}); 101]}}), "/request", "100 conditions"),
        (json!({"request": {"basicAuth": {"token": "a"}}}), "/request/basicAuth/token", "credential"),
        (json!({"response": {"status": 99}}), "/response/status", "from 200"),
        (json!({"response": {"status": 100}}), "/response/status", "from 200"),
        (json!({"response": {"bodyFileName": "a"}}), "/response/bodyFileName", "member of a response"),
        (json!({"response": {"proxyBaseUrl": "http://a"}}), "/response/proxyBaseUrl", "member of a response"),
        (json!({"response": {"transformers": ["response-template"]}}), "/response/transformers", "of a response"),
        (json!({"response": {"body": "a", "jsonBody": {}}}), "/response/jsonBody", "one of body"),
        (json!({"response": {"base64Body": "%"}}), "/response/base64Body", "Invalid"),
        (json!({"response": {"fault": "SLEEP"}}), "/response/fault", "unknown variant"),
        (json!({"response": {"headers": {"X": 1}}}), "/response/headers/X", "a string"),
        (json!({"response": {"headers": {"X": "a\nb"}}}), "/response/headers/X", "such a value"),
        (json!({"response": {"statusMessage": "a\nb"}}), "/response/statusMessage", "such a message"),
        (json!({"response": {"fixedDelayMilliseconds": 600_001}}), "/response/fixedDelayMilliseconds", "600000"),
    ] {
        let refused = app.admin(422, "POST", "/mappings", mapping.clone()).await;
        let error = &refused["errors"][0];
        assert_eq!((&error["code"], &error["source"]["pointer"]), (&json!(10), &json!(pointer)), "{mapping}");
        assert!(error["title"].as_str().unwrap().contains(title), "{mapping}: {error}");
    }
    let broken = app.send("POST", "/__admin/mappings", &[], "{").await;
    assert_eq!(broken.status, 422);
    assert!(broken.json()["errors"][0]["title"].as_str().unwrap().starts_with("Error parsing JSON"));
    app.admin(422, "POST", "/requests/count", json!({"clientIp": "1.2.3.4"})).await;
    assert_eq!(app.admin(200, "GET", "/mappings", Value::Null).await["meta"]["total"], 0);
}

#[tokio::test]
async fn so_many_mappings_are_kept_and_no_more() {
    let app = App::start().await;
    let control = app.0.control();
    let first = control.add_stub(&json!({})).unwrap();
    for _ in 1..1000 {
        control.add_stub(&json!({})).unwrap();
    }
    let refused = app.admin(422, "POST", "/mappings", json!({})).await;
    assert!(refused["errors"][0]["title"].as_str().unwrap().contains("1000 mappings"), "{refused}");
    app.admin(201, "POST", "/mappings", json!({"id": first})).await;
    assert_eq!(app.admin(200, "GET", "/mappings?limit=0", Value::Null).await["meta"]["total"], 1000);
}

#[tokio::test]
async fn the_journal_is_asked_by_patterns() {
    let app = App::start().await;
    app.stub(json!({"urlPath": "/stubbed"}), json!({}));
    app.get("/stubbed?a=1").await;
    app.get("/stubbed?a=2").await;
    app.send("GET", "/v1/organizations", &[&bearer()], "").await;
    app.get("/nowhere").await;

    let unmatched = app.admin(200, "GET", "/requests/unmatched", Value::Null).await;
    assert_eq!(unmatched["requests"].as_array().unwrap().len(), 1, "neither a stub nor an operation");
    assert_eq!(unmatched["requests"][0]["url"], "/nowhere");

    let found = app.admin(200, "POST", "/requests/find", json!({"urlPath": "/stubbed"})).await;
    let urls: Vec<&Value> = found["requests"].as_array().unwrap().iter().map(|request| &request["url"]).collect();
    assert_eq!(urls, ["/stubbed?a=1", "/stubbed?a=2"]);
    // a secret can be asked for, and is not told
    let key = json!({"headers": {"Authorization": {"equalTo": format!("Bearer {}", demo::ROOT_KEY)}}});
    let found = app.admin(200, "POST", "/requests/find", key).await;
    assert_eq!(found["requests"][0]["headers"]["authorization"], "Bearer [redacted]");

    let removed = app.admin(200, "POST", "/requests/remove", json!({"queryParameters": {"a": {"equalTo": "1"}}})).await;
    assert_eq!(removed["serveEvents"][0]["request"]["url"], "/stubbed?a=1");
    let count = async |pattern: Value| app.admin(200, "POST", "/requests/count", pattern).await;
    assert_eq!(count(json!({"urlPath": "/stubbed"})).await["count"], 1);

    // of a long body only the beginning is kept
    let long = format!("{}end", "x".repeat(70_000));
    app.send("POST", "/long", &[], &long).await;
    let told = count(json!({"url": "/long", "bodyPatterns": [{"contains": "end"}]})).await;
    assert_eq!((&told["count"], told["tessera"]["undecided"].as_array().unwrap().len()), (&json!(0), 1), "{told}");
    let told = count(json!({"url": "/other", "bodyPatterns": [{"contains": "end"}]})).await;
    assert_eq!(told["tessera"]["undecided"], json!([]), "the rest of the pattern decides");
    assert_eq!(count(json!({"url": "/long"})).await["count"], 1);
    let near = app.admin(
        200,
        "POST",
        "/near-misses/request-pattern",
        json!({"url": "/long", "bodyPatterns": [{"contains": "end"}]}),
    );
    assert_eq!(near.await["nearMisses"][0]["tessera"]["differences"][0]["undecided"], "it was cut");
    // a stub sees all of it
    app.stub(json!({"bodyPatterns": [{"matches": "x+end"}]}), json!({"status": 299}));
    assert_eq!(app.send("POST", "/long", &[], &long).await.status, 299);
}

#[tokio::test]
async fn near_misses_name_what_differs() {
    let app = App::start().await;
    let secret = format!("Bearer {}", demo::ROOT_KEY);
    let near = app.stub(
        json!({
            "method": "POST", "urlPath": "/parrots/1", "queryParameters": {"token": {"equalTo": "t"}},
            "headers": {"Authorization": {"equalTo": "Bearer x"}, "X-Two": {"absent": true}},
            "cookies": {"session": {"equalTo": "s"}}, "bodyPatterns": [{"equalToJson": {"a": 1}}],
        }),
        json!({}),
    );
    app.stub(json!({"method": "DELETE", "urlPath": "/something/else"}), json!({}));
    app.stub(json!({"method": "PUT", "urlPath": "/quite/far/away"}), json!({}));
    app.stub(json!({"method": "PUT", "urlPattern": "/no.match"}), json!({}));
    let headers = [&*format!("Authorization: {secret}"), "X-Two: a", "X-Two: b", "Cookie: session=mine"];
    app.send("GET", "/parrots/2?token=mine", &headers, "{}").await;

    let misses = app.admin(200, "GET", "/requests/unmatched/near-misses", Value::Null).await;
    assert!(!misses.to_string().contains(demo::ROOT_KEY) && !misses.to_string().contains("mine"), "{misses}");
    let misses = misses["nearMisses"].as_array().unwrap();
    assert_eq!(misses.len(), 3);
    assert_eq!((&misses[0]["stubMapping"]["id"], &misses[0]["request"]["method"]), (&json!(near), &json!("GET")));
    let distances: Vec<f64> = misses.iter().map(|miss| miss["matchResult"]["distance"].as_f64().unwrap()).collect();
    assert!(distances.is_sorted() && distances[0] > 0.0 && distances[2] <= 1.0, "{distances:?}");
    assert_eq!(
        misses[0]["tessera"]["differences"],
        json!([
            {"part": "method", "expected": "POST", "actual": "GET"},
            {"part": "urlPath", "expected": {"equalTo": "/parrots/1"}, "actual": "/parrots/2"},
            {"part": "query parameter token", "expected": {"equalTo": "t"}, "actual": "[redacted]"},
            {"part": "header authorization", "expected": {"equalTo": "Bearer x"}, "actual": "Bearer [redacted]"},
            {"part": "header x-two", "expected": {"absent": true}, "actual": ["a", "b"]},
            {"part": "cookie session", "expected": {"equalTo": "s"}, "actual": "[redacted]"},
            {"part": "body", "expected": {"equalToJson": {"a": 1}}},
        ])
    );

    let request = json!({
        "url": "/parrots/1?token=t", "method": "POST", "headers": {"authorization": ["Bearer x"]},
        "cookies": {"session": "s"}, "body": "{\"a\":2}",
    });
    let miss = app.admin(200, "POST", "/near-misses/request", request.clone()).await["nearMisses"][0].clone();
    assert_eq!((&miss["request"], &miss["stubMapping"]["id"]), (&request, &json!(near)));
    assert_eq!(miss["tessera"]["differences"].as_array().unwrap().len(), 1, "{miss}");
    app.admin(422, "POST", "/near-misses/request", json!({"method": "GET"})).await;

    let pattern = json!({"method": "GET", "url": "/parrots/3"});
    let miss = app.admin(200, "POST", "/near-misses/request-pattern", pattern.clone()).await["nearMisses"][0].clone();
    assert_eq!(miss["requestPattern"], pattern);
    assert_eq!(miss["tessera"]["differences"][0]["part"], "url");
    let long = format!("/{}", "a".repeat(1000));
    app.send("GET", &long, &[], "").await;
    let miss = app.admin(200, "POST", "/near-misses/request-pattern", json!({"url": format!("{long}b")})).await;
    let distance = miss["nearMisses"][0]["matchResult"]["distance"].as_f64().unwrap();
    assert!(distance > 0.0 && distance < 0.1, "{miss}");
}
