//! Whether a host is alive and ready is told without a credential, and in the same bytes by each.

use contract::hosts;
use contract::http::Request;

#[test]
fn probes_answer_alike_on_each_host() -> Result<(), String> {
    for host in hosts::all()? {
        for path in ["/healthz", "/readyz"] {
            for (method, status, body) in
                [("GET", 200, r#"{"status":"ok"}"#), ("HEAD", 200, ""), ("POST", 405, ""), ("DELETE", 405, "")]
            {
                let answer = host.target().send(&Request::new(method, path)).map_err(|error| error.to_string())?;
                assert_eq!((answer.status, answer.text().as_str()), (status, body), "{}: {method} {path}", host.name);
                let header = |name: &str| answer.header(name).unwrap_or_default().to_owned();
                let [allow, cached, kind] = ["allow", "cache-control", "content-type"].map(header);
                let expected = if status == 405 { ("GET, HEAD", "", "") } else { ("", "no-store", "application/json") };
                assert_eq!((&*allow, &*cached, &*kind), expected, "{}: {method} {path}", host.name);
            }
        }
    }
    Ok(())
}
