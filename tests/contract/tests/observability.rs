//! What hosts tell of themselves: the probes in the same bytes, and the edge a line of its log for each request. The native host's
//! own tests show the rest.

#![expect(clippy::disallowed_methods, reason = "the log comes a moment after the answer")]

use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use contract::hosts::{self, Organization};
use contract::http::Request;
use contract::run::uniq;
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(10);

#[test]
fn probes_answer_alike_on_each_host() -> Result<(), String> {
    for host in hosts::all()? {
        for path in ["/healthz", "/readyz"] {
            for (method, status, body) in
                [("GET", 200, r#"{"status":"ok"}"#), ("HEAD", 200, ""), ("POST", 405, ""), ("DELETE", 405, "")]
            {
                let answer = host.target().send(&Request::new(method, path)).map_err(|error| error.to_string())?;
                assert_eq!((answer.status, answer.text().as_str()), (status, body), "{}: {method} {path}", host.name);
                let header = |name: &str| answer.header(name).unwrap_or_default();
                let [allow, cached, kind] = ["allow", "cache-control", "content-type"].map(header);
                let expected = if status == 405 { ("GET, HEAD", "", "") } else { ("", "no-store", "application/json") };
                assert_eq!((&*allow, &*cached, &*kind), expected, "{}: {method} {path}", host.name);
            }
        }
    }
    Ok(())
}

#[test]
fn the_edge_logs_a_request_by_its_id_and_route() -> Result<(), String> {
    let (Some(edge), Some(log)) = (hosts::edge(), hosts::edge_log()) else { return Ok(()) };
    let organization = Organization::new(&edge, 1)?;
    let id = format!("req-{}", uniq());
    let add = Request::new("POST", &format!("/v1/organizations/{}/users", organization.id));
    let add = add.bearer(&organization.api_key).header("X-Request-Id", &id);
    organization.expect(201, &add.json(&json!({"email": organization.email("a")})))?;
    let begun = Instant::now();
    let line: Value = loop {
        let text = fs::read_to_string(&log).map_err(|error| error.to_string())?;
        if let Some(line) = text.lines().find(|line| line.contains(&id)) {
            break serde_json::from_slice(line.as_bytes()).map_err(|error| format!("{line}: {error}"))?;
        }
        if begun.elapsed() > PATIENCE {
            return Err(format!("{} has nothing of {id}", log.display()));
        }
        sleep(Duration::from_millis(50));
    };
    for (member, expected) in [
        ("level", json!("INFO")),
        ("message", json!("request")),
        ("request_id", json!(id)),
        ("dialect", json!("native")),
        ("operation", json!("create_user")),
        ("route", json!("/v1/organizations/{organization_id}/users")),
        ("method", json!("POST")),
        ("status", json!(201)),
        // to know the caller, and to write
        ("batches", json!(2)),
    ] {
        assert_eq!(line.get(member), Some(&expected), "{member}: {line}");
    }
    assert!(line.get("duration_ms").is_some() && line.get("database_ms").is_some(), "{line}");
    let audit = Request::new("GET", "/v1/audit?operation=native.create_user").bearer(&organization.api_key);
    assert_eq!(organization.expect(200, &audit)?.json().pointer("/data/0/request_id"), Some(&json!(id)));
    Ok(())
}
