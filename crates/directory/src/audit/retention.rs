//! How long a log outlives its organization.

use chrono::TimeDelta;

use crate::Directory;
use crate::database::{Row, Statement};
use crate::error::Error;

/// How many logs are forgotten at once.
const LOGS: i64 = 50;
/// How many entries are forgotten at once.
const ENTRIES: i64 = 5_000;

/// SQL: whether a head is that of a deleted organization. One that was put back is there again, and its log goes on.
const IS_ENDED: &str =
    "ended_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM organizations o WHERE o.id = audit_heads.organization)";

/// Forgets some logs of organizations that were deleted longer ago than what is over is kept ([`crate::retention`]), and of those
/// that are more than the directory keeps. The answer is whether there may be more to forget.
pub async fn forget(directory: &Directory) -> Result<bool, Error> {
    let logs = Statement::new(format!(
        "SELECT json_group_array(organization) AS logs, COUNT(*) AS number FROM ( \
           SELECT organization FROM audit_heads WHERE {IS_ENDED} AND (ended_at <= ?1 OR ended_at < ( \
             SELECT ended_at FROM audit_heads WHERE {IS_ENDED} ORDER BY ended_at DESC LIMIT 1 OFFSET ?2)) \
           ORDER BY ended_at LIMIT {LOGS})"
    ))
    .bind(directory.now().checked_sub_signed(TimeDelta::days(directory.retention.into())))
    // past all that there are, there is nothing to compare with
    .bind(i64::from(directory.ended_logs.saturating_sub(1)));
    let found = directory.batch(vec![logs]).await?.read_one(|row| Ok((row.text()?, row.integer()?)))?;
    let Some((logs, number)) = found.filter(|(_, number)| *number > 0) else { return Ok(false) };
    let entries = Statement::new(format!(
        "DELETE FROM audit WHERE id IN ( \
           SELECT id FROM audit WHERE organization IN (SELECT value FROM json_each(?1)) LIMIT {ENTRIES})"
    ));
    let of_none = "organization IN (SELECT value FROM json_each(?1)) \
                   AND NOT EXISTS (SELECT 1 FROM audit WHERE audit.organization = ";
    let seals = Statement::new(format!("DELETE FROM audit_seals WHERE {of_none}audit_seals.organization)"));
    let heads = Statement::new(format!("DELETE FROM audit_heads WHERE {of_none}audit_heads.organization)"));
    let remaining = Statement::new(
        "SELECT EXISTS (SELECT 1 FROM audit_heads WHERE organization IN (SELECT value FROM json_each(?1))) AS remaining",
    );
    let statements = [entries, seals, heads, remaining].map(|statement| statement.bind(logs.as_str()));
    let mut answers = directory.batch(statements.into()).await?;
    for _ in 0..3 {
        answers.rows()?;
    }
    let is_remaining = answers.read_one(Row::integer)?.is_some_and(|remaining| remaining > 0);
    Ok(is_remaining || number == LOGS)
}
