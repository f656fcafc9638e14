//! `POST <webhook>/<event id>`: an event as it is sent, signed [C].

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tessera_directory::Timestamp;
use tessera_directory::delivery::{self, Target};
use tessera_directory::event::{Event, State};
use tessera_directory::ports::Message;

/// Writes the message of an event. Each attempt is signed anew, for a receiver refuses a signature of 600 seconds ago.
pub(crate) fn write(event: &Event, target: &Target, now: Timestamp) -> Message {
    // as every attempt tells it: what becomes of this one is not known yet
    let event = Event { state: State::Pending, delivered_at: None, ..event.clone() };
    let view = super::EventView { retries: event.attempts, ..super::view(&event) };
    let body = serde_json::to_string(&view).unwrap_or_default();
    let signature = signature(&target.secret, now.timestamp(), &body);
    Message {
        url: address(&target.url, &event.id),
        headers: vec![
            ("content-type", "application/json".to_owned()),
            ("ricloud-signature", signature),
            // the vendor's receiver looks at the two above alone; others may know by it what they had before
            ("idempotency-key", event.id.clone()),
        ],
        body,
    }
}

/// The webhook's URL with the event's id at the end of its path.
fn address(url: &str, id: &str) -> String {
    let (path, query) = url.split_once('?').map_or((url, None), |(path, query)| (path, Some(query)));
    let path = path.strip_suffix('/').unwrap_or(path);
    match query {
        Some(query) => format!("{path}/{id}?{query}"),
        None => format!("{path}/{id}"),
    }
}

/// `t=<unix seconds>,s=<base64 of HMAC-SHA256 over "<t>.<body>">`.
fn signature(secret: &str, time: i64, body: &str) -> String {
    let mac = delivery::sign(secret, format!("{time}.{body}").as_bytes());
    format!("t={time},s={}", BASE64_STANDARD.encode(mac))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use tessera_directory::event::Subject;
    use tessera_directory::storage_config;

    use super::*;

    const SECRET: &str = "Wg69dQaffJuXckXsdoHuPYkf3VSWEGMa";

    fn time(text: &str) -> Timestamp {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    /// The worked example of the contract.
    #[test]
    fn the_worked_example() {
        let event = Event {
            seq: 1,
            id: "7c9e6679-7425-40de-944b-e07fc1f90ae7".into(),
            organization: 1,
            r#type: "webhook_config".into(),
            action: "test".into(),
            data: Subject {
                seq: 1,
                url: "https://www.mywebhookendpoint.com/webhooks".into(),
                state: storage_config::State::New,
                created_at: time("2018-11-08T13:07:59.563975Z"),
            },
            state: State::Pending,
            attempts: 0,
            created_at: time("2020-02-20T12:00:00Z"),
            delivered_at: None,
        };
        let target = Target { url: event.data.url.clone(), secret: SECRET.into() };
        let message = write(&event, &target, time("2020-02-20T12:00:00Z"));
        assert_eq!(message.body.len(), 372);
        let signature = "t=1582200000,s=AKSRfuiErqZM4TTUjpM7HEyRerz0ZG9CS7JcjVnL7ms=";
        let mut headers = message.headers.iter().map(|(name, value)| (*name, value.as_str()));
        assert!(headers.any(|header| header == ("ricloud-signature", signature)), "{message:?}");
        assert_eq!(message.url, format!("https://www.mywebhookendpoint.com/webhooks/{}", event.id));
    }

    #[test]
    fn the_signature_is_of_bytes() {
        let signed = signature(SECRET, 1_582_200_000, "{\"name\":\"Grüße\"}");
        assert_eq!(signed, "t=1582200000,s=1kPuUFSleMgNYioKfYmay/vEfMuAp1zUcz5VmXLzsZY=");
    }

    #[test]
    fn the_id_ends_the_path() {
        for (url, sent) in [
            ("https://a.test", "https://a.test/7"),
            ("https://a.test/", "https://a.test/7"),
            ("https://a.test/w/", "https://a.test/w/7"),
            ("https://a.test/w/?b=c/", "https://a.test/w/7?b=c/"),
        ] {
            assert_eq!(address(url, "7"), sent);
        }
    }
}
