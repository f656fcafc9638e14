//! Attempts to sign in: whoever guesses has to wait, longer each time, and nobody else has to.
//!
//! What waits is an account as it is tried from one address, so that guessing locks its owner out from nowhere else; and an
//! address from which many accounts are tried. An attempt counts as failed before the secret is looked at, and is taken back
//! where it was the right one: so a thousand at once are as few guesses as a thousand in a row. An account that there is not
//! waits like any other.

use tessera_validate::email;

use crate::database::Statement;
use crate::error::Error;
use crate::ports::RetryAfter;
use crate::{Answers, Directory, Timestamp};

/// How much more an address may fail than an account tried from it: an office may have one address.
const ADDRESS_FACTOR: i64 = 10;
/// The longest that an account waits, and an address, in milliseconds. The first wait is a second, each next one twice as long.
const MAX_ACCOUNT_WAIT: i64 = 15 * 60_000;
const MAX_ADDRESS_WAIT: i64 = 60_000;

// a hundred of others' at a time, so that none is kept for long and no call pays for a flood
const SWEEP: &str = "DELETE FROM sign_in_failures WHERE expires_at <= ?1 AND (digest IN (?2, ?3) OR digest IN \
    (SELECT digest FROM sign_in_failures WHERE expires_at <= ?1 ORDER BY expires_at LIMIT 100))";

const STANDING: &str = "SELECT COALESCE(MAX(blocked_until), 0) AS blocked_until, \
    COALESCE(SUM(CASE WHEN digest = ?1 THEN failures END), 0) AS failures \
    FROM sign_in_failures WHERE digest IN (?1, ?2)";

/// SQL: counts a failure of `?1` at `?2`, the `?3`rd of which waits, `?4` at the most, if the condition holds. Failures count
/// for an hour after the last.
macro_rules! count {
    ($condition:literal) => {
        concat!(
            "INSERT INTO sign_in_failures (digest, failures, blocked_until, expires_at) \
             SELECT ?1, 1, CASE WHEN ?3 <= 1 THEN ?2 + 1000 ELSE 0 END, ?2 + 3600000 WHERE ",
            $condition,
            " ON CONFLICT (digest) DO UPDATE SET failures = failures + 1, expires_at = excluded.expires_at, blocked_until = \
             CASE WHEN failures + 1 < ?3 THEN 0 ELSE ?2 + MIN(?4, 1000 << MIN(failures + 1 - ?3, 20)) END RETURNING digest"
        )
    };
}

// a client that presents its own secret is no attempt: most do so with each call, which is to write nothing
const COUNT_ACCOUNT: &str = count!(
    "NOT EXISTS (SELECT 1 FROM sign_in_failures WHERE digest IN (?1, ?5) AND blocked_until > ?2) \
     AND NOT EXISTS (SELECT 1 FROM keys k WHERE k.digest IN (?7, ?8) \
       AND (k.client_id = ?6 OR (k.id = ?6 AND k.kind = 'service_account')))"
);
const COUNT_ADDRESS: &str = count!("changes() > 0");

/// A client id and the two digests that its secret may have, of which the right one is no attempt.
pub(crate) struct Client<'a> {
    pub(crate) id: &'a str,
    pub(crate) bound: &'a str,
    pub(crate) plain: &'a str,
}

/// An attempt at an account, from an address.
pub(crate) struct Attempt {
    account: String,
    address: String,
    allowed: i64,
    now: Timestamp,
    failures: i64,
    is_counted: bool,
}

impl Attempt {
    /// Of how many statements [`Self::statements`] are.
    pub(crate) const STATEMENTS: usize = 4;

    /// Nothing where this host counts none. An account is called as it signs in, whether there is one or not.
    pub(crate) fn new(directory: &Directory, account: &str, address: &str) -> Option<Self> {
        let allowed = i64::from(directory.ports.limits.sign_in_failures?.get());
        // no secret has a NUL in its place, so that this is the digest of none
        let account = directory.vault.digest(format!("sign-in\0{}\0{address}", email::key(account)));
        let address = directory.vault.digest(format!("sign-in\0\0{address}"));
        Some(Self { account, address, allowed, now: directory.now(), failures: 0, is_counted: false })
    }

    /// The statements that count it. They come before those which look the account up.
    pub(crate) fn statements(&self, client: Option<&Client<'_>>) -> [Statement; Self::STATEMENTS] {
        let count = |sql: &'static str, digest: &str, allowed: i64, longest: i64| {
            Statement::new(sql).bind(digest).bind(self.now).bind(allowed).bind(longest)
        };
        [
            Statement::new(SWEEP).bind(self.now).bind(self.account.as_str()).bind(self.address.as_str()),
            Statement::new(STANDING).bind(self.account.as_str()).bind(self.address.as_str()),
            count(COUNT_ACCOUNT, &self.account, self.allowed, MAX_ACCOUNT_WAIT)
                .bind(self.address.as_str())
                .bind(client.map(|client| client.id.to_owned()))
                .bind(client.map(|client| client.bound.to_owned()))
                .bind(client.map(|client| client.plain.to_owned())),
            count(COUNT_ADDRESS, &self.address, self.allowed * ADDRESS_FACTOR, MAX_ADDRESS_WAIT),
        ]
    }

    /// Reads their answers. Refusal: [`Error::RateLimited`], and then the secret is not to be looked at.
    pub(crate) fn read(&mut self, answers: &mut Answers) -> Result<(), Error> {
        answers.rows()?;
        let standing = answers.read_one(|row| Ok((row.integer()?, row.integer()?)))?;
        let (blocked_until, failures) = standing.unwrap_or_default();
        self.is_counted = answers.row()?.is_some();
        answers.rows()?;
        self.failures = failures;
        let wait = blocked_until - self.now.timestamp_millis();
        if wait > 0 { Err(RetryAfter::milliseconds(wait).into()) } else { Ok(()) }
    }

    /// It was the right secret: the account starts anew, and the address is as before.
    pub(crate) async fn succeeded(self, directory: &Directory) -> Result<(), Error> {
        let mut statements = Vec::with_capacity(2);
        if self.is_counted || self.failures > 0 {
            statements.push(Statement::new("DELETE FROM sign_in_failures WHERE digest = ?1").bind(self.account));
        }
        if self.is_counted {
            let take_back =
                "UPDATE sign_in_failures SET failures = MAX(failures - 1, 0), blocked_until = 0 WHERE digest = ?1";
            statements.push(Statement::new(take_back).bind(self.address));
        }
        if !statements.is_empty() {
            directory.batch(statements).await?;
        }
        Ok(())
    }
}
