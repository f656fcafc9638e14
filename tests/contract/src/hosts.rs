//! The hosts to test: the native one, and the edge where its address is given.

use std::path::PathBuf;
use std::sync::{Barrier, Mutex, OnceLock};
use std::thread;

use serde_json::{Value, json};
use tessera_mock::{Server, Settings};
use tokio::runtime::Runtime;

use crate::http::{self, Request, Target};
use crate::run::shown;

/// One running host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// What a report calls it.
    pub name: &'static str,
    /// Its base URL.
    pub base: String,
}

impl Host {
    /// Where a request to it goes.
    pub fn target(&self) -> Target {
        Target::new(&self.base)
    }
}

/// The native host: the one at `TESSERA_MOCK_URL`, or else one started in this process.
pub fn native() -> Result<Host, String> {
    static BASE: OnceLock<Result<String, String>> = OnceLock::new();
    let base = BASE.get_or_init(|| variable("TESSERA_MOCK_URL").map_or_else(start, Ok));
    Ok(Host { name: "native", base: base.clone()? })
}

/// The edge host, at `TESSERA_EDGE_URL`; nothing where that is not set.
pub fn edge() -> Option<Host> {
    variable("TESSERA_EDGE_URL").map(|base| Host { name: "edge", base })
}

/// The file that the edge host logs to, `TESSERA_EDGE_LOG`; nothing where that is not set.
pub fn edge_log() -> Option<PathBuf> {
    variable("TESSERA_EDGE_LOG").map(PathBuf::from)
}

/// The edge host that has no queue, at `TESSERA_EDGE_WITHOUT_QUEUE_URL`; nothing where that is not set.
pub fn edge_without_queue() -> Option<Host> {
    variable("TESSERA_EDGE_WITHOUT_QUEUE_URL").map(|base| Host { name: "edge without a queue", base })
}

/// The edge host that sends mail, at `TESSERA_EDGE_MAILING_URL`, and its log, the file `TESSERA_EDGE_MAILING_LOG`; nothing where
/// one is not set.
pub fn edge_that_mails() -> Option<(Host, PathBuf)> {
    let host = Host { name: "edge that mails", base: variable("TESSERA_EDGE_MAILING_URL")? };
    Some((host, variable("TESSERA_EDGE_MAILING_LOG")?.into()))
}

/// The edge host that limits its callers, at `TESSERA_EDGE_LIMITED_URL`; nothing where that is not set.
pub fn edge_that_limits() -> Option<Host> {
    variable("TESSERA_EDGE_LIMITED_URL").map(|base| Host { name: "edge that limits", base })
}

/// Every host there is to test.
pub fn all() -> Result<Vec<Host>, String> {
    let mut hosts = vec![native()?];
    hosts.extend(edge());
    Ok(hosts)
}

