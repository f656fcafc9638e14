//! Webhooks are really sent: signed, to the right place, again after a while where that failed, and to no place that is
//! not for them.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod killable;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use killable::Program;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tessera_directory::ports::Clock;
use tessera_directory::{Timestamp, delivery, demo};
use tessera_mock::{Server, Settings};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::sleep;
use wiremock::matchers::{any, method, path_regex};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

const MINUTE: i64 = 60_000;

/// Milliseconds since 1970, as the test has them.
struct SetClock(AtomicI64);

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_timestamp_millis(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// A server, an organization's key, and the remote end.
struct World {
    server: Server,
    clock: Arc<SetClock>,
    remote: MockServer,
    key: String,
}

impl World {
    async fn new(answer: ResponseTemplate) -> Self {
        let remote = MockServer::start().await;
        Mock::given(any()).respond_with(answer).mount(&remote).await;
        let clock = Arc::new(SetClock(AtomicI64::new(1_780_272_000_000)));
        let server = Server::start(Settings { clock: Arc::clone(&clock) as _, ..Settings::default() }).await.unwrap();
        let mut world = Self { server, clock, remote, key: String::new() };
        let bearer = format!("Bearer {}", demo::ROOT_KEY);
        let made = world.send("POST", "/v1/organizations", &bearer, "", &json!({"name": "Acme"})).await;
        world.key = text(&made, "/api_key");
        world
    }

    async fn send(&self, method: &str, path: &str, credential: &str, more: &str, body: &Value) -> Value {
        let mut socket = TcpStream::connect(self.server.address()).await.unwrap();
        let body = body.to_string();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: {credential}\r\nconnection: close\r\n\
             {more}content-length: {}\r\n\r\n{body}",
            body.len()
        );
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        serde_json::from_slice(answer.split_once("\r\n\r\n").unwrap().1.as_bytes()).unwrap()
    }

    async fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        self.send(method, path, &format!("Token {}", self.key), "", body).await
    }

    /// What Tessera's own API tells at a path.
    async fn told(&self, path: &str) -> Value {
        self.send("GET", path, &format!("Bearer {}", self.key), "", &Value::Null).await
    }

    /// Makes a webhook config for the remote end.
    async fn config(&self, path: &str) -> Value {
        self.ask("POST", "/configs/webhook", &json!({"url": format!("{}{path}", self.remote.uri())})).await
    }

    /// The newest event, once it is in this state after so many retries.
    async fn event(&self, state: &str, retries: i64) -> Value {
        let mut event = Value::Null;
        // the host looks for what is due every five seconds
        for _ in 0..3000 {
            let events = self.ask("GET", "/events", &Value::Null).await;
            event = events.pointer("/data").and_then(Value::as_array).unwrap().last().unwrap().clone();
            let is_tried = !self.remote.received_requests().await.unwrap().is_empty();
            if is_tried && text(&event, "/state") == state && event.pointer("/retries") == Some(&json!(retries)) {
                return event;
            }
            sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(event, json!({"state": state, "retries": retries}));
        event
    }

    async fn received(&self) -> Vec<Request> {
        self.remote.received_requests().await.unwrap()
    }
}

fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap().to_owned()
}

/// Base64 with padding, as the vendor's receiver has it.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for at in 0..=chunk.len() {
            let digit = usize::try_from(bits >> (18 - 6 * at) & 63).unwrap();
            text.push(char::from(*ALPHABET.get(digit).unwrap()));
        }
    }
    text + "=".repeat((3 - bytes.len() % 3) % 3).as_str()
}

