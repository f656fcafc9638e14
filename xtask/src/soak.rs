//! `cargo xtask soak`: whether the native host's memory stays what it is, however long it is asked.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;
use tessera_directory::demo;

use crate::bench;
use crate::bench::client::{Answer, Client};
use crate::bench::served::Served;
use crate::steps::Steps;

/// After how many requests the memory is looked at first, and last.
const WARM: usize = 100_000;
const ALL: usize = 1_000_000;
/// The most that may have come to it between, in per cent.
const GROWTH: f64 = 10.0;

/// How many ask at once.
const CLIENTS: usize = 8;
/// How many visits a client makes on one connection.
const VISITS: usize = 8;

/// One thing that is asked. In a path, headers or a body `{…}` stands for what was kept before.
struct Step {
    method: &'static str,
    path: &'static str,
    headers: &'static str,
    body: &'static str,
    status: u16,
    /// What of the answer is kept: a name, and where it is.
    keeps: &'static [(&'static str, &'static str)],
}

const ROOT: &str = "Authorization: Bearer {root}\r\n";
const KEY: &str = "Authorization: Bearer {key}\r\n";
const UNKNOWN: &str = "Authorization: Bearer tsr_key_NobodyEverHadThisKeyAtAll00000000000\r\n";
const FAULTY: &str = "Authorization: Bearer {key}\r\nTessera-Fault: unavailable\r\n";
const SERVICE: &str = "Authorization: Bearer {access}\r\n";
const API_TOKEN: &str = "Authorization: Api-Token {key}\r\n";
const TOKEN: &str = "Authorization: Token {key}\r\n";
const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";
const NONE: &str = "";

/// A request whose answer is of no further use.
const fn asks(
    method: &'static str,
    path: &'static str,
    headers: &'static str,
    body: &'static str,
    status: u16,
) -> Step {
    Step { method, path, headers, body, status, keeps: &[] }
}

impl Step {
    const fn keeping(self, keeps: &'static [(&'static str, &'static str)]) -> Self {
        Self { keeps, ..self }
    }
}

