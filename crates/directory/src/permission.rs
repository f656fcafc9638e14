//! Permissions: the scopes of an organization's base, and those made since, which are kept and shown (ricloud).

use serde_json::Value as Json;

use crate::audit::Subject;
use crate::columns::columns;
use crate::database::{DatabaseError, Row, Statement, Value};
use crate::error::Error;
use crate::organization::Organization;
use crate::window::{List, Window, Windowed, by_seq};
use crate::{Directory, Timestamp};

/// Permissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// The order of creation, and the id.
    pub seq: i64,
    /// What they are called.
    pub identifier: String,
    /// The scopes, each with its limits: a JSON object. The base has none of its own: they are the organization's
    /// setting.
    pub scopes: Option<String>,
    /// When they were made.
    pub created_at: Timestamp,
}

columns!("p": "seq", "identifier", "scopes", "created_at");

pub(crate) fn read(row: &mut Row) -> Result<Permission, DatabaseError> {
    Ok(Permission {
        seq: row.integer()?,
        identifier: row.text()?,
        scopes: row.optional_text()?,
        created_at: row.time()?,
    })
}

/// Whether this is a scope, `<kind>:<pattern>`: words joined by dots, of which the last may be `*` [ricloud, Permissions].
pub fn is_scope(scope: &str) -> bool {
    const KINDS: [&str; 4] = ["source_type", "task_type", "data_type", "file_type"];
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'));
    let Some((kind, pattern)) = scope.split_once(':') else { return false };
    let (rest, last) = pattern.rsplit_once('.').map_or((None, pattern), |(rest, last)| (Some(rest), last));
    KINDS.contains(&kind) && (last == "*" || is_word(last)) && rest.is_none_or(|rest| rest.split('.').all(is_word))
}

/// Whether these are the limits of a scope: an array of `{"level", "type", "value"}` and nothing else.
pub fn are_limits(limits: &Json) -> bool {
    limits.as_array().is_some_and(|limits| limits.iter().all(is_limit))
}

fn is_limit(limit: &Json) -> bool {
    let Some(limit) = limit.as_object() else { return false };
    let text = |name| limit.get(name).and_then(Json::as_str).unwrap_or_default();
    limit.len() == 3
        && matches!(text("level"), "organisation" | "key" | "user")
        && text("type") == "count"
        && limit.get("value").is_some_and(Json::is_u64)
}

/// The statement that makes the base of an organization, which the same batch may make; a second time it does nothing.
pub(crate) fn insert_base(organization: &str, now: Value) -> Statement {
    Statement::new(
        "INSERT INTO permissions (organization, identifier, created_at) \
         SELECT number, 'default', ?2 FROM organizations WHERE id = ?1 ON CONFLICT DO NOTHING",
    )
    .bind(organization)
    .bind(now)
}

pub(crate) fn select_base(organization: &Organization) -> Statement {
    Statement::new(format!("SELECT {COLUMNS} FROM permissions p WHERE p.organization = ?1 AND p.scopes IS NULL"))
        .bind(organization.number)
}

/// Permissions, newest first.
pub async fn list(
    directory: &Directory,
    organization: &Organization,
    window: &Window,
) -> Result<Windowed<Permission>, Error> {
    let list = List {
        columns: COLUMNS.to_owned(),
        tables: "permissions p",
        alias: "p",
        order: "seq",
        condition: "p.organization = ?1".into(),
        parameters: vec![organization.number.into()],
    };
    let mut answers = directory.batch(window.statements(list, by_seq).into()).await?;
    Ok(window.read(&mut answers, read)?)
}

/// Permissions by their id.
pub async fn find(directory: &Directory, organization: &Organization, seq: i64) -> Result<Option<Permission>, Error> {
    let statement =
        Statement::new(format!("SELECT {COLUMNS} FROM permissions p WHERE p.organization = ?1 AND p.seq = ?2"))
            .bind(organization.number)
            .bind(seq);
    Ok(directory.batch(vec![statement]).await?.read_one(read)?)
}

/// Makes permissions.
pub async fn create(
    directory: &Directory,
    organization: &Organization,
    identifier: &str,
    scopes: &str,
) -> Result<Permission, Error> {
    let statement = Statement::new(format!(
        "INSERT INTO permissions (organization, identifier, scopes, created_at) VALUES (?1, ?2, ?3, ?4) \
         RETURNING {RETURNING}"
    ))
    .bind(organization.number)
    .bind(identifier)
    .bind(scopes)
    .bind(directory.now());
    let subject = Subject::new_permission(organization);
    let made = directory.change(subject, vec![statement]).await?.read_one(read)?;
    made.ok_or_else(|| Error::Internal("new permissions are not there".into()))
}

/// Changes permissions other than the base; what is absent stays.
pub async fn update(
    directory: &Directory,
    organization: &Organization,
    seq: i64,
    identifier: Option<String>,
    scopes: Option<String>,
) -> Result<Option<Permission>, Error> {
    let statement = Statement::new(format!(
        "UPDATE permissions SET identifier = COALESCE(?3, identifier), scopes = COALESCE(?4, scopes) \
         WHERE organization = ?1 AND seq = ?2 AND scopes IS NOT NULL RETURNING {RETURNING}"
    ))
    .bind(organization.number)
    .bind(seq)
    .bind(identifier)
    .bind(scopes);
    let subject = Subject::permission(organization, seq);
    Ok(directory.change(subject, vec![statement]).await?.read_one(read)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes() {
        for good in ["source_type:icloud.*", "task_type:*", "data_type:icloud.account.info", "file_type:a_b-9"] {
            assert!(is_scope(good), "{good}");
        }
        for bad in [
            "",
            "icloud",
            "other:icloud",
            "source_type:",
            "source_type:a..b",
            "source_type:*.a",
            "source_type:A",
            "task_type:a*",
        ] {
            assert!(!is_scope(bad), "{bad}");
        }
    }
}