#[tokio::test]
async fn an_event_is_signed_and_sent() {
    let world = World::new(ResponseTemplate::new(204)).await;
    let config = world.config("/webhooks/?tenant=1").await;
    assert_eq!(text(&config, "/state"), "new");
    let event = world.event("delivered", 0).await;
    assert_eq!(text(&event, "/date_delivered"), "2026-06-01T00:00:00.000000Z");

    let received = world.received().await;
    let [request] = received.as_slice() else { unreachable!("sent once, not {} times", received.len()) };
    assert_eq!(request.url.path(), format!("/webhooks/{}", text(&event, "/id")));
    assert_eq!(request.url.query(), Some("tenant=1"));
    assert_eq!(request.headers.get("content-type").unwrap(), "application/json");
    assert_eq!(request.headers.get("idempotency-key").unwrap(), &text(&event, "/id"));
    let sent: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!((text(&sent, "/state"), sent.pointer("/date_delivered")), ("pending".into(), Some(&Value::Null)));
    assert!(sent.pointer("/data/secret").is_none());
    let message = [b"1780272000.".as_slice(), &request.body].concat();
    let mac = delivery::sign(&text(&config, "/secret"), &message);
    assert_eq!(request.headers.get("ricloud-signature").unwrap(), &format!("t=1780272000,s={}", base64(&mac)));

    let tasks = world.ask("GET", "/tasks", &Value::Null).await;
    assert_eq!(text(&tasks, "/data/0/state"), "succeeded");
    let config = world.ask("GET", &format!("/configs/webhook/{}", config.pointer("/id").unwrap()), &Value::Null).await;
    assert_eq!(text(&config, "/state"), "valid");
}

#[tokio::test]
async fn an_event_is_sent_five_times_at_the_most() {
    let world = World::new(ResponseTemplate::new(500)).await;
    let config = world.config("/webhooks").await;
    world.event("pending", 0).await;
    let config = format!("/configs/webhook/{}", config.pointer("/id").unwrap());
    // what was received is recorded a moment later, and the next attempt is due by the time of that
    while text(&world.ask("GET", &config, &Value::Null).await, "/state") != "invalid" {
        sleep(Duration::from_millis(10)).await;
    }
    for (retries, minutes) in [(1, 1), (2, 10), (3, 60), (4, 120)] {
        world.clock.0.fetch_add(minutes * MINUTE - 1, Ordering::SeqCst);
        // whatever puts something on record has all sent that is due
        world.config("/other").await;
        sleep(Duration::from_millis(100)).await;
        world.event("pending", retries - 1).await;
        world.clock.0.fetch_add(1, Ordering::SeqCst);
        world.config("/other").await;
        world.event(if retries == 4 { "failed" } else { "pending" }, retries).await;
    }
    let received = world.received().await;
    let signatures: Vec<_> = received
        .iter()
        .filter(|request| request.url.path().starts_with("/webhooks/"))
        .map(|request| request.headers.get("ricloud-signature").unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(signatures.len(), 5);
    assert!(signatures.windows(2).all(|pair| pair.first() != pair.last()), "each attempt is signed anew");
    assert_eq!(text(&world.ask("GET", &config, &Value::Null).await, "/state"), "invalid");

    let first = text(&world.told("/v1/deliveries?limit=1").await, "/data/0/id");
    let delivery = world.told(&format!("/v1/deliveries/{first}")).await;
    let attempts = delivery.pointer("/attempts").and_then(Value::as_array).unwrap();
    let started: Vec<String> = attempts.iter().map(|attempt| text(attempt, "/started_at")).collect();
    let schedule = ["00:00:00", "00:01:00", "00:11:00", "01:11:00", "03:11:00"];
    assert_eq!(started, schedule.map(|time| format!("2026-06-01T{time}Z")));
    assert!(attempts.iter().all(|attempt| attempt.pointer("/status") == Some(&json!(500))), "{delivery}");
    assert_eq!(
        (text(&delivery, "/state"), delivery.pointer("/next_attempt_at")),
        ("failed".into(), Some(&Value::Null))
    );

    // given up, it is listed as such, and sent once more when asked for, as the same event
    world.remote.reset().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200)).mount(&world.remote).await;
    let failed = world.told("/v1/deliveries?state=failed").await;
    assert_eq!(failed.pointer("/data/0/id"), Some(&json!(first)));
    let replay = format!("/v1/deliveries/{first}/replay");
    let bearer = format!("Bearer {}", world.key);
    let replayed = world.send("POST", &replay, &bearer, "", &Value::Null).await;
    assert_eq!((text(&replayed, "/id"), text(&replayed, "/state")), (first.clone(), "pending".to_owned()));
    let mut delivery = Value::Null;
    for _ in 0..500 {
        delivery = world.told(&format!("/v1/deliveries/{first}")).await;
        if text(&delivery, "/state") == "delivered" {
            break;
        }
        sleep(Duration::from_millis(10)).await;
    }
    assert_eq!((text(&delivery, "/state"), delivery.pointer("/attempt_count")), ("delivered".into(), Some(&json!(6))));
    let received = world.received().await;
    let [request] = received.as_slice() else { unreachable!("sent {} times", received.len()) };
    assert_eq!(request.headers.get("idempotency-key").unwrap(), &first);
    // delivered, it is not sent again
    let replayed = world.send("POST", &replay, &bearer, "", &Value::Null).await;
    assert_eq!(text(&replayed, "/state"), "delivered");
}