/// A visit: an organization is made, told of in every dialect, refused and stubbed, and deleted with all that is in it.
const VISIT: &[Step] = &[
    asks("POST", "/v1/organizations", ROOT, r#"{"name":"{name}","seats":9}"#, 201).keeping(&[
        ("id", "/id"),
        ("key", "/api_key"),
        ("number", "/number"),
    ]),
    asks("GET", "/v1/organizations/{id}", KEY, "", 200),
    // native
    asks("POST", "/v1/organizations/{id}/users", KEY, r#"{"email":"{name}@acme.test","first_name":"Ada"}"#, 201)
        .keeping(&[("user", "/id")]),
    asks("GET", "/v1/organizations/{id}/users/{user}", KEY, "", 200),
    asks("GET", "/v1/organizations/{id}/users?limit=10&search=ada", KEY, "", 200),
    asks("PATCH", "/v1/organizations/{id}/users/{user}", KEY, r#"{"last_name":"Lovelace"}"#, 200),
    asks("PUT", "/v1/organizations/{id}/users/{user}/seat", KEY, "", 201),
    asks("GET", "/v1/organizations/{id}/seats", KEY, "", 200),
    asks("POST", "/v1/organizations/{id}/users/{user}/tokens", KEY, r#"{"mail":true}"#, 201)
        .keeping(&[("token", "/id")]),
    asks("DELETE", "/v1/organizations/{id}/users/{user}/tokens/{token}", KEY, "", 204),
    asks("GET", "/v1/outbox", KEY, "", 200),
    // refusals
    asks("POST", "/v1/organizations/{id}/users", KEY, r#"{"email":"{name}@acme.test"}"#, 409),
    asks("POST", "/v1/organizations/{id}/users", KEY, r#"{"email":"nobody","nonsense":[1,2,3]}"#, 422),
    asks("POST", "/v1/organizations/{id}/users", KEY, "{", 400),
    asks("GET", "/v1/organizations/{id}/users/{user}", UNKNOWN, "", 401),
    asks("GET", "/v1/organizations/00000000-0000-4000-8000-000000000001", KEY, "", 403),
    asks("GET", "/nowhere/{name}", KEY, "", 404),
    asks("GET", "/v1/organizations/{id}", FAULTY, "", 503),
    // Anaconda
    asks("POST", "/organizations/{id}/service-accounts", KEY, r#"{"name":"bot"}"#, 200)
        .keeping(&[("client", "/client_id"), ("secret", "/client_secret")]),
    asks(
        "POST",
        "/api/iam/token",
        FORM,
        "grant_type=client_credentials&client_id={client}&client_secret={secret}",
        200,
    )
    .keeping(&[("access", "/access_token")]),
    asks(
        "POST",
        "/organizations/{id}/users_auto_registration",
        SERVICE,
        r#"{"user_emails":["{name}-a@acme.test","{name}-b@acme.test"]}"#,
        200,
    ),
    asks("GET", "/organizations/{id}/users", SERVICE, "", 200),
    asks("DELETE", "/organizations/{id}/users/{user}/seats", SERVICE, "", 204),
    // AppOptima
    asks(
        "POST",
        "/api/v1.0/onpremise/users",
        API_TOKEN,
        r#"{"id":"{name}","email":"{name}-c@acme.test","firstName":"Ada","lastName":"Lovelace","passwordClearText":null,"groups":[]}"#,
        200,
    ),
    asks("GET", "/api/v1.0/onpremise/users", API_TOKEN, "", 200),
    asks("DELETE", "/api/v1.0/onpremise/users/{name}", API_TOKEN, "", 200),
    asks("GET", "/api/v1.0/onpremise/users/{name}", API_TOKEN, "", 404),
    // Astra
    asks(
        "POST",
        "/accounts/{id}/core/v1/users",
        KEY,
        r#"{"type":"application/astra-user","version":"1.1","email":"{name}-d@acme.test"}"#,
        201,
    )
    .keeping(&[("astra", "/id")]),
    asks("GET", "/accounts/{id}/core/v1/users?orderBy=email&limit=2&count=true", KEY, "", 200),
    asks("GET", "/accounts/{id}/topology/v1/clouds", KEY, "", 200),
    asks("DELETE", "/accounts/{id}/core/v1/users/{astra}", KEY, "", 204),
    asks("GET", "/accounts/{id}/core/v1/users/{astra}", KEY, "", 404),
    // Octane
    asks(
        "POST",
        "/api/shared_spaces/{number}/api_accesses",
        KEY,
        r#"{"data":[{"name":"{name}","client_secret":"Abcdefghi1"}]}"#,
        201,
    ),
    asks("GET", r#"/api/shared_spaces/{number}/workspace_roles?query="(role={id=1007})""#, KEY, "", 200),
    asks("GET", "/api/shared_spaces/{number}/users?order_by=name&limit=2", KEY, "", 200),
    // ricloud
    asks("POST", "/users", TOKEN, r#"{"identifier":"{name}"}"#, 201).keeping(&[("device", "/id")]),
    asks("GET", "/users/{device}", TOKEN, "", 200),
    asks("GET", "/organisation", TOKEN, "", 200),
    // stubs, and what is delivered to one
    asks(
        "POST",
        "/__admin/mappings",
        NONE,
        r#"{"request":{"urlPath":"/hooks/{name}"},"response":{"jsonBody":{"ok":true}}}"#,
        201,
    )
    .keeping(&[("stub", "/id")]),
    asks("POST", "/hooks/{name}", NONE, r#"{"a":1}"#, 200),
    asks("POST", "/configs/webhook", TOKEN, r#"{"url":"http://{address}/hooks/{name}"}"#, 201)
        .keeping(&[("hook", "/id")]),
    asks("POST", "/configs/webhook/{hook}/test", TOKEN, "", 201),
    asks("GET", "/v1/deliveries", KEY, "", 200),
    asks("GET", "/__admin/requests?limit=5", NONE, "", 200),
    asks("DELETE", "/__admin/mappings/{stub}", NONE, "", 200),
    // and back
    asks("DELETE", "/v1/organizations/{id}/users/{user}", KEY, "", 204),
    asks("DELETE", "/v1/organizations/{id}", ROOT, "", 204),
    asks("GET", "/v1/organizations/{id}", KEY, "", 401),
];

/// Asks, tells the memory on the way, and fails if it has grown.
pub(crate) fn run() -> Result<()> {
    let mut steps = Steps::new(2);
    let host = steps.step("the native host, for release", || bench::program("mock-server"))?;
    let server = Served::start(&mut bench::command(&host, 0))?;
    let soak = Soak { server: &server, begun: AtomicUsize::new(0) };
    let at_first = server.resident_mb()?;
    let told = steps.step(&format!("{ALL} requests"), || {
        println!("      {:>9} requests{at_first:>8.1} MB", 0);
        (1..=ALL / WARM).map(|part| soak.until(part * WARM)).collect::<Result<Vec<f64>>>()
    })?;
    let (warm, last) = told.first().zip(told.last()).context("nothing was asked")?;

    let growth = (last / warm - 1.0) * 100.0;
    let holds = growth <= GROWTH;
    println!(
        "\nmemory since the first {WARM}: {growth:+.1} %   <= {GROWTH} %   {}",
        if holds { "pass" } else { "FAIL" }
    );
    ensure!(holds, "the native host's memory has grown");
    Ok(())
}

/// A server that is asked.
struct Soak<'a> {
    server: &'a Served,
    /// How many visits there were.
    begun: AtomicUsize,
}

impl Soak<'_> {
    /// Asks until there were so many requests: the resident memory then, in MB.
    fn until(&self, requests: usize) -> Result<f64> {
        let visits = requests.div_ceil(VISIT.len());
        thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(|| self.visit_until(visits))).collect();
            clients.into_iter().try_for_each(|client| match client.join() {
                Ok(done) => done,
                Err(_) => bail!("a client panicked"),
            })
        })?;
        let resident = self.server.resident_mb()?;
        println!("      {requests:>9} requests{resident:>8.1} MB");
        Ok(resident)
    }

    fn visit_until(&self, visits: usize) -> Result<()> {
        loop {
            let mut client = Client::connect(self.server.address())?;
            for _ in 0..VISITS {
                let next = |begun| (begun < visits).then_some(begun + 1);
                let Ok(number) = self.begun.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next) else {
                    return Ok(());
                };
                self.visit(&mut client, number)?;
            }
        }
    }

    fn visit(&self, client: &mut Client, number: usize) -> Result<()> {
        let mut kept: BTreeMap<&str, String> = BTreeMap::new();
        kept.insert("name", format!("visit{number}"));
        kept.insert("root", demo::ROOT_KEY.to_owned());
        kept.insert("address", self.server.address().to_owned());
        for step in VISIT {
            let path = filled(step.path, &kept);
            let (method, headers, body) = (step.method, filled(step.headers, &kept), filled(step.body, &kept));
            let Answer { status, body } = client.ask(method, &path, &headers, &body)?;
            ensure!(status == step.status, "{method} {path} is answered by {status}, not {}: {body}", step.status);
            if step.keeps.is_empty() {
                continue;
            }
            let answer: Value = serde_json::from_slice(body.as_bytes())?;
            for (name, pointer) in step.keeps {
                let value = answer.pointer(pointer).with_context(|| format!("{path} is answered without {pointer}"))?;
                kept.insert(name, value.as_str().map_or_else(|| value.to_string(), str::to_owned));
            }
        }
        Ok(())
    }
}

/// A text with what was kept in the place of its name.
fn filled(text: &str, kept: &BTreeMap<&str, String>) -> String {
    kept.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_filled_in_and_json_is_left_alone() {
        let kept = BTreeMap::from([("name", "Ada".to_owned())]);
        assert_eq!(filled(r#"{"a":{"b":"{name}-{none}"}}{"#, &kept), r#"{"a":{"b":"Ada-{none}"}}{"#);
    }
}
