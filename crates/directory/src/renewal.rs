//! A change of the pepper: what was made under the one before is made anew under the present one.
//!
//! Of a secret only the digest is stored, so that it is renewed when somebody presents the secret. What is sealed, and the proofs of
//! the audit logs, are renewed in the background. Nothing of this costs anything where there is no pepper before.

use crate::database::{Row, Statement};
use crate::error::Error;
use crate::{Directory, audit};

/// Where digests of secrets are.
const DIGESTS: &[&str] = &[
    "UPDATE OR IGNORE keys SET digest = ?2 WHERE digest = ?1 RETURNING 1 AS renewed",
    "UPDATE OR IGNORE keys SET previous_digest = ?2 WHERE previous_digest = ?1 RETURNING 1 AS renewed",
    "UPDATE OR IGNORE tokens SET digest = ?2 WHERE digest = ?1 RETURNING 1 AS renewed",
    "UPDATE OR IGNORE sessions SET digest = ?2 WHERE digest = ?1 RETURNING 1 AS renewed",
];

/// Where sealed texts are kept for long: the table, the column, and what stands before the id in that which a text is sealed for.
const SEALED: &[(&str, &str, &str)] =
    &[("outbox", "sealed", ""), ("webhook_configs", "secret", ""), ("credentials", "sealed", "credential ")];

/// How many rows of a table are renewed at once.
const PART: i64 = 200;

/// Stores these secrets' digests anew where they are of the pepper before this one. Whether there was any: what was looked up in
/// vain is then to be looked up again.
pub(crate) async fn of_secrets(directory: &Directory, secrets: &[&str]) -> Result<bool, Error> {
    let Some(previous) = directory.vault.previous() else { return Ok(false) };
    let mut statements = Vec::with_capacity(DIGESTS.len() * secrets.len());
    for secret in secrets {
        let (old, new) = (previous.digest(secret), directory.vault.digest(secret));
        statements.extend(DIGESTS.iter().map(|sql| Statement::new(*sql).bind(old.as_str()).bind(new.as_str())));
    }
    let mut answers = directory.batch(statements).await?;
    for _ in 0..DIGESTS.len() * secrets.len() {
        if answers.row()?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Seals and proves anew a part of what was under the pepper before this one. How much: where it is nothing, all is done.
pub async fn of_seals(directory: &Directory) -> Result<usize, Error> {
    let Some(previous) = directory.vault.previous() else { return Ok(0) };
    let select = |(table, column, _): &(&str, &str, &str)| {
        // at random, so that those which do not open keep none waiting
        let sql = format!(
            "SELECT id, {column} AS sealed FROM {table} WHERE instr({column}, ?1) = 1 ORDER BY random() LIMIT ?2"
        );
        Statement::new(sql).bind(previous.mark()).bind(PART)
    };
    let mut answers = directory.batch(SEALED.iter().map(select).collect()).await?;
    let mut updates = Vec::new();
    for (table, column, purpose) in SEALED {
        for (id, sealed) in answers.read(|row: &mut Row| Ok((row.text()?, row.text()?)))? {
            let context = format!("{purpose}{id}");
            // what does not open was never ours to seal
            let Some(text) = directory.unseal(&sealed, &context) else { continue };
            let renewed = directory.seal(&text, &context)?;
            let sql = format!("UPDATE {table} SET {column} = ?3 WHERE id = ?1 AND {column} = ?2");
            updates.push(Statement::new(sql).bind(id).bind(sealed).bind(renewed));
        }
    }
    let count = updates.len();
    if count > 0 {
        directory.batch(updates).await?;
    }
    Ok(count + audit::renew_proofs(directory, previous, PART).await?)
}
