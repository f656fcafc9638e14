//! Limits: each dialect says 429 in its own words, and nobody pays for another. The native host is started for each test with
//! limits of its own; the edge is the Worker at `TESSERA_EDGE_LIMITED_URL`, whose limits `xtask/src/edge.rs` has.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::num::NonZeroU32;
use std::thread::sleep;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use contract::hosts::{self, Host, Organization, at_once};
use contract::http::{Request, Response};
use contract::run::{shown, uniq};
use serde_json::{Value, json};
use tessera_mock::{Limits, Rate, Server, Settings};
use tokio::net::TcpSocket;
use tokio::runtime::Runtime;

type Tested = Result<(), String>;

/// What both hosts' tests go by: the edge's binding for a key, and how often a password may be wrong.
const KEY_CALLS: u32 = 20;
const SIGN_IN_FAILURES: u32 = 3;
const DIALECTS: usize = 6;

/// A host that holds its callers to something.
struct Limited {
    host: Host,
    /// The native one, with what it runs on.
    native: Option<(Runtime, Server)>,
    /// How the addresses begin that no other test has.
    prefix: String,
}

impl Limited {
    fn native(limits: Limits) -> Result<Self, String> {
        let runtime = Runtime::new().map_err(|e| e.to_string())?;
        let settings = Settings { limits, ..Settings::default() };
        let server = runtime.block_on(Server::start(settings)).map_err(|e| e.to_string())?;
        let host = Host { name: "native", base: server.url() };
        Ok(Self { host, native: Some((runtime, server)), prefix: String::new() })
    }

