//! Who may call what: every operation as every caller of its row in `docs/authorization.md`, on every host.
//!
//! What a path names besides the organization is nowhere to be found, and bodies are `{}`: a caller who may call gets as
//! far as that, and one who may not is refused before.

#![expect(clippy::missing_docs_in_private_items, reason = "the table says what they are")]

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;
use std::{fs, thread};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use contract::hosts::{self, Host, Organization};
use contract::http::{Request, Response};
use contract::run::shown;
use contract::{files, trials};
use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};
use tessera_validate::secret;

const TABLES: &str = "docs/authorization.md";
const SCOPES: [&str; 14] = [
    "organization:read",
    "organization:write",
    "users:read",
    "users:write",
    "seats:read",
    "seats:write",
    "tokens:read",
    "tokens:write",
    "keys:read",
    "keys:write",
    "outbox:read",
    "outbox:write",
    "audit:read",
    "ServiceProviderAPI",
];
/// How long what is to have expired is good for.
const SHORT: chrono::TimeDelta = chrono::TimeDelta::seconds(5);
const PASSWORD: &str = "Some-Body-2026";

fn main() -> ExitCode {
    let rows = match rows() {
        Ok(rows) => rows,
        Err(why) => {
            eprintln!("{TABLES}: {why}");
            return ExitCode::FAILURE;
        }
    };
    let known: Vec<(String, String)> = rows.iter().map(|row| (row.dialect.clone(), row.operation.clone())).collect();
    let mut further =
        vec![Trial::test("every operation has a row, and every row an operation", move || complete(&known))];
    further.extend(rows.into_iter().map(|row| {
        let name = format!("{}::{}", row.dialect, row.operation);
        Trial::test(name, move || row.check().map_err(Failed::from))
    }));
    trials::run(Ok(Vec::new()), further)
}

fn complete(rows: &[(String, String)]) -> Result<(), Failed> {
    let mut operations: Vec<(String, String)> =
        tessera_api::routes().iter().map(|route| (route.dialect.to_owned(), route.operation.to_owned())).collect();
    operations.dedup();
    let missing: Vec<_> = operations.iter().filter(|operation| !rows.contains(operation)).collect();
    let unknown: Vec<_> = rows.iter().filter(|row| !operations.contains(row)).collect();
    if missing.is_empty() && unknown.is_empty() {
        Ok(())
    } else {
        Err(format!("without a row: {missing:?}; without an operation: {unknown:?}").into())
    }
}

/// What one caller is to be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cell {
    Admitted,
    Refused(u16),
}

struct Row {
    dialect: String,
    operation: String,
    scopes: Vec<String>,
    cells: Vec<(String, Cell)>,
}

/// The rows of all tables under a dialect's heading.
fn rows() -> Result<Vec<Row>, String> {
    let text = fs::read_to_string(files::project().join(TABLES)).map_err(|e| e.to_string())?;
    let (mut rows, mut dialect, mut head) = (Vec::new(), String::new(), Vec::new());
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            (dialect, head) = (heading.to_owned(), Vec::new());
        }
        let Some(inner) = line.strip_prefix('|').and_then(|line| line.strip_suffix('|')) else { continue };
        let cells: Vec<String> = inner.split('|').map(|cell| cell.trim().to_owned()).collect();
        if dialect.is_empty() || inner.starts_with("---") {
            continue;
        }
        if head.is_empty() {
            head = cells;
            continue;
        }
        if cells.len() != head.len() {
            return Err(format!("{} cells and not {}: {line}", cells.len(), head.len()));
        }
        let mut row = Row { dialect: dialect.clone(), operation: String::new(), scopes: Vec::new(), cells: Vec::new() };
        for (name, cell) in head.iter().zip(cells) {
            match (name.as_str(), cell.as_str()) {
                ("operation", _) => row.operation = cell,
                ("scope", _) => row.scopes = cell.split_whitespace().map(str::to_owned).collect(),
                (_, "") => {}
                (_, "yes") => row.cells.push((name.clone(), Cell::Admitted)),
                (_, status) => {
                    let status = status.parse().map_err(|_| format!("neither a status nor yes: {status}"))?;
                    row.cells.push((name.clone(), Cell::Refused(status)));
                }
            }
        }
        rows.push(row);
    }
    Ok(rows)
}

