//! Requests that are wrong: each is refused in the vendor's form, never with a 5xx, and changes nothing.

use contract::hosts::{self, Organization};
use contract::http::{Body, Request, Response};
use serde_json::{Value, json};

type Tested = Result<(), String>;

/// The largest body that is read.
const LIMIT: usize = 8 * 1024 * 1024;

const NOBODY: &str = "00000000-0000-4000-8000-0000000000ff";

/// What a refusal looks like.
#[derive(Clone, Copy, Debug)]
enum Refusal {
    /// An error object: its status and its code.
    Error(u16, &'static str),
    /// A validation body with an entry of that type for a place; `*` is any type.
    Invalid(&'static [&'static str], &'static str),
    /// The token endpoint's form: its status and its error.
    OAuth(u16, &'static str),
}

/// Sends each request to an organization of its own host, and sees that it is refused so and that nothing changed.
fn refused(requests: impl Fn(&Organization, &str) -> Vec<(Request, Refusal)>) -> Tested {
    for host in hosts::all()? {
        let organization = Organization::new(&host, 5)?;
        let user = organization.add(&organization.email("kept"))?;
        let token = organization.request("POST", &format!("/users/{user}/token"));
        organization.expect(200, &token.json(&json!({"expires_at": "2031-01-01T00:00:00Z"})))?;
        let before = organization.snapshot()?;
        for (request, refusal) in requests(&organization, &user) {
            let line = format!("{}: {} {}", host.name, request.method, String::from_utf8_lossy(&request.path));
            let response = organization.send(&request).map_err(|why| format!("{line}: {why}"))?;
            check(&response, refusal).map_err(|why| format!("{line}: {why}\n{}", contract::run::shown(&response)))?;
        }
        assert_eq!(before, organization.snapshot()?, "{}: something changed", host.name);
    }
    Ok(())
}

fn check(response: &Response, refusal: Refusal) -> Tested {
    let json = response.json();
    let text = |at: &str| json.pointer(at).and_then(Value::as_str).unwrap_or_default();
    let (status, right) = match refusal {
        Refusal::Error(status, code) => (status, text("/error/code") == code && !text("/error/message").is_empty()),
        Refusal::OAuth(status, error) => (status, text("/error") == error && !text("/error_description").is_empty()),
        Refusal::Invalid(place, kind) => {
            let entries = json.get("detail").and_then(Value::as_array).cloned().unwrap_or_default();
            (422, entries.iter().any(|entry| is_entry(entry, place, kind)))
        }
    };
    let is_json = response.header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
    let challenges = status != 401 || response.header("www-authenticate").is_some();
    if response.status == status && right && is_json && challenges {
        Ok(())
    } else {
        Err(format!("expected {refusal:?}"))
    }
}

fn is_entry(entry: &Value, place: &[&str], kind: &str) -> bool {
    let at: Vec<&str> =
        entry.get("loc").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let is = entry.get("type").and_then(Value::as_str).unwrap_or_default();
    let says = entry.get("msg").and_then(Value::as_str).is_some_and(|msg| !msg.is_empty());
    at.starts_with(place) && says && if kind == "*" { !is.is_empty() } else { is == kind }
}

#[test]
fn bodies_that_are_not_json() -> Tested {
    refused(|organization, user| {
        let deep = "[".repeat(100_000);
        let bodies: [&[u8]; 12] = [
            b"{",
            b"}",
            b"{\"name\":}",
            b"{'name':'ci'}",
            b"{\"name\":\"ci\",}",
            b"{\"name\":\"ci\"}x",
            b"{\"name\":\"\xff\"}",
            b"\xef\xbb\xbf\xff",
            b"{\"name\":\"\xc3\"}",
            b"{\"name\":\"a\nb\"}",
            b"{\"name\":01}",
            deep.as_bytes(),
        ];
        let token = format!("/users/{user}/token");
        let places = [
            ("POST", "/service-accounts"),
            ("POST", "/users"),
            ("POST", "/users_auto_registration"),
            ("POST", &token),
            ("PATCH", &token),
        ];
        let mut requests = Vec::new();
        for (method, path) in places {
            for body in bodies {
                let request = organization.request(method, path).header("Content-Type", "application/json");
                requests.push((request.body(body), Refusal::Invalid(&["body"], "json_invalid")));
            }
        }
        requests
    })
}

#[test]
fn bodies_of_the_wrong_types() -> Tested {
    refused(|organization, user| {
        let token = format!("/users/{user}/token");
        let cases: Vec<(&str, &str, Value, &'static [&'static str])> = vec![
            ("POST", "/service-accounts", json!({"name": {}}), &["body", "name"]),
            ("POST", "/service-accounts", json!({"name": null}), &["body", "name"]),
            ("POST", "/service-accounts", json!({"name": "x".repeat(1_000_000)}), &["body", "name"]),
            ("POST", "/service-accounts", json!({"name": "\u{0}"}), &["body", "name"]),
            ("POST", "/service-accounts", json!([]), &["body"]),
            ("POST", "/users", json!({"email": []}), &["body", "email"]),
            ("POST", "/users", json!({"email": true}), &["body", "email"]),
            ("POST", "/users", json!({"email": ""}), &["body", "email"]),
            ("POST", "/users", json!({"email": "a@b@c"}), &["body", "email"]),
            ("POST", "/users", json!({"email": format!("{}@acme.test", "a".repeat(10_000))}), &["body", "email"]),
            ("POST", "/users", json!({"email": "a\u{0}b@acme.test"}), &["body", "email"]),
            ("POST", "/users", json!({"email": "a@acme.test\r\nBcc: b@acme.test"}), &["body", "email"]),
            ("POST", "/users", json!({"first_name": {"a": 1}}), &["body", "first_name"]),
            ("POST", "/users", json!("text"), &["body"]),
            (
                "POST",
                "/users_auto_registration",
                json!({"user_emails": [organization.email("new"), 1.5]}),
                &["body", "user_emails", "1"],
            ),
            ("POST", "/users_auto_registration", json!({"user_emails": {}}), &["body", "user_emails"]),
            ("POST", &token, json!({"expires_at": 1_893_456_000}), &["body", "expires_at"]),
            ("POST", &token, json!({"expires_at": "2031-13-01T00:00:00Z"}), &["body", "expires_at"]),
            (
                "POST",
                &token,
                json!({"expires_at": "2031-01-01T00:00:00Z", "expiration_tolerance_months": "1e9"}),
                &["body", "expiration_tolerance_months"],
            ),
            ("PATCH", &token, json!({"expires_at": {}}), &["body", "expires_at"]),
            ("PATCH", &token, json!({"is_renewal": []}), &["body", "is_renewal"]),
            ("PATCH", &token, json!([]), &["body"]),
        ];
        let refusal = |place| Refusal::Invalid(place, "*");
        cases
            .into_iter()
            .map(|(method, path, body, place)| (organization.request(method, path).json(&body), refusal(place)))
            .collect()
    })
}

#[test]
fn authorization_that_is_none() -> Tested {
    refused(|organization, _| {
        let path = format!("/organizations/{}/users", organization.id);
        let key = &organization.api_key;
        let mut forged = key.clone();
        let last = forged.pop().unwrap_or_default();
        forged.push(if last == 'a' { 'b' } else { 'a' });
        let values = [
            String::new(),
            "Bearer".to_owned(),
            "Bearer  ".to_owned(),
            format!("Bearer {forged}"),
            format!("Bearer {key} {key}"),
            format!("Bearer {key},"),
            format!("Bearer \"{key}\""),
            format!("Basic {key}"),
            format!("Digest {key}"),
            key.clone(),
            "Bearer tsr_key_0000000000000000000000000000000000000".to_owned(),
            "Bearer tsr_".to_owned(),
            "Bearer é☃".to_owned(),
            "Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiJhZG1pbiIsImV4cCI6OTk5OTk5OTk5OX0.".to_owned(),
            "Bearer eyJhbGciOiJIUzI1NiJ9.e30.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned(),
            "Bearer eyJ.eyJ.eyJ".to_owned(),
            "Bearer ...".to_owned(),
            format!("Bearer {}", "a".repeat(4000)),
        ];
        let unauthorized = Refusal::Error(401, "auth_required");
        let mut requests: Vec<(Request, Refusal)> = values
            .iter()
            .map(|value| (Request::new("GET", &path).header("Authorization", value), unauthorized))
            .collect();
        requests.push((Request::new("GET", &path), unauthorized));
        // One key twice is as little a credential as two keys: the header is one value.
        for second in [key.as_str(), "other"] {
            requests.push((Request::new("GET", &path).bearer(key).bearer(second), unauthorized));
            requests.push((Request::new("GET", &path).bearer(second).bearer(key), unauthorized));
        }
        let email = json!({"email": organization.email("forged")});
        requests.push((Request::new("POST", &path).bearer(&forged).json(&email), unauthorized));
        requests
    })
}

/// octane.md 4: whatever stands in a body, one that is too large is refused in the vendor's form.
#[test]
fn octane_refuses_a_body_that_is_too_large() -> Tested {
    for host in hosts::all()? {
        let organization = Organization::new(&host, 1)?;
        let path = format!("/api/shared_spaces/case-{}/api_accesses", organization.uniq);
        let request = Request::new("POST", &path).bearer(&organization.api_key);
        let request = request.header("Content-Type", "application/json").body(vec![b' '; LIMIT + 1]);
        let refusal = organization.expect(413, &request)?.json();
        assert_eq!(refusal["error_code"], "platform.web_application", "{}: {refusal}", host.name);
    }
    Ok(())
}

#[test]
fn bodies_that_are_too_large() -> Tested {
    refused(|organization, user| {
        let large = |size: usize| {
            let mut body = json!({"email": organization.email("large"), "name": "ci"}).to_string().into_bytes();
            body.resize(size, b' ');
            body
        };
        let refusal = Refusal::Error(413, "payload_too_large");
        let mut requests = Vec::new();
        for path in ["/service-accounts", "/users", "/users_auto_registration", &format!("/users/{user}/token")] {
            let request = organization.request("POST", path).header("Content-Type", "application/json");
            requests.push((request.clone().body(large(LIMIT + 1)), refusal));
            requests.push((Request { body: Body::Chunked(large(LIMIT + 1)), ..request }, refusal));
        }
        let request = organization.request("POST", "/users").header("Content-Type", "application/json");
        requests.push((request.clone().body(large(3 * LIMIT)), refusal));
        requests.push((Request { body: Body::Chunked(large(3 * LIMIT)), ..request }, refusal));
        requests
    })
}

#[test]
fn a_body_of_the_limit_is_read() -> Tested {
    for host in hosts::all()? {
        let organization = Organization::new(&host, 5)?;
        for (name, is_chunked) in [("whole", false), ("chunked", true)] {
            let mut body = json!({"email": organization.email(name)}).to_string().into_bytes();
            body.resize(LIMIT, b' ');
            let body = if is_chunked { Body::Chunked(body) } else { Body::Whole(body) };
            organization.expect(200, &Request { body, ..organization.request("POST", "/users") })?;
        }
    }
    Ok(())
}

#[test]
fn a_long_list_is_onboarded_whole() -> Tested {
    for host in hosts::all()? {
        let organization = Organization::new(&host, 2000)?;
        let emails: Vec<String> = (0..2001).map(|n| organization.email(&format!("p{n}"))).collect();
        let request = organization.request("POST", "/users_auto_registration").json(&json!({"user_emails": emails}));
        let answer = organization.expect(200, &request)?.json();
        assert_eq!(answer.get("available_organization_seats"), Some(&json!("0")));
        assert_eq!(answer.get("users_unavailable_for_onboarding"), Some(&json!([emails.last()])));
        assert_eq!(organization.users()?.len(), 2001, "the admin and those with a seat");
    }
    Ok(())
}

#[test]
fn ten_thousand_addresses_are_taken_at_the_most() -> Tested {
    for host in hosts::all()? {
        let organization = Organization::new(&host, 3)?;
        let emails: Vec<String> = (0..10_001).map(|n| organization.email(&format!("p{n}"))).collect();
        let onboard = |emails: &[String]| {
            organization
                .send(&organization.request("POST", "/users_auto_registration").json(&json!({"user_emails": emails})))
        };
        check(&onboard(&emails)?, Refusal::Invalid(&["body", "user_emails"], "*"))?;
        assert_eq!(organization.users()?.len(), 1, "{}: nobody is onboarded", host.name);
        let answer = onboard(emails.get(1..).unwrap_or_default())?;
        assert_eq!(answer.status, 200, "{}: {}", host.name, contract::run::shown(&answer));
        assert_eq!(answer.json().get("users_in_onboarding_process"), Some(&json!(emails.get(1..4))));
        assert_eq!(organization.users()?.len(), 4, "{}: the admin and those with a seat", host.name);
    }
    Ok(())
}

#[test]
fn routes_and_methods_that_are_not_there() -> Tested {
    refused(|organization, user| {
        let missing = Refusal::Error(404, "not_found");
        let wrong = Refusal::Error(405, "method_not_allowed");
        let mut requests = Vec::new();
        for (method, path, refusal) in [
            ("GET", "/nothing".to_owned(), missing),
            ("POST", format!("/users/{user}/nothing"), missing),
            ("DELETE", format!("/users/{user}/tokens/{NOBODY}/more"), missing),
            ("PUT", "/users".to_owned(), wrong),
            ("PATCH", format!("/users/{user}"), wrong),
            ("GET", format!("/users/{user}"), wrong),
            ("POST", format!("/users/{user}/tokens"), wrong),
            ("GET", "/users_auto_registration".to_owned(), wrong),
        ] {
            requests.push((organization.request(method, &path), refusal));
            let mut unsigned = organization.request(method, &path);
            unsigned.headers.clear();
            requests.push((unsigned.json(&json!({})), refusal));
        }
        requests
    })
}

#[test]
fn paths_that_are_not_text() -> Tested {
    refused(|organization, user| {
        let forbidden = Refusal::Error(403, "forbidden");
        let unknown = Refusal::Error(404, "service_account_not_found");
        let malformed = Refusal::Invalid(&["path", "user_id"], "*");
        let mut requests: Vec<(Request, Refusal)> = Vec::new();
        for bytes in [&b"%FF"[..], b"%C3%28", b"%00", b"%ED%A0%80", b"\xff", b"\xc3\xa9", b"%zz", b"%"] {
            let at = |method: &str, before: &str, after: &str| {
                let path = [before.as_bytes(), bytes, after.as_bytes()].concat();
                Request { path, ..Request::new(method, "") }.bearer(&organization.api_key)
            };
            let own = format!("/organizations/{}", organization.id);
            requests.push((at("GET", "/organizations/", "/users"), forbidden));
            requests.push((at("DELETE", &format!("{own}/users/"), ""), malformed));
            requests.push((at("POST", &format!("{own}/users/{user}"), "/seats"), malformed));
            requests.push((at("DELETE", &format!("{own}/service-accounts/"), ""), unknown));
        }
        requests
    })
}

#[test]
fn ids_of_another_organization() -> Tested {
    for host in hosts::all()? {
        let (ours, theirs) = (Organization::new(&host, 5)?, Organization::new(&host, 5)?);
        let user = theirs.add(&theirs.email("theirs"))?;
        let before = theirs.snapshot()?;
        let unknown = Refusal::Error(404, "user_not_found");
        let expiry = json!({"expires_at": "2031-01-01T00:00:00Z"});
        for (method, path) in [
            ("DELETE", ""),
            ("POST", "/seats"),
            ("DELETE", "/seats"),
            ("POST", "/token"),
            ("PATCH", "/token"),
            ("DELETE", "/token"),
            ("GET", "/tokens"),
        ] {
            let path = format!("/users/{user}{path}");
            check(&ours.send(&ours.request(method, &path).json(&expiry))?, unknown)?;
            let foreign = Request::new(method, &format!("/organizations/{}{path}", theirs.id)).bearer(&ours.api_key);
            check(&ours.send(&foreign.json(&expiry))?, Refusal::Error(403, "forbidden"))?;
        }
        assert_eq!(before, theirs.snapshot()?);
    }
    Ok(())
}

#[test]
fn token_requests_that_are_wrong() -> Tested {
    refused(|organization, _| {
        let form = |body: &[u8]| {
            let request = Request::new("POST", "/api/auth/oauth2/token");
            request.header("Content-Type", "application/x-www-form-urlencoded").body(body)
        };
        let email = &organization.admin_email;
        let mut raw = format!("grant_type=password&username={email}&password=").into_bytes();
        raw.push(0xff);
        vec![
            (form(b""), Refusal::OAuth(400, "invalid_request")),
            (form(b"grant_type"), Refusal::OAuth(400, "invalid_request")),
            (form(b"{\"grant_type\":\"password\"}"), Refusal::OAuth(400, "invalid_request")),
            (form(b"grant_type=password&username=%FF&password=%FF"), Refusal::OAuth(400, "invalid_grant")),
            (
                form(format!("grant_type=password&username={email}&password=%FF").as_bytes()),
                Refusal::OAuth(400, "invalid_grant"),
            ),
            (form(&raw), Refusal::OAuth(400, "invalid_grant")),
            (form(b"grant_type=%FF&username=a&password=b"), Refusal::OAuth(400, "unsupported_grant_type")),
            (
                // RFC 6749, 3.2: what is sent without a value counts as left out.
                form(format!("grant_type=password&username={email}&password=").as_bytes()),
                Refusal::OAuth(400, "invalid_request"),
            ),
            (
                form(format!("grant_type=password&username={email}&password={}", "a".repeat(1_000_000)).as_bytes()),
                Refusal::OAuth(400, "invalid_grant"),
            ),
        ]
    })
}

/// Paths below the organization's that are odd.
const ODD_PATHS: &[&str] = &[
    "//",
    "/.",
    "/..",
    "/users/",
    "/users//",
    "//users",
    "/./users",
    "/users/../users",
    "/%2e%2e/users",
    "/users?",
    "/users#part",
    "/users;a=b",
    "/users%2F",
    "/users%3Finclude_groups=true",
    "\\users",
    "/USERS",
    "/users?include_groups=true&include_groups=false",
    "/users?include_groups=%74rue",
    "/users?include%5Fgroups=true",
    "/users?include_groups",
    "/users?&&=&a",
    "/users?%FF=%FF",
    "/users/\"{}\"",
    "/users?q=\"{a=1}\"",
    "/users/%22%7B",
    "/users/a+b",
    "/users/|^`<>",
];

/// Users that are odd.
const ODD_USERS: &[&str] = &[
    r#"{"first_name":"\ud800"}"#,
    r#"{"first_name":"a\u0000b"}"#,
    r#"{"first_name":"","last_name":""}"#,
    r#"{"email":"a@acme.test","email":7}"#,
    r#"{"email":" padded@acme.test "}"#,
    r#"{"email":"Ünï@acme.test"}"#,
    r#"{"email":"a@ünï.test"}"#,
    r#"{"email":"\"a b\"@acme.test"}"#,
    r#"{"email":"a@localhost"}"#,
    r#"{"email":"a@[127.0.0.1]"}"#,
    r#"{"email":"A <a@acme.test>"}"#,
    r#"{"email":"a..b@acme.test"}"#,
    r#"{"email":1e400}"#,
    r#"{"":1}"#,
];

/// Expiries of tokens that are odd.
fn odd_expiries() -> Vec<Value> {
    vec![
        json!({"expires_at": "9999-12-31T23:59:59Z", "expiration_tolerance_months": 1200}),
        json!({"expires_at": "2031-01-01T00:00:00Z", "expiration_tolerance_months": i64::MAX}),
        json!({"expires_at": "2031-01-01T00:00:00Z", "expiration_tolerance_months": 1e300}),
        json!({"expires_at": "+010000-01-01T00:00:00Z"}),
        json!({"expires_at": "-000001-01-01T00:00:00Z"}),
        json!({"expires_at": "0000-01-01T00:00:00Z"}),
        json!({"expires_at": "2031-01-01T00:00:00+99:99"}),
        json!({"expires_at": "2031-01-01T00:00:60Z"}),
        json!({"expires_at": "2031-01-01t00:00:00z"}),
        json!({"expires_at": "2031-01-01 00:00:00Z"}),
        json!({"expires_at": "2031-01-01"}),
        json!({"expires_at": "2031-01-01T00:00Z"}),
        json!({"expires_at": "2031-01-01T00:00:00.123456789Z"}),
        json!({"expires_at": "2031-01-01T00:00:00[Europe/Paris]"}),
    ]
}

/// The odd requests to an organization with a user.
fn odd_requests(organization: &Organization, user: &str) -> Vec<Request> {
    let mut requests: Vec<Request> = Vec::new();
    for path in ODD_PATHS {
        requests.extend(["GET", "HEAD", "OPTIONS"].map(|method| organization.request(method, path)));
    }
    let token = format!("/users/{user}/token");
    requests.extend(odd_expiries().iter().map(|body| organization.request("POST", &token).json(body)));
    requests.extend(ODD_USERS.iter().map(|body| organization.request("POST", "/users").body(*body)));
    requests
}

/// A request and its answer, on a line. Only a refusal's body is told: another has ids.
fn told(request: &Request, response: &Response) -> String {
    let sent = match &request.body {
        Body::Whole(body) | Body::Chunked(body) => String::from_utf8_lossy(body),
        Body::None => "".into(),
    };
    let answer = if response.status == 200 { String::new() } else { response.text() };
    format!("{} {} {sent} -> {} {answer}", request.method, String::from_utf8_lossy(&request.path), response.status)
}

/// Nothing says what these are answered with. They must be answered, with no 5xx, and alike on every host.
#[test]
fn odd_requests_are_answered_alike() -> Tested {
    let mut hosts_told: Vec<Vec<String>> = Vec::new();
    for host in hosts::all()? {
        let organization = Organization::new(&host, 5)?;
        let user = organization.add(&organization.email("a"))?;
        let mut lines = Vec::new();
        for request in odd_requests(&organization, &user) {
            let response = organization.send(&request)?;
            let line = told(&request, &response);
            assert!(response.status < 500, "{}: {line}", host.name);
            lines.push(line.replace(&organization.id, "ORG").replace(&user, "USER"));
        }
        hosts_told.push(lines);
    }
    if let [native, edge] = hosts_told.as_slice() {
        let pairs = native.iter().zip(edge).filter(|(one, other)| one != other);
        let differ: Vec<String> = pairs.map(|(one, other)| format!("native: {one}\nedge:   {other}")).collect();
        assert!(differ.is_empty(), "{}", differ.join("\n"));
    }
    Ok(())
}