#[tokio::test]
async fn a_webhook_is_sent_one_event_at_a_time_and_in_order() {
    let world = World::new(ResponseTemplate::new(200).set_delay(Duration::from_millis(300))).await;
    let config = world.config("/webhooks").await;
    let path = format!("/configs/webhook/{}/test", config.pointer("/id").unwrap());
    for _ in 0..3 {
        world.ask("POST", &path, &Value::Null).await;
    }
    let listed = world.told("/v1/deliveries").await;
    let ids: Vec<String> =
        listed.pointer("/data").and_then(Value::as_array).unwrap().iter().map(|one| text(one, "/id")).collect();
    assert_eq!(ids.len(), 4);
    for (at, id) in ids.iter().enumerate() {
        let path = format!("/v1/deliveries/{id}");
        let mut delivery = Value::Null;
        for _ in 0..500 {
            delivery = world.told(&path).await;
            if text(&delivery, "/state") == "delivered" {
                break;
            }
            sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(text(&delivery, "/state"), "delivered");
        // while this one was sent, none that came after it was
        assert!(world.received().await.len() <= at + 2, "sent side by side");
    }
    let received: Vec<String> = world.received().await.iter().map(|request| request.url.path().to_owned()).collect();
    assert_eq!(received, ids.iter().map(|id| format!("/webhooks/{id}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = MockServer::start().await;
    Mock::given(method("POST")).and(path_regex("/")).respond_with(ResponseTemplate::new(200)).mount(&elsewhere).await;
    let world = World::new(ResponseTemplate::new(307).insert_header("location", elsewhere.uri())).await;
    world.config("/webhooks").await;
    world.event("pending", 0).await;
    let tasks = world.ask("GET", "/tasks", &Value::Null).await;
    assert_eq!(
        (text(&tasks, "/data/0/state"), text(&tasks, "/data/0/error")),
        ("failed".into(), "delivery-failed".into())
    );
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn who_awaits_a_test_is_told_how_it_ended() {
    let world = World::new(ResponseTemplate::new(200).set_delay(Duration::from_millis(1500))).await;
    let config = world.config("/webhooks").await;
    let token = format!("Token {}", world.key);
    let path = format!("/configs/webhook/{}/test", config.pointer("/id").unwrap());
    let task = world.send("POST", &path, &token, "ricloud-await: 10\r\n", &Value::Null).await;
    assert_eq!(text(&task, "/state"), "succeeded");
    // who does not wait long enough is told that it goes on, and so it does
    let task = world.send("POST", &path, &token, "ricloud-await: 1\r\n", &Value::Null).await;
    assert_eq!(text(&task, "/state"), "pending");
    let path = format!("/tasks/{}", task.pointer("/id").unwrap());
    for _ in 0..500 {
        if text(&world.ask("GET", &path, &Value::Null).await, "/state") == "succeeded" {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    unreachable!("the test never ended");
}

/// Asks a program as the demo's organization.
async fn ask(program: &Program, method: Method, path: &str, body: &Value) -> Value {
    let key = text(&demo::json(), "/organizations/0/api_key");
    let request = Client::new().request(method, format!("{}{path}", program.base));
    // ricloud's scheme, and the native API's
    let scheme = if path.starts_with("/v1/") { "Bearer" } else { "Token" };
    let answer = request.header("authorization", format!("{scheme} {key}")).json(body).send().await.unwrap();
    assert!(answer.status().is_success(), "{path}: {answer:?}");
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default()
}

/// The deliveries of the demo's organization, oldest first.
async fn deliveries(program: &Program) -> Vec<Value> {
    let listed = ask(program, Method::GET, "/v1/deliveries?limit=1000", &Value::Null).await;
    listed.pointer("/data").and_then(Value::as_array).unwrap().clone()
}

/// Has a program's clock be past every claim, and every pause, of the one before it.
async fn advance(program: &Program, seconds: u64) {
    ask(program, Method::POST, "/__admin/clock/advance", &json!({ "seconds": seconds })).await;
}

#[tokio::test]
async fn a_kill_while_a_webhook_answers_sends_the_same_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.sqlite");
    let remote = MockServer::start().await;
    let slow = ResponseTemplate::new(200).set_delay(Duration::from_mins(1));
    Mock::given(any()).respond_with(slow).up_to_n_times(1).mount(&remote).await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200)).mount(&remote).await;
    let program = Program::start(&file, &[], &[]);
    let config = json!({"url": format!("{}/webhooks", remote.uri())});
    ask(&program, Method::POST, "/configs/webhook", &config).await;
    for _ in 0..500 {
        if !remote.received_requests().await.unwrap().is_empty() {
            break;
        }
        sleep(Duration::from_millis(10)).await;
    }
    drop(program);

    let program = Program::start(&file, &[], &[]);
    // whoever claimed it may still be at it
    sleep(Duration::from_millis(200)).await;
    assert_eq!(remote.received_requests().await.unwrap().len(), 1);
    advance(&program, 61).await;
    let mut states = Vec::new();
    for _ in 0..1000 {
        states = deliveries(&program).await.iter().map(|delivery| text(delivery, "/state")).collect();
        if states == ["delivered"] {
            break;
        }
        sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(states, ["delivered"]);
    let received = remote.received_requests().await.unwrap();
    let [first, second] = received.as_slice() else { unreachable!("sent {} times", received.len()) };
    assert_eq!((&first.url, &first.body), (&second.url, &second.body), "the very same event");
    assert_eq!(first.headers.get("idempotency-key"), second.headers.get("idempotency-key"));
}

#[tokio::test]
async fn kills_at_any_moment_lose_no_event() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.sqlite");
    let remote = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_delay(Duration::from_millis(5));
    Mock::given(any()).respond_with(answer).mount(&remote).await;
    let mut program = Program::start(&file, &[], &[]);
    let config = json!({"url": format!("{}/webhooks", remote.uri())});
    let config = ask(&program, Method::POST, "/configs/webhook", &config).await;
    let test = format!("/configs/webhook/{}/test", config.pointer("/id").unwrap());
    for round in 1..=4 {
        let enough = remote.received_requests().await.unwrap().len() + 10;
        for _ in 0..15 {
            ask(&program, Method::POST, &test, &Value::Null).await;
        }
        for _ in 0..1000 {
            if remote.received_requests().await.unwrap().len() >= enough {
                break;
            }
            sleep(Duration::from_millis(1)).await;
        }
        drop(program);
        program = Program::start(&file, &[], &[]);
        // the clock begins anew with each program
        advance(&program, 70 * round).await;
    }
    let mut written = Vec::new();
    for _ in 0..1000 {
        written = deliveries(&program).await;
        if written.iter().all(|delivery| text(delivery, "/state") == "delivered") {
            break;
        }
        sleep(Duration::from_millis(10)).await;
    }
    let waiting = written.iter().filter(|delivery| text(delivery, "/state") != "delivered").count();
    assert_eq!((written.len(), waiting), (61, 0));
    let received = remote.received_requests().await.unwrap();
    let mut received: Vec<String> = received.iter().map(|request| request.url.path().to_owned()).collect();
    // what came twice came twice in a row: nothing overtakes what a host died with
    received.dedup();
    assert_eq!(received, written.iter().map(|one| format!("/webhooks/{}", text(one, "/id"))).collect::<Vec<_>>());
}
