//! Of the faults that a call asks for, what a vector cannot tell: how late an answer comes, and what becomes of a connection.

#![expect(clippy::disallowed_methods, reason = "how long an answer takes in fact is what is measured")]

use std::time::{Duration, Instant};

use contract::hosts::{self, Organization};
use contract::http::Request;
use contract::run::shown;
use serde_json::json;

fn asking(request: Request, fault: &str) -> Request {
    request.header("Tessera-Fault", fault)
}

#[test]
fn a_slow_call_is_answered_late() -> Result<(), String> {
    for host in hosts::all()? {
        let organization = Organization::new(&host, 1)?;
        let begun = Instant::now();
        organization.expect(200, &asking(organization.request("GET", "/users"), "slow"))?;
        let took = begun.elapsed();
        assert!(took >= Duration::from_secs(3), "{}: {took:?}", host.name);
    }
    Ok(())
}

#[test]
fn a_connection_breaks_where_the_host_can_break_one() -> Result<(), String> {
    for host in hosts::all()? {
        let organization = Organization::new(&host, 1)?;
        let before = organization.snapshot()?;
        for fault in ["connection_reset", "empty_response", "malformed_response", "random_data"] {
            let add = organization.request("POST", "/users").json(&json!({"email": organization.email("a")}));
            let answer = organization.send(&asking(add, fault));
            if host.name == "native" {
                assert!(answer.is_err(), "{fault}: {}", answer.map(|answer| shown(&answer)).unwrap_or_default());
                continue;
            }
            let refused = answer?;
            assert_eq!(refused.status, 501, "{}", shown(&refused));
            let detail = format!("Tessera-Fault: this host cannot break a connection, as {fault} would");
            assert_eq!(refused.json().get("detail"), Some(&json!(detail)));
        }
        assert_eq!(organization.snapshot()?, before, "{}: nothing was done", host.name);
    }
    Ok(())
}
