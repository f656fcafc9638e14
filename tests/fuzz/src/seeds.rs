//! Seeds: the requests of the contract vectors, as the targets read them.
//!
//! A case's requests are sent to a server as they stand, and once more to the [`World`]; what the one answered (ids, secrets) is
//! replaced in what comes after by what the other did. So the steps of a seed lead to each other as those of its case do.

use std::collections::{BTreeMap, BTreeSet};

use contract::http::{Body, Request, Target};
use contract::run::{self, Exchange, Run};
use contract::vector::Suite;
use contract::{hosts, verdicts};
use http::header;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::request::{Credential, Sent, write_all};
use crate::world::{ACME, World};

/// The longest input that a seed is: what libFuzzer makes is not longer either, unless a seed is.
const LONGEST: usize = 4096;

/// How many cases run side by side. They spend their time waiting.
const AT_ONCE: usize = 16;

/// The seeds of each target by their names, and the words of its dictionary.
#[derive(Debug, Default)]
pub struct Seeds {
    /// Inputs by target, and by name.
    pub inputs: BTreeMap<&'static str, BTreeMap<String, Vec<u8>>>,
    /// Words by target.
    pub words: BTreeMap<&'static str, BTreeSet<String>>,
}

/// The seeds that the vectors make, sent to a server that holds nothing else.
pub fn of_vectors(suites: &[Suite], target: &Target, root_key: &str) -> Seeds {
    let mut seeds = Seeds::default();
    let cases: Vec<_> = suites.iter().flat_map(|suite| suite.cases.iter().map(move |case| (suite, case))).collect();
    for some in cases.chunks(AT_ONCE) {
        let runs = hosts::at_once(some, |(suite, case)| run::case(target, root_key, suite, case, &run::uniq()));
        for ((_, case), run) in some.iter().zip(runs) {
            World::with(|world| seeds.add(world, &case.name, &run));
        }
    }
    for route in tessera_api::routes() {
        let words = seeds.words.entry(route.dialect).or_default();
        words
            .extend(route.path.split('/').filter(|part| !part.is_empty() && !part.starts_with('{')).map(str::to_owned));
        let operation = format!("{}.{}", route.dialect, route.operation);
        seeds.words.entry("verdict").or_default().insert(operation);
    }
    seeds
}

/// What was answered to a case, and what the world answers in its place.
struct Told(Vec<(String, String)>);

impl Told {
    /// What is told of the case's organization: Acme is in its place.
    fn of_organization(world: &World, exchange: &Exchange) -> Option<Self> {
        let told = exchange.response.json();
        let text = |member: &str| Some(told.get(member)?.as_str()?.to_owned());
        let body: Value = match &exchange.sent.body {
            Body::Whole(body) => serde_json::from_slice(body).unwrap_or_default(),
            _ => Value::Null,
        };
        let admin = |member: &str| Some(body.pointer(&format!("/admin/{member}"))?.as_str()?.to_owned());
        Some(Self(vec![
            (text("id")?, ACME.to_owned()),
            (text("api_key")?, world.secret(Credential::Key).to_owned()),
            (format!("/api/shared_spaces/{}", told.get("number")?), "/api/shared_spaces/1001".to_owned()),
            (admin("email")?, "admin@acme.test".to_owned()),
            (admin("password")?, "Acme-Admin-2026".to_owned()),
        ]))
    }

    /// Notes where two answers differ.
    fn note(&mut self, one: &Value, other: &Value) {
        match (one, other) {
            (Value::String(one), Value::String(other)) if one != other && one.len() > 3 => {
                self.0.push((one.clone(), other.clone()));
            }
            (Value::Array(ones), Value::Array(others)) => {
                ones.iter().zip(others).for_each(|(one, other)| self.note(one, other));
            }
            (Value::Object(ones), Value::Object(others)) => {
                for (name, one) in ones {
                    others.get(name).into_iter().for_each(|other| self.note(one, other));
                }
            }
            _ => {}
        }
    }

    fn replace(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (one, other)| text.replace(one, other))
    }
}

impl Seeds {
    fn add(&mut self, world: &mut World, name: &str, run: &Run) {
        world.reset();
        let (told, rest) = match run.exchanges.split_first() {
            Some((first, rest)) if first.step == "organization" => (Told::of_organization(world, first), rest),
            _ => (None, &*run.exchanges),
        };
        let mut told = told.unwrap_or(Told(Vec::new()));
        // the same names each time
        for (name, other) in [("uniq", "uniq"), ("base", "http://127.0.0.1:8080")] {
            let one = run.variables.get(name).and_then(Value::as_str).unwrap_or_default();
            told.0.push((one.to_owned(), other.to_owned()));
        }
        let mut chains: BTreeMap<&'static str, Vec<Vec<u8>>> = BTreeMap::new();
        for (at, exchange) in rest.iter().enumerate() {
            let Some(sent) = translated(world, &told, &exchange.sent) else { continue };
            let answer = world.send(&sent);
            told.note(&exchange.response.json(), &answer.json());
            for (header, value) in &exchange.response.headers {
                if header == "set-cookie"
                    && let Some(other) = answer.headers.get(header::SET_COOKIE)
                {
                    let secret = |cookie: &str| cookie.split(';').next().unwrap_or_default().to_owned();
                    told.0.push((secret(value), secret(&String::from_utf8_lossy(other.as_bytes()))));
                }
            }
            let dialect = tessera_api::fuzzing::dialect_of(sent.target.path(), None).unwrap_or_default();
            self.of_texts(world, dialect, &format!("{name}-{at}"), &sent);
            chains.entry(dialect).or_default().push(sent.write());
        }
        for (dialect, chain) in chains {
            let inputs = self.inputs.entry(dialect).or_default();
            let (mut part, mut number) = (Vec::new(), 0);
            for request in chain.into_iter().filter(|request| request.len() < LONGEST) {
                let length: usize = part.iter().map(|one: &Vec<u8>| one.len() + 4).sum();
                if length + request.len() > LONGEST {
                    inputs.insert(format!("{name}.{number}"), write_all(&part));
                    number += 1;
                    part.clear();
                }
                part.push(request);
            }
            inputs.insert(if number == 0 { name.to_owned() } else { format!("{name}.{number}") }, write_all(&part));
        }
    }