impl Row {
    fn check(&self) -> Result<(), String> {
        let mut wrong = Vec::new();
        for host in hosts::all()? {
            let world = World::of(&host)?;
            for route in tessera_api::routes() {
                if (route.dialect, route.operation) != (self.dialect.as_str(), self.operation.as_str()) {
                    continue;
                }
                for (caller, cell) in &self.cells {
                    // whoever may delete an organization does so, and shall have one for it
                    let deletes = self.operation == "delete_organization" && *cell == Cell::Admitted;
                    let organization =
                        if deletes { Organization::new(&host, 0)?.id } else { world.home(caller).to_owned() };
                    let path = world.fill(route.path, &organization);
                    for credential in world.credentials(caller, &self.scopes)? {
                        let request = credential.on(&self.dialect, Request::new(&route.method, &path));
                        let changes = matches!(route.method.as_str(), "POST" | "PUT" | "PATCH");
                        let request = if changes { request.json(&json!({})) } else { request };
                        let response = host.target().send(&request).map_err(|e| format!("{}: {e}", host.base))?;
                        if !cell.holds(&response) {
                            let answer = shown(&response);
                            wrong.push(format!("{}: {} {path}: {caller}, {cell:?}: {answer}", host.name, route.method));
                        }
                    }
                }
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
    }
}

impl Cell {
    fn holds(self, response: &Response) -> bool {
        match self {
            Self::Refused(status) => response.status == status,
            Self::Admitted => {
                let text = response.text();
                // Octane tells who may not see a space that there is none; what else is not there has other words
                let is_refused = matches!(response.status, 401 | 403) || text.contains("shared space");
                // ricloud's refusal of an organisation that has no storage yet, whoever asks
                response.status < 500 && (!is_refused || text.contains("unconfigured"))
            }
        }
    }
}

/// What a caller presents.
#[derive(Clone, Debug)]
enum Credential {
    Nothing,
    Secret(String),
    Pair(String, String),
    Cookie(String),
}

impl Credential {
    fn on(&self, dialect: &str, request: Request) -> Request {
        let scheme = match dialect {
            "appoptima" => "Api-Token",
            "ricloud" => "Token",
            _ => "Bearer",
        };
        match self {
            Self::Nothing => request,
            Self::Secret(secret) => request.header("Authorization", &format!("{scheme} {secret}")),
            Self::Pair(name, secret) => {
                let pair = BASE64_STANDARD.encode(format!("{name}:{secret}"));
                request.header("Authorization", &format!("Basic {pair}"))
            }
            Self::Cookie(cookie) => request.header("Cookie", cookie),
        }
    }
}

/// An organization with every kind of caller, and others beside it.
struct World {
    organization: Organization,
    number: i64,
    /// The organizations of callers who are not at home in the first, by the caller.
    others: BTreeMap<&'static str, Organization>,
    callers: BTreeMap<&'static str, Credential>,
    /// The keys that were made for a set of scopes.
    keys: Mutex<BTreeMap<Vec<String>, String>>,
}

impl World {
    /// The one world of a host.
    fn of(host: &Host) -> Result<&'static Self, String> {
        static WORLDS: Mutex<BTreeMap<&'static str, &'static OnceLock<Result<World, String>>>> =
            Mutex::new(BTreeMap::new());
        let world = *WORLDS
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(host.name)
            .or_insert_with(|| Box::leak(Box::default()));
        world.get_or_init(|| Self::new(host)).as_ref().map_err(Clone::clone)
    }

    fn new(host: &Host) -> Result<Self, String> {
        let organization = Organization::new(host, 20)?;
        let others: BTreeMap<_, _> = ["other", "lapsed", "deactivated", "blocked"]
            .into_iter()
            .map(|name| Ok((name, Organization::new(host, 1)?)))
            .collect::<Result<_, String>>()?;
        let number =
            told(&organization, "GET", "", &Value::Null)?.get("number").and_then(Value::as_i64).unwrap_or_default();
        let mut callers = BTreeMap::from([
            ("nobody", Credential::Nothing),
            ("all", Credential::Secret(organization.api_key.clone())),
            ("root", Credential::Secret(hosts::root_key())),
        ]);
        let key = |members: Value| {
            let made = told(&organization, "POST", "/keys", &members)?;
            Ok::<_, String>((text(&made, "id"), text(&made, "secret")))
        };
        let made = told(&organization, "POST", "/keys", &json!({"name": "any", "scopes": []}))?;
        let now = chrono::DateTime::parse_from_rfc3339(&text(&made, "created_at")).map_err(|e| e.to_string())?;
        // what is to expire comes first, while that is still to come
        let soon = (now + SHORT).to_rfc3339();
        let (_, expired) = key(json!({"name": "expired", "scopes": ["*"], "expires_at": soon}))?;
        callers.insert("expired", Credential::Secret(expired));
        astra(&organization, &soon, &mut callers)?;
        clients(&organization, number, &soon, &mut callers)?;
        if let Some(other) = others.get("other") {
            let mut theirs = BTreeMap::new();
            astra(other, &soon, &mut theirs)?;
            callers.extend(theirs.remove("owner").map(|owner| ("token of another", owner)));
        }
        let (id, revoked) = key(json!({"name": "revoked", "scopes": ["*"]}))?;
        told(&organization, "DELETE", &format!("/keys/{id}"), &Value::Null)?;
        callers.insert("revoked", Credential::Secret(revoked));
        let forged = secret::compose(secret::Kind::Key, [7; secret::RANDOM_LENGTH]);
        callers.insert("forged", Credential::Secret(forged));
        for (name, other) in &others {
            callers.insert(name, Credential::Secret(other.api_key.clone()));
        }
        let state = |name: &str, members: Value| {
            let Some(other) = others.get(name) else { return Ok(()) };
            let path = format!("/v1/organizations/{}", other.id);
            other.expect(200, &Request::new("PATCH", &path).bearer(&hosts::root_key()).json(&members)).map(drop)
        };
        state("lapsed", json!({"subscription_expires_at": "2020-01-01T00:00:00Z"}))?;
        state("deactivated", json!({"state": "deactivated"}))?;
        state("blocked", json!({"state": "blocked"}))?;
        people(&organization, &mut callers)?;
        thread::sleep(Duration::from_millis(SHORT.num_milliseconds().unsigned_abs() + 500));
        Ok(Self { organization, number, others, callers, keys: Mutex::default() })
    }

    /// The organization at whose paths a caller calls: the first, but for those whose own has ended.
    fn home(&self, caller: &str) -> &str {
        let own = self.others.get(caller).filter(|_| caller != "other");
        &own.unwrap_or(&self.organization).id
    }

    /// What such a caller presents: whoever is without a scope, a key for each that the row names.
    fn credentials(&self, caller: &str, scopes: &[String]) -> Result<Vec<Credential>, String> {
        let all = || SCOPES.iter().map(|&scope| scope.to_owned());
        match caller {
            "with" => Ok(vec![self.key(scopes.to_vec())?]),
            "without" if scopes.is_empty() => Ok(vec![self.key(all().collect())?]),
            "without" => {
                scopes.iter().map(|missing| self.key(all().filter(|scope| scope != missing).collect())).collect()
            }
            _ => Ok(vec![self.callers.get(caller).cloned().ok_or_else(|| format!("nobody is {caller}"))?]),
        }
    }

    /// A key with these scopes, made once.
    fn key(&self, scopes: Vec<String>) -> Result<Credential, String> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(secret) = keys.get(&scopes) {
            return Ok(Credential::Secret(secret.clone()));
        }
        let made = told(&self.organization, "POST", "/keys", &json!({"name": "scoped", "scopes": scopes}))?;
        keys.insert(scopes, text(&made, "secret"));
        Ok(Credential::Secret(text(&made, "secret")))
    }

