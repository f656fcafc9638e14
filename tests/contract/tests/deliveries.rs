//! Webhooks are really delivered, by every host: signed, again where that failed, and none held up by another. The
//! schedule as a whole takes a clock that a test sets, and so is shown by the native host's own tests.

#![expect(clippy::disallowed_methods, reason = "the hosts' clock is the real one here")]

use std::thread::sleep;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use contract::hosts::{self, Host, Organization};
use contract::http::Request;
use serde_json::{Value, json};
use tessera_directory::delivery;
use tokio::runtime::Runtime;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

type Tested = Result<(), String>;

/// The remote end, on the loopback.
struct Remote {
    runtime: Runtime,
    server: MockServer,
}

impl Remote {
    fn new() -> Result<Self, String> {
        let runtime = Runtime::new().map_err(|error| error.to_string())?;
        let server = runtime.block_on(MockServer::start());
        Ok(Self { runtime, server })
    }

    /// One that answers all with this.
    fn answering(answer: ResponseTemplate) -> Result<Self, String> {
        let remote = Self::new()?;
        remote.mount(Mock::given(any()).respond_with(answer));
        Ok(remote)
    }

    fn mount(&self, mock: Mock) {
        self.runtime.block_on(mock.mount(&self.server));
    }

    fn received(&self) -> Vec<wiremock::Request> {
        self.runtime.block_on(self.server.received_requests()).unwrap_or_default()
    }

    fn url(&self) -> String {
        format!("{}/webhooks", self.server.uri())
    }
}

/// A webhook config that was made: it, and the event of its test.
struct Webhook<'a> {
    organization: &'a Organization,
    config: Value,
    event: String,
}

impl<'a> Webhook<'a> {
    fn new(organization: &'a Organization, url: &str) -> Result<Self, String> {
        let request = ricloud(organization, "POST", "/configs/webhook").json(&json!({"url": url}));
        let config = organization.expect(201, &request)?.json();
        let events = organization.expect(200, &ricloud(organization, "GET", "/events?limit=1"))?.json();
        Ok(Self { organization, config, event: text(&events, "/data/0/id")? })
    }

    /// The delivery of its test.
    fn delivery(&self) -> Result<Value, String> {
        let path = format!("/v1/deliveries/{}", self.event);
        let request = Request::new("GET", &path).bearer(&self.organization.api_key);
        Ok(self.organization.expect(200, &request)?.json())
    }

    /// The delivery of its test once so many attempts were made, which is to be soon.
    fn attempted(&self, times: usize, within: Duration) -> Result<Value, String> {
        let begun = Instant::now();
        loop {
            let delivery = self.delivery()?;
            if delivery.pointer("/attempts").and_then(Value::as_array).is_some_and(|made| made.len() >= times) {
                return Ok(delivery);
            }
            if begun.elapsed() > within {
                return Err(format!("{}: not {times} attempts in {within:?}: {delivery}", self.organization.host.name));
            }
            sleep(Duration::from_millis(20));
        }
    }
}

fn ricloud(organization: &Organization, method: &str, path: &str) -> Request {
    Request::new(method, path).header("Authorization", &format!("Token {}", organization.api_key))
}

fn text(value: &Value, pointer: &str) -> Result<String, String> {
    value.pointer(pointer).and_then(Value::as_str).map(str::to_owned).ok_or_else(|| format!("no {pointer} in {value}"))
}

/// Tests each host, all at the same time.
fn on_every_host(test: impl Fn(&Organization) -> Tested + Sync) -> Tested {
    on(&hosts::all()?, test)
}

fn on(hosts: &[Host], test: impl Fn(&Organization) -> Tested + Sync) -> Tested {
    let tested = hosts::at_once(hosts, |host| test(&Organization::new(host, 1)?));
    assert_eq!(tested.len(), hosts.len(), "a host's test panicked");
    tested.into_iter().collect()
}

/// Less than a webhook that hangs is waited for, and much more than it takes on a machine that does nothing else.
const SOON: Duration = Duration::from_secs(8);

#[test]
fn an_event_is_signed_and_sent() -> Tested {
    on_every_host(|organization| {
        let remote = Remote::answering(ResponseTemplate::new(204))?;
        let webhook = Webhook::new(organization, &format!("{}/?tenant=1", remote.url()))?;
        let delivery = webhook.attempted(1, SOON)?;
        assert_eq!(delivery.pointer("/attempts/0/status"), Some(&json!(204)), "{delivery}");
        assert_eq!(text(&delivery, "/state")?, "delivered");

        let received = remote.received();
        let [request] = received.as_slice() else { return Err(format!("sent {} times", received.len())) };
        assert_eq!(request.url.path(), format!("/webhooks/{}", webhook.event));
        assert_eq!(request.url.query(), Some("tenant=1"));
        let header = |name: &str| request.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        assert_eq!(header("content-type"), "application/json");
        let signature = header("ricloud-signature");
        let time = signature.strip_prefix("t=").and_then(|rest| rest.split(',').next()).unwrap_or_default();
        let message = [time.as_bytes(), b".", &request.body].concat();
        let mac = delivery::sign(&text(&webhook.config, "/secret")?, &message);
        assert_eq!(signature, format!("t={time},s={}", BASE64_STANDARD.encode(mac)));
        Ok(())
    })
}

