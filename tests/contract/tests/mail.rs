//! The edge really sends mail: by its queue, in order, and by the sweep what was left. The whole of the schedule takes a clock
//! that a test sets, and so is shown by the native host's own tests.

#![expect(clippy::disallowed_methods, reason = "the host's clock is the real one here")]

use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use chrono::DateTime;
use contract::hosts::{self, Organization};
use contract::http::{Request, Target};
use mail_parser::MessageParser;
use serde_json::{Value, json};
use tessera_directory::demo;

type Tested = Result<(), String>;

const PATIENCE: Duration = Duration::from_secs(30);

fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// An organization's mail, by its key, oldest first.
fn outbox(target: &Target, key: &str) -> Result<Vec<Value>, String> {
    let request = Request::new("GET", "/v1/outbox?limit=1000").bearer(key);
    let listed = target.send(&request).map_err(|error| error.to_string())?.json();
    listed.pointer("/data").and_then(Value::as_array).cloned().ok_or_else(|| format!("no outbox: {listed}"))
}

/// An organization's mail once this holds of it.
fn until(target: &Target, key: &str, holds: impl Fn(&[Value]) -> bool) -> Result<Vec<Value>, String> {
    let begun = Instant::now();
    loop {
        let mails = outbox(target, key)?;
        if holds(&mails) {
            return Ok(mails);
        }
        if begun.elapsed() > PATIENCE {
            return Err(format!("not in {PATIENCE:?}: {}", json!(mails)));
        }
        sleep(Duration::from_millis(50));
    }
}

/// What the binding was handed, oldest first: the files that the host's log names.
fn handed_over(log: &Path) -> Result<Vec<Vec<u8>>, String> {
    let log = fs::read_to_string(log).map_err(|error| error.to_string())?;
    let files = log.lines().map(|line| Path::new(line.trim()));
    let mails = files.filter(|file| file.is_absolute() && file.extension().is_some_and(|extension| extension == "eml"));
    mails.map(|file| fs::read(file).map_err(|error| format!("{}: {error}", file.display()))).collect()
}

/// Their `Message-ID`s, without the brackets.
fn message_ids(log: &Path) -> Result<Vec<String>, String> {
    let read = |raw: Vec<u8>| MessageParser::new().parse(&raw).and_then(|mail| mail.message_id().map(str::to_owned));
    handed_over(log)?.into_iter().map(|raw| read(raw).ok_or_else(|| "no Message-ID".to_owned())).collect()
}

fn message_id(mail: &Value) -> String {
    format!("{}@tessera.test", text(mail, "/id"))
}

/// Makes a user of this address and mails it some tokens.
fn mail_tokens(organization: &Organization, email: &str, count: usize) -> Tested {
    let user = organization.add(email)?;
    let path = format!("/v1/organizations/{}/users/{user}/tokens", organization.id);
    for _ in 0..count {
        let issue = Request::new("POST", &path).bearer(&organization.api_key).json(&json!({"mail": true}));
        organization.expect(201, &issue)?;
    }
    Ok(())
}

#[test]
fn mail_is_sent_by_the_queue_and_in_order() -> Tested {
    let Some((host, log)) = hosts::edge_that_mails() else { return Ok(()) };
    let organization = Organization::new(&host, 5)?;
    // more than a message of the queue stands for
    mail_tokens(&organization, "ok@acme.test", 25)?;
    let is_sent = |mail: &Value| text(mail, "/state") == "sent" && mail.pointer("/attempt_count") == Some(&json!(1));
    let mails = until(&host.target(), &organization.api_key, |mails| mails.iter().all(is_sent))?;
    let sent_at =
        |mail: &Value| DateTime::parse_from_rfc3339(&text(mail, "/sent_at")).map_err(|error| error.to_string());
    let times = mails.iter().map(sent_at).collect::<Result<Vec<_>, _>>()?;
    assert!(times.is_sorted(), "{times:?}");
    let mut written: Vec<String> = mails.iter().map(message_id).collect();
    written.sort();
    // the log comes a moment after
    let mut handed = Vec::new();
    for _ in 0..100 {
        handed = message_ids(&log)?;
        handed.retain(|id| written.contains(id));
        handed.sort();
        if handed.len() >= written.len() {
            break;
        }
        sleep(Duration::from_millis(50));
    }
    assert_eq!((written.len(), &handed), (25, &written));

    let first = mails.first().ok_or("no mail")?;
    let raw = handed_over(&log)?.into_iter().find(|raw| String::from_utf8_lossy(raw).contains(&message_id(first)));
    let raw = raw.ok_or("not handed over")?;
    let parsed = MessageParser::new().parse(&raw).ok_or("no mail")?;
    assert_eq!(parsed.subject().map(str::to_owned), Some(text(first, "/subject")));
    let body = |body: Option<std::borrow::Cow<'_, str>>| body.unwrap_or_default().replace("\r\n", "\n");
    assert_eq!((body(parsed.body_text(0)), body(parsed.body_html(0))), (text(first, "/text"), text(first, "/html")));
    Ok(())
}

#[test]
fn mail_that_is_not_taken_is_to_be_tried_again() -> Tested {
    let Some((host, _)) = hosts::edge_that_mails() else { return Ok(()) };
    let organization = Organization::new(&host, 5)?;
    mail_tokens(&organization, "else@acme.test", 1)?;
    let failed = |mails: &[Value]| mails.iter().any(|mail| text(mail, "/state") == "failed");
    let mails = until(&host.target(), &organization.api_key, failed)?;
    let mail = mails.first().ok_or("no mail")?;
    assert!(text(mail, "/last_error").contains("not allowed"), "{mail}");
    assert!(!text(mail, "/next_attempt_at").is_empty(), "{mail}");
    // what is to be tried again is not sent by asking for it
    let replay =
        Request::new("POST", &format!("/v1/outbox/{}/replay", text(mail, "/id"))).bearer(&organization.api_key);
    assert_eq!(text(&organization.expect(200, &replay)?.json(), "/state"), "failed");
    Ok(())
}

#[test]
fn mail_that_was_claimed_and_not_sent_is_sent_by_the_sweep_once_the_claim_ends() -> Tested {
    let Some((host, log)) = hosts::edge_that_mails() else { return Ok(()) };
    let target = host.target();
    let key = |at: usize| text(&demo::json(), &format!("/organizations/{at}/api_key"));
    let states =
        |mails: &[Value]| mails.iter().map(|mail| (text(mail, "/to"), text(mail, "/state"))).collect::<Vec<_>>();
    let pair = |to: &str, state: &str| (to.to_owned(), state.to_owned());
    assert_eq!(states(&outbox(&target, &key(0))?), [pair("left@acme.test", "sending")]);
    let swept = target.send(&Request::new("GET", "/cdn-cgi/handler/scheduled")).map_err(|error| error.to_string())?;
    assert_eq!(swept.status, 200);
    until(&target, &key(0), |mails| states(mails) == [pair("left@acme.test", "sent")])?;
    // the same mail as it was before, by its id
    let mut is_handed_over = false;
    for _ in 0..100 {
        is_handed_over = message_ids(&log)?.contains(&"00000000-0000-4000-8000-00000000a001@tessera.test".to_owned());
        if is_handed_over {
            break;
        }
        sleep(Duration::from_millis(50));
    }
    assert!(is_handed_over);
    // a claim that holds keeps a mail, and those after it, from the sweep
    let held = [pair("held@globex.test", "sending"), pair("after@globex.test", "pending")];
    assert_eq!(states(&outbox(&target, &key(1))?), held);
    Ok(())
}
