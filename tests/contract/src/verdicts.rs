//! What is said of a request without a server is what the server says: every request of the vectors is judged, and the
//! refusal compared with the answer, byte for byte. What was compared is kept for the npm package's own tests, which say the
//! same through WebAssembly.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{LazyLock, Mutex};

use fancy_regex::{Captures, Regex};
use serde_json::{Map, Value, json};
use tessera_api::verdict::{self, Code, Problem, Question, VENDORS, Verdict};
use tessera_api::{Route, fault};

use crate::http::{Body, Request, Response};
use crate::run::Run;

/// What an answer says where the directory, or who calls, decided: the statuses that no verdict has.
const OF_THE_DIRECTORY: &[u16] = &[401, 402, 403, 404, 405, 409, 412, 429, 500, 503];
/// And the words of the other refusals that are the directory's, each in the operations of this beginning.
const WORDS: &[(&str, &str)] = &[
    ("anaconda.create_", "invalid_grant"),
    ("anaconda.create_", "invalid_client"),
    // of a header that no verdict depends on, and of who calls
    ("native.", "Idempotency-Key"),
    ("native.verify_audit", "should be the id of an organization"),
    ("appoptima.", "User ID already exists"),
    ("appoptima.", "User email address already assigned"),
    ("appoptima.", "User group ID does not exist"),
    ("appoptima.", "The user has a password already"),
    ("appoptima.", "Group already exists"),
    ("appoptima.update_group", "Group name already exists or group not found"),
    ("astra.create_role_binding", "the account has none of this id"),
    ("astra.", "must be the id of a local user"),
    ("astra.update_", "cannot be changed"),
    // what is stored decides where nothing is sent
    ("astra.update_credential", "does not hold what the keyType needs"),
    ("astra.update_credential", "does not admit this password"),
    ("astra.update_credential", "Same password supplied"),
    ("octane.update_api_access", "this key has no client id"),
    ("octane.update_api_access", "a valid key needs one"),
    ("ricloud.", "The organisation has no such"),
    ("ricloud.create_user", "There is no such organisation"),
    ("ricloud.update_user", "Another user has this identifier"),
    ("ricloud.update_key", "This is the last active key"),
    // of a key that another API made, and nobody has shown
    ("ricloud.", "This key is blocked"),
    // of a config, whose state settles by itself
    ("ricloud.update_storage_config", "This should be one of new, deactivated."),
    ("ricloud.update_webhook_config", "This should be one of new, deactivated."),
];

/// A key that another call has, of which no verdict knows, comes before all that is wrong with the body.
const REUSED: &str = "urn:tessera:problem:idempotency-key-reused";

/// Whether an answer is the directory's.
fn is_of_the_directory(operation: &str, status: u16, answer: &str) -> bool {
    let is_in = |(beginning, words): &(&str, &str)| operation.starts_with(beginning) && answer.contains(words);
    // a bulk of which a part was there already
    let is_partial = operation.ends_with("_groups") && status == 406 && answer.starts_with('[');
    OF_THE_DIRECTORY.contains(&status) || WORDS.iter().any(is_in) || is_partial
}

/// The ids that are new in each answer, as a verdict has them.
fn without_ids(body: &str) -> String {
    static IDS: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r#"(?:(?<=correlationID":")|(?<=correlation_id":"))[a-z0-9-]+"#).ok());
    let zeros = |found: &Captures<'_, str>| {
        let id = found.get(0).map_or("", |found| found.as_str());
        id.replace(|c: char| c.is_ascii_alphanumeric(), "0")
    };
    IDS.as_ref().map_or_else(String::new, |ids| ids.replace_all(body, zeros).into_owned())
}

/// The route of a request, and the parameters of its path.
pub fn route<'a>(routes: &'a [Route], method: &str, path: &str) -> Option<(&'a Route, Map<String, Value>)> {
    let parts: Vec<&str> = path.split('/').collect();
    let of = |route: &'a Route| {
        let template: Vec<&str> = route.path.split('/').collect();
        if route.method != method || template.len() != parts.len() {
            return None;
        }
        let mut parameters = Map::new();
        for (name, part) in template.iter().zip(&parts) {
            match name.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                Some(name) => _ = parameters.insert(name.to_owned(), (*part).into()),
                None if name == part => {}
                None => return None,
            }
        }
        Some((route, parameters))
    };
    // a path by its own name comes before one with a parameter
    routes.iter().filter_map(of).min_by_key(|(_, parameters)| parameters.len())
}