    /// A path whose parameters are the organization's own, and of what is nowhere.
    fn fill(&self, path: &str, organization: &str) -> String {
        const NOWHERE: &str = "00000000-0000-4000-8000-0000000000ff";
        let part = |part: &str| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            None => part.to_owned(),
            Some("organization_id" | "org_id" | "account_id") => organization.to_owned(),
            Some("space") => self.number.to_string(),
            Some("workspace") => "1002".to_owned(),
            Some(_) if path.starts_with("/accou") || path.starts_with("/v1") => NOWHERE.to_owned(),
            Some(_) => "999999999".to_owned(),
        };
        path.split('/').map(part).collect::<Vec<_>>().join("/")
    }
}

/// Makes a call in the native dialect, by the organization's key, and tells the answer.
fn told(organization: &Organization, method: &str, path: &str, members: &Value) -> Result<Value, String> {
    let path = format!("/v1/organizations/{}{path}", organization.id);
    let request = Request::new(method, &path).bearer(&organization.api_key);
    let request = if members.is_null() { request } else { request.json(members) };
    let response = organization.send(&request)?;
    if response.status < 300 { Ok(response.json()) } else { Err(format!("{method} {path}: {}", shown(&response))) }
}

fn text(value: &Value, member: &str) -> String {
    value.get(member).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Sends a request that must succeed, and tells the answer.
fn sent(organization: &Organization, request: &Request) -> Result<Response, String> {
    let response = organization.send(request)?;
    let path = String::from_utf8_lossy(&request.path);
    if response.status < 300 { Ok(response) } else { Err(format!("{} {path}: {}", request.method, shown(&response))) }
}

type Callers = BTreeMap<&'static str, Credential>;

/// Whoever signs in: an admin, a member, a service account.
fn people(organization: &Organization, callers: &mut Callers) -> Result<(), String> {
    let grant = |fields: String| {
        let request = Request::new("POST", "/api/auth/oauth2/token").body(fields);
        let request = request.header("Content-Type", "application/x-www-form-urlencoded");
        Ok::<_, String>(Credential::Secret(text(&sent(organization, &request)?.json(), "access_token")))
    };
    let session = |user: &str, password: &str| {
        let pair = json!({"user": user, "password": password});
        let response = sent(organization, &Request::new("POST", "/authentication/sign_in").json(&pair))?;
        let cookie = response.header("set-cookie").unwrap_or_default();
        Ok::<_, String>(Credential::Cookie(cookie.split(';').next().unwrap_or_default().to_owned()))
    };
    let member = organization.email("member");
    told(organization, "POST", "/users", &json!({"email": member, "password": PASSWORD}))?;
    let signing_in = [
        (
            "admin",
            "password of an admin",
            "session of an admin",
            &organization.admin_email,
            &*organization.admin_password,
        ),
        ("member", "password of a member", "session of a member", &member, PASSWORD),
    ];
    for (name, basic, cookie, email, password) in signing_in {
        callers.insert(name, grant(format!("grant_type=password&username={email}&password={password}"))?);
        callers.insert(basic, Credential::Pair(email.clone(), password.to_owned()));
        callers.insert(cookie, session(email, password)?);
    }
    let account = organization.request("POST", "/service-accounts").json(&json!({"name": "bot"}));
    let account = sent(organization, &account)?.json();
    let (id, secret) = (text(&account, "client_id"), text(&account, "client_secret"));
    callers.insert("account", grant(format!("grant_type=client_credentials&client_id={id}&client_secret={secret}"))?);
    Ok(())
}

/// Octane's API accesses.
fn clients(organization: &Organization, space: i64, soon: &str, callers: &mut Callers) -> Result<(), String> {
    const SECRET: &str = "Some-Client-1";
    let path = format!("/api/shared_spaces/{space}/api_accesses");
    let by_key = |method: &str, path: &str, members: &Value| {
        sent(organization, &Request::new(method, path).bearer(&organization.api_key).json(members))
    };
    let made = |workspace_role: i64, expiration: Value| {
        let roles = json!({"data": [{"type": "workspace_role", "id": workspace_role.to_string()}]});
        let entity =
            json!({"name": "client", "client_secret": SECRET, "workspace_roles": roles, "expiration": expiration});
        let made = by_key("POST", &format!("{path}?fields=client_id"), &json!({"data": [entity]}))?.json();
        let made = made.pointer("/data/0").cloned().unwrap_or_default();
        Ok::<_, String>((text(&made, "id"), Credential::Pair(text(&made, "client_id"), SECRET.to_owned())))
    };
    callers.insert("client", made(1012, Value::Null)?.1);
    callers.insert("client of a space admin", made(1009, Value::Null)?.1);
    callers.insert("client expired", made(1009, soon.into())?.1);
    let (id, revoked) = made(1009, Value::Null)?;
    by_key("PUT", &format!("{path}/{id}"), &json!({"is_valid": false}))?;
    callers.insert("client revoked", revoked);
    Ok(())
}

/// Users' own tokens, each of another role in Astra.
fn astra(organization: &Organization, soon: &str, callers: &mut Callers) -> Result<(), String> {
    let account = format!("/accounts/{}/core/v1", organization.id);
    let user = |name: &str, role: &str| {
        let made = told(organization, "POST", "/users", &json!({"email": organization.email(name)}))?;
        let id = text(&made, "id");
        if !role.is_empty() {
            let binding = json!({"type": "application/astra-roleBinding", "version": "1.1", "userID": id,
                "accountID": organization.id, "role": role});
            let path = format!("{account}/roleBindings");
            sent(organization, &Request::new("POST", &path).bearer(&organization.api_key).json(&binding))?;
        }
        Ok::<_, String>(id)
    };
    let token = |user: &str, members: Value| {
        let made = told(organization, "POST", &format!("/users/{user}/tokens"), &members)?;
        Ok::<_, String>((text(&made, "id"), Credential::Secret(text(&made, "token"))))
    };
    let roles = [
        ("unbound", ""),
        ("viewer", "viewer"),
        ("contributor", "member"),
        ("manager", "admin"),
        ("owner", "owner"),
        ("disabled", "owner"),
    ];
    for (name, role) in roles {
        let user = user(name, role)?;
        callers.insert(name, token(&user, json!({}))?.1);
        if name == "owner" {
            callers.insert("token expired", token(&user, json!({"expires_at": soon}))?.1);
            let (id, revoked) = token(&user, json!({}))?;
            told(organization, "DELETE", &format!("/users/{user}/tokens/{id}"), &Value::Null)?;
            callers.insert("token revoked", revoked);
        }
        if name == "disabled" {
            let change = json!({"type": "application/astra-user", "version": "1.2", "isEnabled": "false"});
            let path = format!("{account}/users/{user}");
            sent(organization, &Request::new("PUT", &path).bearer(&organization.api_key).json(&change))?;
        }
    }
    Ok(())
}
