//! Whoever is told how often, and in whatever order, that something is due: it is sent once.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

#[expect(dead_code, reason = "one test needs little of it")]
mod in_process;

use in_process::App;
use serde_json::{Value, json};

const MINUTE: i64 = 60_000;

/// How many attempts were made at each event, oldest event first.
async fn attempts(app: &App, key: &str) -> Vec<i64> {
    let listed = app.ask("GET", "/v1/deliveries", key, Value::Null).await;
    let deliveries = listed.get("data").and_then(Value::as_array).unwrap();
    deliveries.iter().map(|one| one.get("attempt_count").and_then(Value::as_i64).unwrap()).collect()
}

/// Makes a webhook config, and so an event that is due.
async fn webhook(app: &App, key: &str) -> i64 {
    let url = json!({"url": "https://hooks.acme.test/"});
    let made = app.ask("POST", "/configs/webhook", &format!("Token {key}"), url).await;
    made.get("id").and_then(Value::as_i64).unwrap()
}

#[tokio::test]
async fn what_is_told_twice_is_sent_once() {
    let app = App::new();
    let key = app.organization("acme", json!({})).await.key;
    let config = webhook(&app, &key).await;
    assert_eq!(attempts(&app, &key).await, [0]);

    let tell = || tessera_api::deliver_next(&app.directory, config);
    let (first, second, third) = tokio::join!(tell(), tell(), tell());
    let next: Vec<_> = [first, second, third].into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(attempts(&app, &key).await, [1]);
    let [next] = next.as_slice() else { panic!("{} see to what comes next", next.len()) };
    assert_eq!((*next - app.directory.now()).num_milliseconds(), MINUTE);

    // told too early
    assert_eq!(tell().await.unwrap(), None);
    assert_eq!(attempts(&app, &key).await, [1]);

    // a message was lost, and two sweeps meet
    app.pass(MINUTE);
    let sweep = || tessera_api::deliver_due(&app.directory, 5);
    let (one, other) = tokio::join!(sweep(), sweep());
    one.and(other).unwrap();
    assert_eq!(attempts(&app, &key).await, [2]);
}

#[tokio::test]
async fn a_claim_whose_holder_is_gone_ends() {
    let app = App::new();
    let key = app.organization("acme", json!({})).await.key;
    let config = webhook(&app, &key).await;
    let claimed = tessera_directory::delivery::claim_due(&app.directory, 5).await.unwrap();
    assert_eq!(claimed.len(), 1);
    assert_eq!(tessera_api::deliver_next(&app.directory, config).await.unwrap(), None);
    app.pass(MINUTE);
    assert!(tessera_api::deliver_next(&app.directory, config).await.unwrap().is_some());
    // who comes back after all has lost it, and what was kept stays
    tessera_api::send(&app.directory, claimed.first().unwrap()).await.unwrap();
    assert_eq!(attempts(&app, &key).await, [1]);
}
