//! Reading the log.

use crate::database::{DatabaseError, Row, Statement};
use crate::error::Error;
use crate::page::{Listed, Page};
use crate::vault::HASH_LENGTH;
use crate::{Directory, Timestamp};

/// SQL: an entry of the log, the row `a`, as a JSON object. What somebody made of `before` and `after` that is no JSON is left
/// out, and its hash tells.
const SHOWN: &str = "json_object('organization', a.organization, 'seq', a.seq, \
    'at', strftime('%Y-%m-%dT%H:%M:%fZ', a.at / 1000.0, 'unixepoch'), 'request_id', a.request_id, \
    'operation', a.operation, 'actor', json_object('kind', a.actor_kind, 'id', a.actor_id, 'name', a.actor_name), \
    'client', json_object('address', a.address, 'agent', a.agent), \
    'target', json_object('kind', a.target_kind, 'id', a.target_id), \
    'before', json(iif(json_valid(a.before), a.before, NULL)), 'after', json(iif(json_valid(a.after), a.after, NULL)), \
    'hash', ";

/// SQL: what the hash of an entry is of. Each member has its length in front, so that no two entries have one text.
macro_rules! sealed {
    ($($column:literal),+) => {
        concat!("''", $(" || COALESCE(length(", $column, ") || ':' || ", $column, ", '-')"),+)
    };
}
pub(super) const SEALED: &str = sealed!(
    "a.organization",
    "a.seq",
    "a.at",
    "a.request_id",
    "a.operation",
    "a.actor_kind",
    "a.actor_id",
    "a.actor_name",
    "a.address",
    "a.agent",
    "a.target_kind",
    "a.target_id",
    "a.before",
    "a.after"
);

/// An entry in one of its texts.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) seq: i64,
    pub(super) text: String,
}

pub(super) fn read(row: &mut Row) -> Result<Entry, DatabaseError> {
    Ok(Entry { seq: row.integer()?, text: row.text()? })
}

/// Which entries are listed.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// Only those of the organization of this UUID, which need not be there any more.
    pub organization: Option<String>,
    /// Only those that were written then or later.
    pub since: Option<Timestamp>,
    /// Only those of this operation.
    pub operation: Option<String>,
    /// Only those of the actor of this UUID, or of this kind.
    pub actor: Option<String>,
}

/// Entries, oldest first, each a JSON object.
pub async fn list(directory: &Directory, search: Search, page: Page) -> Result<Listed<String>, Error> {
    // within an organization entries have the same order by `seq`, by which there is an index
    let (order, condition) =
        if search.organization.is_some() { ("a.seq", "a.organization = ?3") } else { ("a.id", "?3 IS NULL") };
    let statement = Statement::new(format!(
        "SELECT {order} AS place, {SHOWN}(SELECT substr(s.hashes, (a.seq - s.first) * {HASH_LENGTH} + 1, {HASH_LENGTH}) \
         FROM audit_seals s WHERE s.organization = a.organization AND s.last >= a.seq AND s.first <= a.seq \
         ORDER BY s.last LIMIT 1)) AS entry FROM audit a WHERE {condition} AND {order} > ?1 \
         AND (?4 IS NULL OR a.at >= ?4) AND (?5 IS NULL OR a.operation = ?5) \
         AND (?6 IS NULL OR ?6 IN (a.actor_id, a.actor_kind)) ORDER BY {order} LIMIT ?2"
    ));
    let statement = statement.bind(page.after).bind(page.fetch()).bind(search.organization);
    let statement = statement.bind(search.since).bind(search.operation).bind(search.actor);
    let listed = page.cut(directory.batch(vec![statement]).await?.read(read)?, |entry| entry.seq);
    Ok(Listed { items: listed.items.into_iter().map(|entry| entry.text).collect(), next: listed.next })
}