    /// What of a request the other targets read.
    fn of_texts(&mut self, world: &World, dialect: &'static str, name: &str, sent: &Sent) {
        let mut put = |target, input: Vec<u8>| {
            if input.len() <= LONGEST {
                self.inputs.entry(target).or_default().insert(name.to_owned(), input);
            }
        };
        let query = sent.target.query().unwrap_or_default();
        for (parameter, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*parameter {
                "query" if dialect == "octane" => put("octane_query", value.as_bytes().to_vec()),
                "filter" if dialect == "astra" => put("astra_filter", value.as_bytes().to_vec()),
                _ => {}
            }
        }
        let lines = |first: String, between: &str| {
            let mut text = first.into_bytes();
            for (name, value) in &sent.headers {
                text.extend_from_slice(format!("{between}{name}: ").as_bytes());
                text.extend_from_slice(value.as_bytes());
            }
            text
        };
        let path = sent.target.path();
        if let Some((route, _)) = verdicts::route(&world.routes, sent.method.as_str(), path) {
            let text = lines(format!("{}.{}\n{query}", route.dialect, route.operation), "\n");
            put("verdict", [&*text, b"\n\n", &*sent.body].concat());
        }
        let target = percent_decode_str(sent.target.path_and_query().map_or(path, |target| target.as_str()));
        let target = target.decode_utf8_lossy().replace(char::is_whitespace, "+");
        let first =
            format!("{} {target} HTTP/1.1\r\nhost: acme.test\r\ncontent-length: {}", sent.method, sent.body.len());
        put("request_line", [&*lines(first, "\r\n"), b"\r\n\r\n", &*sent.body].concat());
        let json: Value = serde_json::from_slice(&sent.body).unwrap_or_default();
        for secret in secrets(&json) {
            put("key", secret.into_bytes());
        }
        let words = self.words.entry(dialect).or_default();
        names(&json, words);
        words.extend(form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name.into_owned()));
        words.extend(sent.headers.keys().map(ToString::to_string));
        words.retain(|word| (2..=40).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_graphic()));
    }
}

/// The names of all members.
fn names(json: &Value, into: &mut BTreeSet<String>) {
    match json {
        Value::Array(items) => items.iter().for_each(|item| names(item, into)),
        Value::Object(members) => {
            for (name, value) in members {
                into.insert(name.clone());
                names(value, into);
            }
        }
        _ => {}
    }
}

/// The texts that look like secrets.
fn secrets(json: &Value) -> Vec<String> {
    match json {
        Value::String(text) if text.starts_with("tsr_") => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(secrets).collect(),
        Value::Object(members) => members.values().flat_map(secrets).collect(),
        _ => Vec::new(),
    }
}

/// A request as it is sent to the world; nothing where no target can send it.
fn translated(world: &World, told: &Told, request: &Request) -> Option<Sent> {
    let target = told.replace(std::str::from_utf8(&request.path).ok()?);
    let mut credential = Credential::None;
    let mut headers = String::new();
    for (name, value) in &request.headers {
        let value = told.replace(value);
        let secret = value.split_once(' ').map_or(value.as_str(), |(_, secret)| secret);
        let known = Credential::ALL.iter().find(|(_, known)| world.secret(*known) == secret && !secret.is_empty());
        match known.filter(|_| name.eq_ignore_ascii_case("authorization")) {
            Some((_, known)) => credential = *known,
            None => headers.extend(["\n", name, ": ", &value]),
        }
    }
    let body = match &request.body {
        Body::None => &[][..],
        Body::Whole(body) | Body::Chunked(body) => body,
    };
    let body = std::str::from_utf8(body).map_or_else(|_| body.to_vec(), |body| told.replace(body).into_bytes());
    let (letter, _) = Credential::ALL.iter().find(|(_, known)| *known == credential)?;
    let head = format!("{} {} {target}{headers}", char::from(*letter), request.method);
    Sent::read_all(&[head.as_bytes(), b"\n\n"].concat()).pop().map(|sent| Sent { body: body.into(), ..sent })
}
