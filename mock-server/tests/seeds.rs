//! Seeds as a test of somebody else's uses them: built in Rust, and as files of the program's.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use serde_json::{Value, json};
use tessera_mock::seed::{self, Admin, Key, Organization, Seed, Token, User};
use tessera_mock::{ControlError, Server, Settings, StartError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A key's and a token's checksum as `mock-server check` tells it.
const KEY: &str = "tsr_key_InitechKeyForLocalTestingOnly00D0Vzx";

async fn ask(server: &Server, method: &str, path: &str, bearer: &str) -> (u16, Value) {
    let mut socket = TcpStream::connect(server.address()).await.unwrap();
    let request = format!(
        "{method} {path} HTTP/1.0\r\nhost: localhost\r\nauthorization: Bearer {bearer}\r\ncontent-length: 0\r\n\r\n"
    );
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap();
    (status, serde_json::from_slice(body.as_bytes()).unwrap_or_default())
}

async fn start(seed: Seed, random_seed: Option<u64>) -> Server {
    Server::start(Settings { seed: Some(seed), random_seed, ..Settings::default() }).await.unwrap()
}

#[tokio::test]
async fn the_example_is_served_as_it_says() {
    let server = start(Seed::read(seed::EXAMPLE).unwrap(), None).await;
    let [initech, hooli] = &server.control().planted()[..] else { panic!() };
    assert_eq!((initech.number, initech.slug.as_str(), initech.api_key.as_str()), (5001, "initech", KEY));
    assert_eq!((hooli.number, hooli.slug.as_str()), (5002, "hooli"));
    let path = |rest: &str| format!("/v1/organizations/{}{rest}", initech.id);

    let (status, told) = ask(&server, "GET", &path(""), KEY).await;
    assert_eq!(status, 200);
    assert_eq!(told["seats"], json!({"total": 3, "used": 1}));
    assert_eq!(told["created_at"], "2026-01-01T00:00:00Z");
    assert_eq!(told["subscription_expires_at"], "2031-01-01T00:00:00Z");
    assert_eq!(told["set_password_via_api"], true);

    let (_, users) = ask(&server, "GET", &path("/users"), KEY).await;
    let logins: Vec<&Value> = users["data"].as_array().unwrap().iter().map(|user| &user["login"]).collect();
    assert_eq!(logins, ["admin@initech.test", "ada@initech.test", "boas"]);
    let ada = users["data"][1].clone();
    assert_eq!(ada["id"], "00000000-0000-4000-8000-00000000a101");

    // the chosen token is hers, and the one that ended opens nothing
    let secrets: Vec<(&str, &str)> =
        initech.secrets.iter().map(|secret| (secret.holder.as_str(), secret.secret.as_str())).collect();
    let of = |holder: &str| secrets.iter().find(|(name, _)| *name == holder).unwrap().1;
    assert_eq!(of("ada@initech.test: ci"), "tsr_token_AdaTokenForLocalTestingOnly0003KTarW");
    let bindings = format!("/accounts/{}/core/v1/roleBindings", initech.id);
    let (status, bound) = ask(&server, "GET", &bindings, of("ada@initech.test: ci")).await;
    assert_eq!(status, 200, "{bound}");
    assert!(
        bound["items"].as_array().unwrap().iter().any(|item| item["userID"] == ada["id"] && item["role"] == "viewer")
    );
    assert_eq!(ask(&server, "GET", &bindings, of("ada@initech.test: old")).await.0, 401);

    // what a key was not given it cannot do
    assert_eq!(ask(&server, "GET", &path("/users"), of("reader")).await.0, 200);
    assert_eq!(ask(&server, "GET", &path("/keys"), of("reader")).await.0, 403);
    let ids: Vec<Option<&str>> = initech.secrets.iter().map(|secret| secret.client_id.as_deref()).collect();
    assert_eq!(ids[3..], [Some("00000000-0000-4000-8000-00000000a201"), Some("pipeline_client")]);

    // groups, as AppOptima tells them
    let (status, member) =
        ask(&server, "GET", &format!("/api/v1.0/onpremise/users/ada@initech.test?api-token={KEY}"), "").await;
    assert_eq!((status, &member["groups"]), (200, &json!(["engineers", "users"])), "{member}");

    // faults are in force from the first call
    let keys = |expected: u16| {
        let server = &server;
        async move { assert_eq!(ask_ricloud(server).await, expected) }
    };
    keys(429).await;
    keys(429).await;
    keys(200).await;
}

async fn ask_ricloud(server: &Server) -> u16 {
    let mut socket = TcpStream::connect(server.address()).await.unwrap();
    let request = format!("GET /keys HTTP/1.0\r\nhost: localhost\r\nauthorization: Token {KEY}\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap()
}

fn small(seats: i64) -> Seed {
    let user = User {
        email: Some("ada@acme.test".into()),
        password: Some("Ada-Adder-2026".into()),
        seat: true,
        tokens: vec![Token::default()],
        ..User::default()
    };
    let organization = Organization {
        name: "Acme".into(),
        seats,
        admin: Some(Admin { email: "admin@acme.test".into(), password: None }),
        users: vec![user],
        keys: vec![Key { name: "ci".into(), ..Key::default() }],
        ..Organization::default()
    };
    Seed { organizations: vec![organization], ..Seed::default() }
}

#[tokio::test]
async fn chance_follows_from_the_random_seed_and_never_meets_itself_again() {
    let first = start(small(5), Some(7)).await;
    let again = start(small(5), Some(7)).await;
    let other = start(small(5), Some(8)).await;
    let made = first.control().planted();
    assert_eq!(made, again.control().planted());
    assert_ne!(made, other.control().planted());

    // what is made later is made of other numbers, after a reset too, and is the same each time
    let path = format!("/v1/organizations/{}/keys/none/rotate", made[0].id);
    let mut issued = Vec::new();
    for server in [&first, &first, &again] {
        server.control().reset().await.unwrap();
        let (_, keys) = ask(server, "GET", &format!("/v1/organizations/{}/keys", made[0].id), &made[0].api_key).await;
        let key = keys["data"][1]["id"].as_str().unwrap();
        let (status, rotated) = ask(server, "POST", &path.replace("none", key), &made[0].api_key).await;
        assert_eq!(status, 200, "{rotated}");
        issued.push(rotated["secret"].clone());
    }
    assert!(issued.iter().all(|secret| *secret == issued[0]));
    assert_ne!(issued[0], json!(made[0].secrets[1].secret));
}

#[tokio::test]
async fn a_reset_brings_the_seed_back_and_planting_puts_another_in_its_place() {
    let server = start(small(5), None).await;
    let made = server.control().planted();
    let path = format!("/v1/organizations/{}", made[0].id);
    assert_eq!(ask(&server, "DELETE", &path, tessera_directory::demo::ROOT_KEY).await.0, 204);
    assert_eq!(ask(&server, "GET", &path, &made[0].api_key).await.0, 401);
    server.control().reset().await.unwrap();
    assert_eq!(ask(&server, "GET", &path, &made[0].api_key).await.0, 200);
    assert_eq!(server.control().planted(), made, "nothing is made anew");

    // a seed that is wrong changes nothing
    let refused = server.control().plant(&small(0)).await.unwrap_err();
    assert!(matches!(refused, ControlError::Seed(_)), "{refused}");
    assert_eq!(ask(&server, "GET", &path, &made[0].api_key).await.0, 200);

    server.control().plant(&small(9)).await.unwrap();
    let [planted] = &server.control().planted()[..] else { panic!() };
    assert_eq!(ask(&server, "GET", &path, &made[0].api_key).await.0, 401);
    let (_, told) = ask(&server, "GET", &format!("/v1/organizations/{}", planted.id), &planted.api_key).await;
    assert_eq!(told["seats"]["total"], 9);
}

#[tokio::test]
async fn stubs_of_a_seed_answer_and_come_again_after_a_reset() {
    let seed = "
        stubs:
        - request: {method: GET, urlPath: /weather}
          response: {status: 203, jsonBody: {sky: blue}}
        - request: {urlPath: /v1/outbox}
          response: {status: 418}
          scenarioName: tea
          newScenarioState: drunk
          requiredScenarioState: Started
    ";
    let server = start(Seed::read(seed).unwrap(), None).await;
    for _ in 0..2 {
        assert_eq!(ask(&server, "GET", "/weather", "").await, (203, json!({"sky": "blue"})));
        assert_eq!(ask(&server, "GET", "/v1/outbox", "").await.0, 418);
        assert_eq!(ask(&server, "GET", "/v1/outbox", "").await.0, 401, "the endpoint, once the stub is spent");
        assert_eq!(ask(&server, "DELETE", "/__admin/mappings", "").await.0, 200);
        assert_eq!(ask(&server, "GET", "/weather", "").await.0, 404);
        assert_eq!(ask(&server, "POST", "/__admin/reset", "").await.0, 200);
    }
    server.control().plant(&Seed::default()).await.unwrap();
    assert_eq!(ask(&server, "GET", "/weather", "").await.0, 404, "another seed has others, or none");
}

#[tokio::test]
async fn a_file_keeps_the_directory_that_it_holds() {
    let folder = tempfile::tempdir().unwrap();
    let settings =
        Settings { data: Some(folder.path().join("data.sqlite")), seed: Some(small(5)), ..Settings::default() };
    let server = Server::start(settings.clone()).await.unwrap();
    let made = server.control().planted();
    server.stop().await;
    let server = Server::start(settings).await.unwrap();
    assert_eq!(server.control().planted(), []);
    let path = format!("/v1/organizations/{}", made[0].id);
    assert_eq!(ask(&server, "GET", &path, &made[0].api_key).await.0, 200);
}

#[tokio::test]
async fn a_seed_that_is_wrong_starts_nothing() {
    let refused = Server::start(Settings { seed: Some(small(0)), ..Settings::default() }).await.unwrap_err();
    let StartError::Seed(error) = &refused else { panic!("{refused}") };
    assert_eq!(error.problems[0].pointer, "/organizations/0/seats");
}

#[test]
fn the_committed_schema_is_current() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/seed.schema.json");
    let committed = std::fs::read_to_string(file).unwrap();
    assert!(
        committed == format!("{:#}\n", seed::schema()),
        "run: cargo run -p mock-server schema > docs/seed.schema.json"
    );
}