    fn edge() -> Option<Self> {
        let host = hosts::edge_that_limits()?;
        let uniq = uniq();
        let (a, b) = uniq.split_at(4);
        let hex = |text: &str| text.bytes().fold(0_u16, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        Some(Self { host, native: None, prefix: format!("2001:{:x}:{:x}:", hex(a), hex(b)) })
    }

    /// A new organization, at a moment when the edge's bindings do not soon begin to count anew, as they do each minute.
    fn organization(&self) -> Result<Organization, String> {
        let organization = Organization::new(&self.host, 1)?;
        if self.native.is_none() {
            let request = Request::new("GET", &format!("/v1/organizations/{}", organization.id));
            let told = organization.expect(200, &request.bearer(&hosts::root_key()))?.json();
            let now = told.get("created_at").and_then(Value::as_str).unwrap_or_default();
            let second: u64 = now.get(17..19).and_then(|second| second.parse().ok()).ok_or("it was never made")?;
            if second > 35 {
                sleep(Duration::from_secs(60 - second));
            }
        }
        Ok(organization)
    }

    /// Sends a request from one of many addresses, each of another network.
    fn send(&self, from: u8, request: &Request) -> Result<Response, String> {
        let target = self.host.target();
        let sent = match &self.native {
            None => {
                let address = format!("{}{from:x}::1", self.prefix);
                target.send(&request.clone().header("CF-Connecting-IP", &address))
            }
            Some((runtime, server)) => {
                let source = SocketAddr::from((Ipv4Addr::new(127, 0, 0, from), 0));
                let stream = runtime.block_on(connect(source, server.address()));
                stream.and_then(|stream| target.send_over(stream, request))
            }
        };
        sent.map_err(|e| format!("{}: {e}", self.host.name))
    }

    fn expect(&self, status: u16, from: u8, request: &Request) -> Result<Response, String> {
        let answer = self.send(from, request)?;
        if answer.status == status {
            return Ok(answer);
        }
        let path = String::from_utf8_lossy(&request.path);
        Err(format!("{}: {} {path}: not {status}: {}", self.host.name, request.method, shown(&answer)))
    }

    /// Sends a request until it is refused as one too many, and gives how many were not, and the refusal.
    fn flood(&self, from: u8, request: &Request) -> Result<(u32, Response), String> {
        for admitted in 0..=4 * KEY_CALLS {
            let answer = self.send(from, request)?;
            if answer.status == 429 {
                return Ok((admitted, answer));
            }
        }
        Err(format!("{}: nothing was limited", self.host.name))
    }
}

/// A connection from an address of this machine.
async fn connect(source: SocketAddr, server: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(source)?;
    let stream = socket.connect(server).await?.into_std()?;
    stream.set_nonblocking(false)?;
    Ok(stream)
}

fn rate(text: &str) -> Option<Rate> {
    text.parse().ok()
}

fn by_key() -> Limits {
    Limits { key: Rate::new(KEY_CALLS, 60), ..Limits::default() }
}

fn on_every_host(limits: Limits, test: impl Fn(&Limited) -> Tested) -> Tested {
    test(&Limited::native(limits)?)?;
    Limited::edge().map_or(Ok(()), |edge| test(&edge))
}

/// A reading call of each dialect.
fn readings(organization: &Organization) -> [Request; DIALECTS] {
    let key = &organization.api_key;
    let get = |path: &str| Request::new("GET", path);
    [
        get(&format!("/v1/organizations/{}", organization.id)).bearer(key),
        get(&format!("/organizations/{}/users", organization.id)).bearer(key),
        get("/api/v1.0/onpremise/users").header("Authorization", &format!("Api-Token {key}")),
        get(&format!("/accounts/{}/core/v1/users", organization.id)).bearer(key),
        get("/api/shared_spaces").bearer(key),
        get("/organisation").header("Authorization", &format!("Token {key}")),
    ]
}

/// What an answer says, but for what is new in each and for how long to wait.
fn said(answer: &Response) -> (u16, Vec<(String, String)>, String) {
    let own = ["date", "retry-after", "content-length", "transfer-encoding", "connection"];
    let headers = answer.headers.iter().filter(|(name, _)| !own.contains(&name.as_str())).cloned();
    let mut headers: Vec<_> = headers.collect();
    headers.sort();
    let mut text = answer.text();
    for name in ["correlation_id", "correlationID"] {
        if let Some(id) = answer.json().get(name).and_then(|id| id.as_str()) {
            text = text.replace(id, "");
        }
    }
    (answer.status, headers, text)
}

fn wait(answer: &Response) -> Result<u32, String> {
    let wait = answer.header("retry-after").ok_or("there is no Retry-After")?;
    wait.parse().map_err(|_| format!("Retry-After is {wait:?}"))
}

#[test]
fn each_dialect_says_in_its_own_words_that_a_key_calls_too_often() -> Tested {
    on_every_host(by_key(), |limited| {
        for (dialect, from) in (0..DIALECTS).zip(2..) {
            let organization = limited.organization()?;
            let request = &readings(&organization)[dialect];
            let (admitted, refused) = limited.flood(from, request)?;
            assert!(admitted >= KEY_CALLS, "{}: {admitted}", shown(&refused));
            let asked_for = limited.send(from, &request.clone().header("Tessera-Fault", "rate_limited"))?;
            assert_eq!(said(&refused), said(&asked_for), "{}", limited.host.name);
            let wait = wait(&refused)?;
            assert!(if limited.native.is_some() { (1..=3).contains(&wait) } else { wait == 60 }, "{wait}");
        }
        Ok(())
    })
}

#[test]
fn a_flood_of_one_key_is_no_other_keys() -> Tested {
    on_every_host(by_key(), |limited| {
        let (one, other) = (limited.organization()?, limited.organization()?);
        let path = format!("/v1/organizations/{}/keys", one.id);
        let new = Request::new("POST", &path).bearer(&one.api_key).json(&json!({"name": "ci", "scopes": ["*"]}));
        let sibling = limited.expect(201, 2, &new)?.json();
        let sibling = sibling.get("secret").and_then(|secret| secret.as_str()).unwrap_or_default();
        let get = |key: &str| Request::new("GET", "/v1/caller").bearer(key);
        limited.flood(2, &get(&one.api_key))?;
        limited.expect(200, 2, &get(sibling))?;
        limited.expect(200, 2, &get(&other.api_key))?;
        // in another dialect it is the same key, and from another address
        limited.expect(429, 3, &Request::new("GET", "/api/shared_spaces").bearer(&one.api_key))?;
        // who verifies a key does not use it up
        let verify = Request::new("POST", "/v1/keys/verify").bearer(&hosts::root_key());
        let verified = limited.expect(200, 2, &verify.json(&json!({"key": one.api_key})))?;
        assert_eq!(verified.json().get("code"), Some(&json!("valid")));
        Ok(())
    })
}

#[test]
fn a_name_in_other_letters_is_the_same_credential() -> Tested {
    // what is counted together is the directory's to say, whichever host counts
    let limited = Limited::native(by_key())?;
    let organization = limited.organization()?;
    let spaces = |name: &str| {
        let pair = BASE64_STANDARD.encode(format!("{name}:{}", organization.admin_password));
        Request::new("GET", "/api/shared_spaces").header("Authorization", &format!("Basic {pair}"))
    };
    limited.expect(200, 2, &spaces(&organization.admin_email.to_uppercase()))?;
    limited.flood(2, &spaces(&organization.admin_email))?;
    limited.expect(429, 2, &spaces(&organization.admin_email.to_uppercase()))?;
    Ok(())
}

#[test]
fn an_access_token_is_as_limited_as_the_one_before_it() -> Tested {
    on_every_host(by_key(), |limited| {
        let organization = limited.organization()?;
        let Organization { admin_email, admin_password, .. } = &organization;
        let form = format!("grant_type=password&username={admin_email}&password={admin_password}");
        let token = || {
            let request = Request::new("POST", "/api/auth/oauth2/token").body(form.clone());
            let request = request.header("Content-Type", "application/x-www-form-urlencoded");
            let told = limited.expect(200, 2, &request)?.json();
            Ok::<_, String>(told.get("access_token").and_then(|token| token.as_str()).unwrap_or_default().to_owned())
        };
        let caller = |token: &str| Request::new("GET", "/v1/caller").bearer(token);
        limited.flood(2, &caller(&token()?))?;
        limited.expect(429, 2, &caller(&token()?))?;
        Ok(())
    })
}

#[test]
fn a_flood_from_one_address_is_no_other_addresss() -> Tested {
    let limits = Limits { address: rate("30/60s"), ..Limits::default() };
    on_every_host(limits, |limited| {
        for (dialect, from) in (0..DIALECTS).zip(10..) {
            let organization = limited.organization()?;
            let request = &readings(&organization)[dialect];
            // before anybody is recognized, whatever is asked for
            let nobodys = Request { headers: Vec::new(), ..request.clone() };
            let (_, refused) = limited.flood(from, &nobodys)?;
            let asked_for =
                limited.expect(429, 100 + from, &request.clone().header("Tessera-Fault", "rate_limited"))?;
            assert_eq!(said(&refused), said(&asked_for), "{}", limited.host.name);
            limited.expect(429, from, request)?;
            limited.expect(429, from, &Request::new("GET", "/nowhere"))?;
            limited.expect(200, 200 + from, request)?;
            for page in ["/console/", "/openapi/"] {
                let served = limited.send(from, &Request::new("GET", page))?;
                assert!(served.status < 400, "{page}: {}", shown(&served));
            }
        }
        Ok(())
    })
}

#[test]
fn whoever_waits_as_told_is_admitted() -> Tested {
    let limited = Limited::native(Limits { key: rate("3/60s"), ..Limits::default() })?;
    let organization = Organization::new(&limited.host, 1)?;
    let Some((_, server)) = &limited.native else { return Err("it is native".into()) };
    server.control().freeze();
    let pass = |seconds: i64| server.control().advance(chrono::TimeDelta::seconds(seconds)).map_err(|e| e.to_string());
    let caller = Request::new("GET", "/v1/caller").bearer(&organization.api_key);
    for _ in 0..3 {
        limited.expect(200, 2, &caller)?;
    }
    for _ in 0..3 {
        assert_eq!(wait(&limited.expect(429, 2, &caller)?)?, 20);
        pass(19)?;
        assert_eq!(wait(&limited.expect(429, 2, &caller)?)?, 1);
        pass(1)?;
        limited.expect(200, 2, &caller)?;
    }
    pass(60)?;
    for _ in 0..3 {
        limited.expect(200, 2, &caller)?;
    }
    limited.expect(429, 2, &caller)?;
    Ok(())
}

#[test]
fn of_many_guesses_at_once_so_many_are_looked_at_and_the_owner_gets_in_from_elsewhere() -> Tested {
    let limits = Limits { sign_in_failures: NonZeroU32::new(SIGN_IN_FAILURES), ..Limits::default() };
    on_every_host(limits, |limited| {
        let organization = Organization::new(&limited.host, 1)?;
        let frozen = limited.native.as_ref().map(|(_, server)| server.control().freeze());
        let grant = |name: &str, password: &str| {
            let form = format!("grant_type=password&username={name}&password={password}");
            let request = Request::new("POST", "/api/auth/oauth2/token").body(form);
            request.header("Content-Type", "application/x-www-form-urlencoded")
        };
        let session = |name: &str, password: &str| {
            Request::new("POST", "/authentication/sign_in").json(&json!({"user": name, "password": password}))
        };
        let nobody = organization.email("nobody");
        let owner = organization.admin_email.as_str();
        for (from, name) in [(2, owner), (3, nobody.as_str())] {
            let request = grant(name, "wrong");
            let answers = at_once(&[(); 20], |()| limited.send(from, &request));
            let answers: Vec<Response> = answers.into_iter().collect::<Result<_, _>>()?;
            let count = |status| answers.iter().filter(|answer| answer.status == status).count();
            // where time goes on, the first wait of a second may be over before the last is looked at
            let looked_at = count(400);
            assert!((3..=frozen.map_or(5, |()| 3)).contains(&looked_at), "{}: {name}: {looked_at}", limited.host.name);
            assert_eq!(looked_at + count(429), answers.len());
        }
        // where time goes on, until there is a wait that is not over at once
        for _ in 0..200 {
            let refused = limited.send(2, &grant(owner, "wrong"))?;
            if refused.status == 429 && (frozen.is_some() || wait(&refused)? >= 4) {
                break;
            }
            sleep(Duration::from_millis(100));
        }
        for request in [grant(owner, &organization.admin_password), session(owner, &organization.admin_password)] {
            let refused = limited.expect(429, 2, &request)?;
            let asked_for = limited.expect(429, 4, &request.clone().header("Tessera-Fault", "rate_limited"))?;
            assert_eq!(said(&refused), said(&asked_for), "{}", limited.host.name);
            limited.expect(200, 4, &request)?;
        }
        Ok(())
    })
}