/// The root key of every host: `TESSERA_ROOT_KEY`, or else the demo's.
pub fn root_key() -> String {
    variable("TESSERA_ROOT_KEY").unwrap_or_else(|| tessera_directory::demo::ROOT_KEY.to_owned())
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Starts the native host in this process, where it stays until the process ends, and gives its base URL.
fn start() -> Result<String, String> {
    static RUNNING: Mutex<Vec<(Runtime, Server)>> = Mutex::new(Vec::new());
    let runtime = Runtime::new().map_err(|e| e.to_string())?;
    let server = runtime.block_on(Server::start(Settings::default())).map_err(|e| e.to_string())?;
    let base = server.url();
    RUNNING.lock().map_err(|e| e.to_string())?.push((runtime, server));
    Ok(base)
}

/// An organization made for a test.
#[derive(Clone, Debug)]
pub struct Organization {
    /// The host that it is on.
    pub host: Host,
    /// Its id.
    pub id: String,
    /// Its own key, which opens every dialect.
    pub api_key: String,
    /// Its admin's e-mail.
    pub admin_email: String,
    /// Its admin's password.
    pub admin_password: String,
    /// What tells it from every other: eight letters and digits.
    pub uniq: String,
}

impl Organization {
    /// Makes an organization with that many seats.
    pub fn new(host: &Host, seats: u32) -> Result<Self, String> {
        let uniq = crate::run::uniq();
        let admin_email = format!("admin-{uniq}@acme.test");
        let admin_password = "Case-Admin-2026".to_owned();
        let admin = json!({"email": admin_email, "password": admin_password});
        let wanted = json!({"name": format!("Case {uniq}"), "seats": seats, "admin": admin});
        let request = Request::new("POST", "/v1/organizations").bearer(&root_key()).json(&wanted);
        let response = host.target().send(&request).map_err(|e| format!("{}: {e}", host.base))?;
        let made = response.json();
        let text = |member: &str| made.get(member).and_then(Value::as_str).map(str::to_owned);
        match (response.status, text("id"), text("api_key")) {
            (201, Some(id), Some(api_key)) => {
                Ok(Self { host: host.clone(), id, api_key, admin_email, admin_password, uniq })
            }
            _ => Err(format!("POST /v1/organizations: {}", shown(&response))),
        }
    }

    /// A request at a path of this organization in Anaconda's dialect, with its key.
    pub fn request(&self, method: &str, path: &str) -> Request {
        Request::new(method, &format!("/organizations/{}{path}", self.id)).bearer(&self.api_key)
    }

    /// Sends a request to the organization's host.
    pub fn send(&self, request: &Request) -> Result<http::Response, String> {
        self.host.target().send(request).map_err(|e| format!("{}: {e}", self.host.name))
    }

    /// Sends requests at the same moment, each from a thread of its own.
    pub fn send_at_once(&self, requests: &[Request]) -> Result<Vec<http::Response>, String> {
        at_once(requests, |request| self.send(request)).into_iter().collect()
    }

    /// Sends a request that must be answered with this status.
    pub fn expect(&self, status: u16, request: &Request) -> Result<http::Response, String> {
        let response = self.send(request)?;
        if response.status == status {
            return Ok(response);
        }
        let path = String::from_utf8_lossy(&request.path);
        Err(format!("{}: {} {path}: not {status}: {}", self.host.name, request.method, shown(&response)))
    }

    /// Every user, as the listing tells them.
    pub fn users(&self) -> Result<Vec<Value>, String> {
        let listing = self.expect(200, &self.request("GET", "/users?include_groups=true"))?.json();
        listing.get("items").and_then(Value::as_array).cloned().ok_or_else(|| "the listing has no items".to_owned())
    }

    /// Adds a user and gives its id.
    pub fn add(&self, email: &str) -> Result<String, String> {
        let added = self.expect(200, &self.request("POST", "/users").json(&json!({"email": email})))?.json();
        let id = added.get("id").and_then(Value::as_str);
        id.map(str::to_owned).ok_or_else(|| "the user added has no id".to_owned())
    }

    /// All that the API shows of the organization. What changes nothing leaves it the same.
    pub fn snapshot(&self) -> Result<Vec<String>, String> {
        let mut shown = Vec::new();
        for path in ["/users?include_groups=true", "/service-accounts"] {
            shown.push(self.expect(200, &self.request("GET", path))?.text());
        }
        for user in self.users()? {
            let path = format!("/users/{}/tokens", user.get("id").and_then(Value::as_str).unwrap_or_default());
            shown.push(self.expect(200, &self.request("GET", &path))?.text());
        }
        let paths = [format!("/v1/organizations/{}", self.id), "/v1/outbox".to_owned()];
        for (path, key) in paths.iter().zip([root_key(), self.api_key.clone()]) {
            shown.push(self.expect(200, &Request::new("GET", path).bearer(&key))?.text());
        }
        Ok(shown)
    }

    /// An e-mail address that no other organization of the tests has.
    pub fn email(&self, name: &str) -> String {
        format!("{name}-{}@acme.test", self.uniq)
    }
}

/// Does something with each item at the same moment, each in a thread of its own.
pub fn at_once<T: Sync, R: Send>(items: &[T], act: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let (start, act) = (Barrier::new(items.len()), &act);
    thread::scope(|scope| {
        let spawn = |item| {
            let start = &start;
            scope.spawn(move || {
                start.wait();
                act(item)
            })
        };
        let threads: Vec<_> = items.iter().map(spawn).collect();
        // A thread that panicked has told why; its answer is missing, which the test sees.
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    })
}
