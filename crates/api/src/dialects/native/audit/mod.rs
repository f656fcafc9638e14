//! The audit log.

use serde::Serialize;
use serde_json::value::RawValue;
use tessera_directory::audit::{Entry as Domain, Search};
use tessera_directory::page::Page;

use super::error::Error;
use super::input::page;
use crate::endpoint::Received;
use crate::time;

pub(super) mod export;
pub(super) mod list;
pub(super) mod verify;

/// An entry, as every answer shows it.
#[derive(Serialize)]
struct Entry {
    organization: String,
    seq: i64,
    at: String,
    request_id: String,
    operation: String,
    actor: Actor,
    client: Client,
    target: Target,
    before: Option<Box<RawValue>>,
    after: Option<Box<RawValue>>,
    hash: Option<String>,
}

#[derive(Serialize)]
struct Actor {
    kind: String,
    id: Option<String>,
    name: Option<String>,
}

#[derive(Serialize)]
struct Client {
    address: Option<String>,
    agent: Option<String>,
}

#[derive(Serialize)]
struct Target {
    kind: String,
    id: Option<String>,
}

impl From<Domain> for Entry {
    fn from(entry: Domain) -> Self {
        // what cannot be read as JSON was not written by us; that it was edited is told by its hash
        let json = |text: Option<String>| text.and_then(|text| RawValue::from_string(text).ok());
        Self {
            organization: entry.organization,
            seq: entry.seq,
            at: time::with_z(entry.at),
            request_id: entry.request_id,
            operation: entry.operation,
            actor: Actor { kind: entry.actor_kind, id: entry.actor_id, name: entry.actor_name },
            client: Client { address: entry.address, agent: entry.agent },
            target: Target { kind: entry.target_kind, id: entry.target_id },
            before: json(entry.before),
            after: json(entry.after),
            hash: entry.hash,
        }
    }
}

/// Reads which entries are asked for, but for the organization.
pub(super) fn read(call: &Received) -> Result<(Search, Page), Error> {
    let since = match call.query("since") {
        None => None,
        Some(text) => Some(time::parse(&text).ok_or(Error::Parameter("since", "should be an RFC 3339 date-time"))?),
    };
    let text = |name| call.query(name).map(std::borrow::Cow::into_owned);
    let search = Search { organization: None, since, operation: text("operation"), actor: text("actor") };
    Ok((search, page(call)?))
}