/// What was learned of the organizations of a case from the exchanges before.
#[derive(Default)]
struct Learned {
    organizations: Vec<Map<String, Value>>,
    policy: Option<Value>,
    /// What was last shown of each object, by its id.
    shown: BTreeMap<String, Value>,
}

impl Learned {
    fn from(&mut self, operation: &str, body: &[u8], response: &Response) {
        const KNOWN: [&str; 6] = ["id", "number", "identity_mode", "set_password_via_api", "type", "permission_scopes"];
        match operation {
            "native.create_organization" | "native.update_organization" if response.status < 300 => {
                let told = response.json();
                let member = |name: &str| told.get(name).cloned().unwrap_or_default();
                let known: Map<String, Value> = KNOWN.iter().map(|name| ((*name).to_owned(), member(name))).collect();
                self.organizations.retain(|other| other.get("id") != known.get("id"));
                // the case's own is the first
                let at = if operation.ends_with("update_organization") { 0 } else { self.organizations.len() };
                self.organizations.insert(at, known);
            }
            "appoptima.update_password_policy" if response.status < 300 => {
                let mut policy: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
                policy.retain(|name, _| name.starts_with("min"));
                self.policy = Some(policy.into());
            }
            _ => {}
        }
        let told = response.json();
        let settles = told.get("resource").map(id_of).is_some_and(|resource| resource.ends_with("_config"));
        if let Some(id) = told.get("id").filter(|_| !settles).map(id_of) {
            self.shown.insert(id, told);
        }
    }

    fn assumed(&self, parameters: &Map<String, Value>) -> Value {
        let mut assumed = Map::new();
        assumed.insert("development".to_owned(), true.into());
        assumed.extend(self.organizations.first().map(|known| ("organization".to_owned(), known.clone().into())));
        // the object of the path is the last that it names
        let current = parameters.values().next_back().and_then(|id| self.shown.get(&id_of(id)));
        assumed.extend(current.map(|current| ("current".to_owned(), current.clone())));
        assumed.extend(self.policy.clone().map(|policy| ("passwordPolicy".to_owned(), policy)));
        assumed.into()
    }
}

fn id_of(id: &Value) -> String {
    id.as_str().map_or_else(|| id.to_string(), str::to_owned)
}

fn question(
    operation: &str,
    parameters: Map<String, Value>,
    query: &str,
    sent: &Request,
    learned: &Learned,
) -> Map<String, Value> {
    let headers: Map<String, Value> =
        sent.headers.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
    let members: [(&str, Value); 5] = [
        ("operation", operation.into()),
        ("assumed", learned.assumed(&parameters)),
        ("parameters", parameters.into()),
        ("query", query.into()),
        ("headers", headers.into()),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// What was compared.
#[derive(Debug, Default)]
struct Tally {
    /// Refusals that are the server's, as the package's tests ask for them.
    refused: Vec<Value>,
    /// How many requests were taken by both.
    taken: usize,
}

static TALLY: Mutex<Tally> = Mutex::new(Tally { refused: Vec::new(), taken: 0 });

/// Judges the requests of a case that the native host has answered. The answer is a report of the first difference, or nothing.
pub fn difference(run: &Run) -> Option<String> {
    static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(tessera_api::routes);
    let mut learned = Learned::default();
    for exchange in &run.exchanges {
        let sent = &exchange.sent;
        // a fault that was asked for is what nothing else says
        if sent.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(fault::HEADER.as_str())) {
            continue;
        }
        let Ok(target) = std::str::from_utf8(&sent.path) else { continue };
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let Some((route, parameters)) = route(&ROUTES, &sent.method, path) else { continue };
        let operation = format!("{}.{}", route.dialect, route.operation);
        let body = match &sent.body {
            Body::None => &[][..],
            Body::Whole(body) => body,
            Body::Chunked(_) => continue,
        };
        let asked = question(&operation, parameters, query, sent, &learned);
        let question = match Question::read(asked.clone(), body.to_vec()) {
            Ok(question) => question,
            Err(why) => return Some(format!("{}: {}", exchange.step, why.0)),
        };
        // what only reads has no verdict
        if let Ok(verdict) = verdict::judge(VENDORS, question)
            && let Err(why) = compare(&operation, &verdict, &exchange.response)
                .and_then(|agreement| count(agreement, asked, body, &exchange.response))
        {
            let (step, request) = (&exchange.step, &exchange.request);
            let answer = without_ids(&exchange.response.text());
            return Some(format!("{step}: {request} {why}\n  {verdict:?}\n  {} {answer}", exchange.response.status));
        }
        learned.from(&operation, body, &exchange.response);
    }
    None
}

/// What a verdict and an answer that do not contradict each other say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// Both refuse, in the same words.
    Refused,
    /// Both take the request.
    Taken,
    /// The directory refuses, or who calls is not who may.
    Beyond,
}

