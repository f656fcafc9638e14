//! Sessions: whoever signed in is known by a cookie, for a day at the most. A session ends with the secret that opened
//! it: triggers see to that, whichever dialect changes the secret; and with the key that is turned off
//! (`keyring::update`).

use std::sync::LazyLock;

use chrono::TimeDelta;
use tessera_validate::secret::{self, Kind};

use crate::credential::{self, Opener, Principal, read_user, recognized};
use crate::database::Statement;
use crate::error::Error;
use crate::{Directory, Timestamp, key, organization, renewal, user};

/// How long a session lasts.
const LIFETIME: TimeDelta = TimeDelta::hours(24);

/// Opens a session, and gives its secret, which nobody is told again. Nothing if what would open it was changed since.
pub async fn open(directory: &Directory, principal: &Principal, opener: &Opener) -> Result<Option<String>, Error> {
    let secret = directory.new_secret(Kind::Session);
    let now = directory.now();
    let end = now.checked_add_signed(LIFETIME).unwrap_or(now);
    let insert = match opener {
        Opener::Key { id, digest } => Statement::new(format!(
            "INSERT INTO sessions (digest, organization, key, expires_at) SELECT ?1, k.organization, k.id, ?2 FROM keys k \
             WHERE k.organization = ?3 AND k.id = ?4 AND k.digest = ?5 AND k.revoked_at IS NULL AND NOT {} \
             RETURNING digest",
            key::IS_DEACTIVATED
        ))
        .bind(directory.vault.digest(&secret))
        .bind(end)
        .bind(principal.organization().number)
        .bind(id.as_str())
        .bind(digest.as_str()),
        Opener::User { id, password } => Statement::new(
            "INSERT INTO sessions (digest, organization, user, expires_at) SELECT ?1, organization, id, ?2 FROM users \
             WHERE organization = ?3 AND id = ?4 AND password = ?5 RETURNING digest",
        )
        .bind(directory.vault.digest(&secret))
        .bind(end)
        .bind(principal.organization().number)
        .bind(id.as_str())
        .bind(password.as_str()),
    };
    let is_open = directory.batch(vec![insert]).await?.row()?.is_some();
    Ok(is_open.then_some(secret))
}

static OF_KEY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT s.expires_at AS s_expires_at, {}, {} FROM sessions s JOIN keys k ON k.id = s.key JOIN organizations o ON o.number = s.organization \
         WHERE s.digest = ?1 AND s.expires_at > ?2 AND k.revoked_at IS NULL \
         AND (k.expires_at IS NULL OR k.expires_at > ?2)",
        key::COLUMNS,
        organization::COLUMNS
    )
});

static OF_USER: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT s.expires_at AS s_expires_at, {}, {} FROM sessions s JOIN users u ON u.id = s.user JOIN organizations o ON o.number = s.organization \
         WHERE s.digest = ?1 AND s.expires_at > ?2 AND {}",
        user::COLUMNS,
        organization::COLUMNS,
        user::ACTIVE
    )
});

/// Recognizes who is signed in, as they are now. What has not the form of a session's secret is refused with no look-up.
pub async fn find(directory: &Directory, secret: &str) -> Result<Option<Principal>, Error> {
    if secret::parse(secret) == Some(Kind::Session) {
        credential::admit(directory, secret).await?;
    }
    Ok(find_with_end(directory, secret).await?.map(|(principal, _)| principal))
}

/// As [`find`], with when the session ends.
pub(crate) async fn find_with_end(
    directory: &Directory,
    secret: &str,
) -> Result<Option<(Principal, Timestamp)>, Error> {
    if secret::parse(secret) != Some(Kind::Session) {
        return Ok(None);
    }
    let mut found = find_once(directory, secret).await?;
    if found.is_none() && renewal::of_secrets(directory, &[secret]).await? {
        found = find_once(directory, secret).await?;
    }
    let Some((principal, end)) = found else { return Ok(None) };
    Ok(recognized(directory, Some(principal)).map(|principal| (principal, end)))
}

async fn find_once(directory: &Directory, secret: &str) -> Result<Option<(Principal, Timestamp)>, Error> {
    let (digest, now) = (directory.vault.digest(secret), directory.now());
    let select = |sql: &'static str| Statement::new(sql).bind(digest.as_str()).bind(now);
    let mut answers = directory.batch(vec![select(&OF_KEY), select(&OF_USER)]).await?;
    let key = answers.read_one(|row| {
        let end = row.time()?;
        Ok((Principal::Key(Box::new((key::read(row)?, organization::read(row)?))), end))
    })?;
    let user = answers.read_one(|row| {
        let end = row.time()?;
        Ok((Principal::User(read_user(row)?), end))
    })?;
    Ok(key.or(user))
}

/// Ends a session, if there is one.
pub async fn close(directory: &Directory, secret: &str) -> Result<(), Error> {
    if secret::parse(secret) == Some(Kind::Session) {
        let previous = directory.vault.previous().map(|previous| previous.digest(secret));
        let statement = Statement::new("DELETE FROM sessions WHERE digest IN (?1, ?2)");
        directory.batch(vec![statement.bind(directory.vault.digest(secret)).bind(previous)]).await?;
    }
    Ok(())
}
