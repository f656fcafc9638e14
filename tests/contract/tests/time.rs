//! What comes with time, which only a clock that a test sets can show. It is the native host's; the rules are the
//! core's, which every host has.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use contract::hosts::{self, Host, Organization};
use contract::http::Request;
use contract::run::shown;
use serde_json::{Value, json};
use tessera_directory::Timestamp;
use tessera_directory::ports::Clock;
use tessera_mock::{Server, Settings};
use tokio::runtime::Runtime;

/// A clock that a test moves. It holds milliseconds since 1970.
#[derive(Clone, Default)]
struct Hands(Arc<AtomicI64>);

impl Hands {
    fn forward(&self, by: TimeDelta) {
        self.0.fetch_add(by.num_milliseconds(), Ordering::SeqCst);
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        DateTime::<Utc>::from_timestamp_millis(self.0.load(Ordering::SeqCst)).unwrap_or_default()
    }
}

/// Runs a test on a host of its own, at 2028-02-29T12:00:00Z.
fn at_leap_day(test: impl FnOnce(&Organization, &Hands) -> Result<(), String>) -> Result<(), String> {
    let hands = Hands::default();
    hands.0.store(1_835_438_400_000, Ordering::SeqCst);
    let settings = Settings { clock: Arc::new(hands.clone()), root_key: hosts::root_key(), ..Settings::default() };
    let runtime = Runtime::new().map_err(|e| e.to_string())?;
    let server = runtime.block_on(Server::start(settings)).map_err(|e| e.to_string())?;
    let host = Host { name: "native", base: server.url() };
    let tested = test(&Organization::new(&host, 5)?, &hands);
    runtime.block_on(server.stop());
    tested
}

fn access_token(organization: &Organization) -> Result<String, String> {
    let form = format!(
        "grant_type=password&username={}&password={}",
        organization.admin_email.replace('@', "%40"),
        organization.admin_password
    );
    let request = Request::new("POST", "/api/auth/oauth2/token")
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(form);
    let answer = organization.expect(200, &request)?.json();
    let token = answer.get("access_token").and_then(Value::as_str);
    token.map(str::to_owned).ok_or_else(|| "there is no access token".to_owned())
}

fn expiry(organization: &Organization, user: &str) -> Result<Value, String> {
    let path = format!("/users/{user}/tokens");
    let listed = organization.expect(200, &organization.request("GET", &path))?.json();
    Ok(listed.pointer("/items/0/expires_at").cloned().unwrap_or_default())
}

/// anaconda.md 2.1: after 900 s the token is refused with 401.
#[test]
fn an_access_token_ends_after_900_seconds() -> Result<(), String> {
    at_leap_day(|organization, hands| {
        let token = access_token(organization)?;
        let path = format!("/organizations/{}/service-accounts", organization.id);
        let request = Request::new("GET", &path).bearer(&token);
        organization.expect(200, &request)?;
        hands.forward(TimeDelta::seconds(899));
        organization.expect(200, &request)?;
        hands.forward(TimeDelta::seconds(1));
        let refused = organization.expect(401, &request)?;
        assert_eq!(refused.json().pointer("/error/code"), Some(&json!("auth_required")), "{}", shown(&refused));
        let other = Request::new("GET", &path).bearer(&access_token(organization)?);
        organization.expect(200, &other).map(drop)
    })
}