#[test]
fn a_webhook_that_hangs_holds_up_no_other() -> Tested {
    on_every_host(|organization| {
        let hanging = Remote::answering(ResponseTemplate::new(200).set_delay(Duration::from_secs(30)))?;
        let quick = Remote::answering(ResponseTemplate::new(200))?;
        // more than are sent at once in one invocation at the edge
        let stuck: Vec<Webhook<'_>> =
            (0..8).map(|_| Webhook::new(organization, &hanging.url())).collect::<Result<_, _>>()?;
        let delivery = Webhook::new(organization, &quick.url())?.attempted(1, SOON)?;
        assert_eq!(text(&delivery, "/state")?, "delivered");
        for webhook in &stuck {
            let delivery = webhook.attempted(1, Duration::from_secs(25))?;
            assert_eq!(text(&delivery, "/attempts/0/error")?, "timed_out");
            assert_eq!(text(&delivery, "/state")?, "pending");
        }
        Ok(())
    })
}

#[test]
fn an_event_that_failed_is_sent_again_after_a_minute() -> Tested {
    on_every_host(|organization| {
        let remote = Remote::new()?;
        remote.mount(Mock::given(any()).respond_with(ResponseTemplate::new(500)).up_to_n_times(1));
        remote.mount(Mock::given(any()).respond_with(ResponseTemplate::new(200)));
        let webhook = Webhook::new(organization, &remote.url())?;
        let first = webhook.attempted(1, SOON)?;
        assert_eq!(first.pointer("/attempts/0/status"), Some(&json!(500)), "{first}");
        assert_eq!(text(&first, "/state")?, "pending");
        text(&first, "/next_attempt_at")?;
        // the native host looks every five seconds
        let second = webhook.attempted(2, Duration::from_secs(90))?;
        assert_eq!(second.pointer("/attempts/1/status"), Some(&json!(200)), "{second}");
        assert_eq!(text(&second, "/state")?, "delivered");
        // a server that an ended test gave back may still be sent what that one's webhooks were to be told
        let received: Vec<_> =
            remote.received().into_iter().filter(|one| one.url.path().ends_with(&webhook.event)).collect();
        let signatures: Vec<_> =
            received.iter().filter_map(|request| request.headers.get("ricloud-signature").cloned()).collect();
        let [one, other] = signatures.as_slice() else { return Err(format!("sent {} times", signatures.len())) };
        assert_ne!(one, other, "each attempt is signed anew");
        Ok(())
    })
}

#[test]
fn a_redirect_is_not_followed() -> Tested {
    on_every_host(|organization| {
        let elsewhere = Remote::answering(ResponseTemplate::new(200))?;
        let answer = ResponseTemplate::new(307).insert_header("location", elsewhere.url());
        let redirecting = Remote::answering(answer)?;
        let delivery = Webhook::new(organization, &redirecting.url())?.attempted(1, SOON)?;
        assert_eq!(delivery.pointer("/attempts/0/status"), Some(&json!(307)), "{delivery}");
        assert_eq!(text(&delivery, "/state")?, "pending");
        assert!(elsewhere.received().is_empty());
        Ok(())
    })
}

#[test]
fn a_dead_webhook_is_recorded() -> Tested {
    on_every_host(|organization| {
        for url in ["http://127.0.0.1:1/webhooks", "https://127.0.0.1:0/webhooks"] {
            let delivery = Webhook::new(organization, url)?.attempted(1, SOON)?;
            assert_eq!(delivery.pointer("/attempts/0/status"), Some(&Value::Null), "{delivery}");
            assert_eq!(text(&delivery, "/attempts/0/error")?, "failed");
            assert_eq!(text(&delivery, "/state")?, "pending");
            text(&delivery, "/next_attempt_at")?;
        }
        Ok(())
    })
}

#[test]
fn the_sweep_sends_what_no_queue_has_seen_to() -> Tested {
    let hosts: Vec<Host> = hosts::edge_without_queue().into_iter().collect();
    on(&hosts, |organization| {
        let remote = Remote::answering(ResponseTemplate::new(200))?;
        let webhooks: Vec<Webhook<'_>> =
            (0..7).map(|_| Webhook::new(organization, &remote.url())).collect::<Result<_, _>>()?;
        sleep(Duration::from_secs(2));
        assert!(remote.received().is_empty(), "there is no queue to send it");
        let swept = organization.send(&Request::new("GET", "/cdn-cgi/handler/scheduled"));
        assert_eq!(swept?.status, 200);
        for webhook in &webhooks {
            assert_eq!(text(&webhook.attempted(1, SOON)?, "/state")?, "delivered");
        }
        assert_eq!(remote.received().len(), webhooks.len());
        Ok(())
    })
}
