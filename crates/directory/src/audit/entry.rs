//! Reading the log.

use crate::database::{DatabaseError, Row, Statement, Value};
use crate::error::Error;
use crate::page::{Listed, Page};
use crate::vault::HASH_LENGTH;
use crate::{Directory, Timestamp};

/// An entry of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place among all entries of the deployment.
    pub id: i64,
    /// The UUID of the organization that was changed.
    pub organization: String,
    /// Its place in the organization's log, which begins at 1 and has no gap.
    pub seq: i64,
    /// When it was written.
    pub at: Timestamp,
    /// By what the request is found elsewhere.
    pub request_id: String,
    /// The operation, with its dialect.
    pub operation: String,
    /// What made the change: `root`, `key`, `service_account`, `api_access` or `user`.
    pub actor_kind: String,
    /// Its UUID; the root key has none.
    pub actor_id: Option<String>,
    /// What it was called.
    pub actor_name: Option<String>,
    /// The client's address.
    pub address: Option<String>,
    /// The client's name for itself.
    pub agent: Option<String>,
    /// What kind of thing was changed.
    pub target_kind: String,
    /// By what it is known; many at once have none.
    pub target_id: Option<String>,
    /// What it was before, a JSON object; absent where it was made.
    pub before: Option<String>,
    /// What it was after, a JSON object; absent where it was deleted.
    pub after: Option<String>,
    /// Its hash, once it is sealed.
    pub hash: Option<String>,
}

/// The columns of an entry but its hash, of the row `a`.
pub(super) const COLUMNS: &str = "a.id AS id, a.organization AS organization, a.seq AS seq, a.at AS at, \
    a.request_id AS request_id, a.operation AS operation, a.actor_kind AS actor_kind, a.actor_id AS actor_id, \
    a.actor_name AS actor_name, a.address AS address, a.agent AS agent, a.target_kind AS target_kind, \
    a.target_id AS target_id, a.before AS before, a.after AS after";

pub(super) fn read(row: &mut Row) -> Result<Entry, DatabaseError> {
    Ok(Entry {
        id: row.integer()?,
        organization: row.text()?,
        seq: row.integer()?,
        at: row.time()?,
        request_id: row.text()?,
        operation: row.text()?,
        actor_kind: row.text()?,
        actor_id: row.optional_text()?,
        actor_name: row.optional_text()?,
        address: row.optional_text()?,
        agent: row.optional_text()?,
        target_kind: row.text()?,
        target_id: row.optional_text()?,
        before: row.optional_text()?,
        after: row.optional_text()?,
        hash: None,
    })
}

impl Entry {
    /// The bytes that its hash is of. Its `id` is the store's own.
    pub(super) fn bytes(&self) -> Result<Vec<u8>, Error> {
        let what = (&self.organization, self.seq, self.at.timestamp_millis(), &self.request_id, &self.operation);
        let who = (&self.actor_kind, &self.actor_id, &self.actor_name, &self.address, &self.agent);
        let whom = (&self.target_kind, &self.target_id, &self.before, &self.after);
        serde_json::to_vec(&(what, who, whom)).map_err(|error| Error::Internal(error.to_string()))
    }
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

/// Entries, oldest first.
pub async fn list(directory: &Directory, search: &Search, page: Page) -> Result<Listed<Entry>, Error> {
    // within an organization entries have the same order by `seq`, by which there is an index
    let order = if search.organization.is_some() { "seq" } else { "id" };
    let mut sql = format!(
        "SELECT {COLUMNS}, (SELECT substr(s.hashes, (a.seq - s.first) * {HASH_LENGTH} + 1, {HASH_LENGTH}) \
         FROM audit_seals s WHERE s.organization = a.organization AND s.last >= a.seq AND s.first <= a.seq \
         ORDER BY s.last LIMIT 1) AS hash FROM audit a WHERE a.{order} > ?1"
    );
    let mut parameters = vec![Value::from(page.after), page.fetch().into()];
    let conditions = [
        ("a.organization = ", search.organization.as_deref().map(Value::from)),
        ("a.at >= ", search.since.map(Value::from)),
        ("a.operation = ", search.operation.as_deref().map(Value::from)),
        ("", search.actor.as_deref().map(Value::from)),
    ];
    for (condition, value) in conditions {
        if let Some(value) = value {
            parameters.push(value);
            let place = parameters.len();
            let condition = match condition {
                "" => format!("(a.actor_id = ?{place} OR a.actor_kind = ?{place})"),
                _ => format!("{condition}?{place}"),
            };
            sql.push_str(" AND ");
            sql.push_str(&condition);
        }
    }
    sql.push_str(&format!(" ORDER BY a.{order} LIMIT ?2"));
    let mut answers = directory.batch(vec![Statement { sql: sql.into(), parameters }]).await?;
    let entries = answers.read(|row| {
        let entry = read(row)?;
        Ok(Entry { hash: row.optional_text()?.filter(|hash| !hash.is_empty()), ..entry })
    })?;
    Ok(page.cut(entries, |entry| if order == "seq" { entry.seq } else { entry.id }))
}