/// Compares a verdict with the server's answer; an error where they cannot both be right.
pub fn compare(operation: &str, verdict: &Verdict, response: &Response) -> Result<Agreement, &'static str> {
    let Response { status, headers, .. } = response;
    let answer = without_ids(&response.text());
    if let Some(refusal) = &verdict.refusal {
        if verdict.problems.is_empty() {
            return Err("is refused for nothing");
        }
        if ([401, 403, 404, 405].contains(status) && *status != refusal.status) || answer.contains(REUSED) {
            return Ok(Agreement::Beyond);
        }
        // the directory has more to say, or says it before the password is looked at
        let is_told = |problem: &Problem| problem.code == Code::Policy || answer.contains(problem.message.as_ref());
        if is_of_the_directory(operation, *status, &answer) && verdict.problems.iter().all(is_told) {
            return Ok(Agreement::Beyond);
        }
        let lacks = |(name, value): &(&str, Cow<str>)| !headers.iter().any(|(at, is)| at == name && is == value);
        if refusal.status != *status || refusal.body != answer || refusal.headers.iter().any(lacks) {
            return Err("is refused otherwise");
        }
        return Ok(Agreement::Refused);
    }
    if *status < 300 && verdict.problems.is_empty() {
        return Ok(Agreement::Taken);
    }
    let is_partial = matches!(status, 406 | 409) && !verdict.problems.is_empty();
    if is_partial || is_of_the_directory(operation, *status, &answer) {
        Ok(Agreement::Beyond)
    } else {
        Err("is refused, and the verdict knew nothing")
    }
}

/// Counts what agrees, and keeps the refusals.
fn count(
    agreement: Agreement,
    mut asked: Map<String, Value>,
    body: &[u8],
    response: &Response,
) -> Result<(), &'static str> {
    let mut tally = TALLY.lock().map_err(|_| "cannot be counted")?;
    match agreement {
        Agreement::Refused => {
            if let Ok(body) = std::str::from_utf8(body) {
                asked.insert("body".to_owned(), body.into());
                let answer = without_ids(&response.text());
                tally.refused.push(json!({"request": asked, "status": response.status, "answer": answer}));
            }
        }
        Agreement::Taken => tally.taken += 1,
        Agreement::Beyond => {}
    }
    Ok(())
}

/// Keeps the refusals of all the vectors for the npm package's tests, and tells how many there are; an error if there are
/// hardly any.
pub fn conclude(file: &Path) -> Result<String, String> {
    let tally = TALLY.lock().map_err(|_| "the verdicts cannot be counted")?;
    let (refused, taken) = (tally.refused.len(), tally.taken);
    if refused < 500 || taken < 500 {
        return Err(format!("the verdicts are hardly compared: {refused} refusals, {taken} requests taken"));
    }
    let json = serde_json::to_vec(&tally.refused).map_err(|error| error.to_string())?;
    fs::write(file, json).map_err(|error| error.to_string())?;
    Ok(format!("verdicts: {refused} refusals are the server's, and {taken} requests are taken by both"))
}