/// anaconda.md 2.2 and 4.6: the subscription ends while the server runs; a sync without an end date takes one year.
#[test]
fn a_subscription_ends_when_its_time_comes() -> Result<(), String> {
    at_leap_day(|organization, hands| {
        let user = organization.add(&organization.email("a"))?;
        let token = format!("/users/{user}/token");
        let issue = organization.request("POST", &token).json(&json!({"expires_at": "2022-07-29T00:00:00Z"}));
        organization.expect(200, &issue)?;
        organization.expect(200, &organization.request("PATCH", &token))?;
        assert_eq!(expiry(organization, &user)?, "2029-02-28T12:00:00+00:00", "one year from a leap day");

        let end = |when: &str| {
            let request =
                Request::new("PATCH", &format!("/v1/organizations/{}", organization.id)).bearer(&hosts::root_key());
            organization
                .host
                .target()
                .send(&request.json(&json!({"subscription_expires_at": when})))
                .map_err(|e| e.to_string())
        };
        assert_eq!(end("2028-03-01T00:00:00Z")?.status, 200);
        hands.forward(TimeDelta::hours(12) - TimeDelta::milliseconds(1));
        organization.expect(200, &organization.request("GET", "/users"))?;
        hands.forward(TimeDelta::milliseconds(1));
        let refused = organization.expect(403, &organization.request("GET", "/users"))?;
        assert_eq!(refused.json().pointer("/error/code"), Some(&json!("subscription_inactive")), "{}", shown(&refused));
        assert_eq!(end("2030-03-01T00:00:00Z")?.status, 200);
        assert_eq!(expiry(organization, &user)?, "2029-02-28T12:00:00+00:00", "renewing moves no token by itself");
        organization.expect(200, &organization.request("PATCH", &token))?;
        assert_eq!(expiry(organization, &user)?, "2030-03-01T00:00:00+00:00");
        Ok(())
    })
}

/// Tessera's own API: an expiring key, and the grace of a rotated one.
#[test]
fn keys_end_when_their_time_comes() -> Result<(), String> {
    at_leap_day(|organization, hands| {
        let keys = format!("/v1/organizations/{}/keys", organization.id);
        let post = |path: &str, body: &Value| {
            organization.send(&Request::new("POST", path).bearer(&organization.api_key).json(body))
        };
        let text =
            |value: &Value, member: &str| value.get(member).and_then(Value::as_str).unwrap_or_default().to_owned();
        let opens = |secret: &str| {
            let request = Request::new("GET", &format!("/v1/organizations/{}", organization.id)).bearer(secret);
            Ok::<u16, String>(organization.send(&request)?.status)
        };
        let first = post(&keys, &json!({"name": "ci", "scopes": ["*"], "expires_at": "2028-02-29T12:02:00Z"}))?.json();
        let rotate = format!("{keys}/{}/rotate", text(&first, "id"));
        let second = post(&rotate, &json!({"grace_seconds": 60}))?.json();
        let (first, second) = (text(&first, "secret"), text(&second, "secret"));
        assert_eq!((opens(&first)?, opens(&second)?), (200, 200));
        hands.forward(TimeDelta::seconds(59));
        assert_eq!((opens(&first)?, opens(&second)?), (200, 200));
        hands.forward(TimeDelta::seconds(1));
        assert_eq!((opens(&first)?, opens(&second)?), (401, 200), "the grace is over");
        hands.forward(TimeDelta::seconds(60));
        assert_eq!(opens(&second)?, 401, "the key has ended");
        let verified = post("/v1/keys/verify", &json!({"key": second}))?.json();
        assert_eq!(verified.get("code"), Some(&json!("expired")), "{verified}");
        Ok(())
    })
}

/// octane.md 3: a session ends after 24 hours.
#[test]
fn a_session_ends_after_a_day() -> Result<(), String> {
    at_leap_day(|organization, hands| {
        let user = json!({"user": organization.admin_email, "password": organization.admin_password});
        let signed_in = organization.expect(200, &Request::new("POST", "/authentication/sign_in").json(&user))?;
        let cookie = signed_in.header("set-cookie").ok_or("there is no cookie")?;
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        let look = Request::new("GET", "/api/shared_spaces").header("Cookie", &cookie);
        hands.forward(TimeDelta::hours(24) - TimeDelta::milliseconds(1));
        organization.expect(200, &look)?;
        hands.forward(TimeDelta::milliseconds(1));
        organization.expect(401, &look)?;
        Ok(())
    })
}
