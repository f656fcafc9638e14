//! Inquiries: what a presented credential is, or why it is nobody's. It is for whoever runs the server; a caller is never
//! told.

use tessera_validate::secret::{self, Kind};

use crate::credential::{Claims, ISSUER};
use crate::database::{DatabaseError, Row, Statement};
use crate::error::Error;
use crate::{Directory, Timestamp};

/// What is known of a credential.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inquiry {
    /// What it is, in a sentence without the credential itself.
    pub verdict: String,
    /// By what its holder is called: ids, names, logins and addresses, and the organization's id, number and slug.
    pub names: Vec<String>,
}

impl Inquiry {
    fn unknown(verdict: &str) -> Self {
        Self { verdict: verdict.to_owned(), names: Vec::new() }
    }
}

const KEY: &str = "SELECT k.id AS id, k.name AS name, k.client_id AS client_id, NULL AS email, \
    o.id AS o_id, CAST(o.number AS TEXT) AS o_number, o.slug AS o_slug, k.revoked_at AS revoked_at, \
    CASE WHEN k.digest = ?1 THEN k.expires_at ELSE k.previous_until END AS expires_at \
    FROM keys k JOIN organizations o ON o.number = k.organization WHERE k.digest = ?1 OR k.previous_digest = ?1";
const KEY_BY_ID: &str = "SELECT k.id AS id, k.name AS name, k.client_id AS client_id, NULL AS email, \
    o.id AS o_id, CAST(o.number AS TEXT) AS o_number, o.slug AS o_slug, k.revoked_at AS revoked_at, \
    k.expires_at AS expires_at FROM keys k JOIN organizations o ON o.number = k.organization WHERE k.id = ?1";
const TOKEN: &str = "SELECT u.id AS id, u.login AS name, NULL AS client_id, u.email AS email, \
    o.id AS o_id, CAST(o.number AS TEXT) AS o_number, o.slug AS o_slug, t.revoked_at AS revoked_at, \
    t.expires_at AS expires_at \
    FROM tokens t JOIN users u ON u.id = t.user JOIN organizations o ON o.number = u.organization WHERE t.digest = ?1";
const USER: &str = "SELECT u.id AS id, u.login AS name, NULL AS client_id, u.email AS email, \
    o.id AS o_id, CAST(o.number AS TEXT) AS o_number, o.slug AS o_slug, NULL AS revoked_at, NULL AS expires_at \
    FROM users u JOIN organizations o ON o.number = u.organization WHERE u.id = ?1";
const SESSION: &str = "SELECT COALESCE(u.id, k.id) AS id, COALESCE(u.login, k.name) AS name, k.client_id AS client_id, \
    u.email AS email, o.id AS o_id, CAST(o.number AS TEXT) AS o_number, o.slug AS o_slug, NULL AS revoked_at, \
    s.expires_at AS expires_at \
    FROM sessions s JOIN organizations o ON o.number = s.organization \
    LEFT JOIN users u ON u.id = s.user LEFT JOIN keys k ON k.id = s.key WHERE s.digest = ?1";

/// Says what a credential is, that a caller presents by itself: a key, a token, a session's cookie or an access token.
pub async fn inquire(directory: &Directory, credential: &str) -> Result<Inquiry, Error> {
    let (sql, what) = match secret::parse(credential) {
        Some(Kind::Root) if directory.vault.is_root(credential) => return Ok(Inquiry::unknown("it is the root key")),
        Some(Kind::Root) => return Ok(Inquiry::unknown("it has the form of a root key and is another one")),
        Some(Kind::Key | Kind::ClientSecret) => (KEY, "key"),
        Some(Kind::Token) => (TOKEN, "token"),
        Some(Kind::Session) => (SESSION, "session"),
        None if credential.matches('.').count() == 2 => return access_token(directory, credential).await,
        None if credential.is_empty() => return Ok(Inquiry::unknown("it is empty")),
        None if credential.starts_with("tsr_") => {
            return Ok(Inquiry::unknown("its checksum does not hold: a slip of the pen, or made up"));
        }
        None => return Ok(Inquiry::unknown("it has not the form of any credential of this server")),
    };
    let mut found = look_up(directory, sql, &directory.vault.digest(credential), what).await?;
    if found.names.is_empty()
        && let Some(previous) = directory.vault.previous()
    {
        found = look_up(directory, sql, &previous.digest(credential), what).await?;
    }
    Ok(found)
}

async fn access_token(directory: &Directory, token: &str) -> Result<Inquiry, Error> {
    let claims = directory.vault.unsign(token).and_then(|claims| serde_json::from_slice::<Claims>(&claims).ok());
    let Some(claims) = claims.filter(|claims| claims.iss == ISSUER) else {
        return Ok(Inquiry::unknown("it is an access token that this server did not sign"));
    };
    let (sql, what) = if claims.is_key() { (KEY_BY_ID, "key") } else { (USER, "user") };
    let found = look_up(directory, sql, &claims.sub, what).await?;
    if claims.exp <= directory.now().timestamp() {
        let ended = Timestamp::from_timestamp(claims.exp, 0).map_or_else(String::new, |end| format!(" at {end:?}"));
        return Ok(Inquiry { verdict: format!("it is an access token that ended{ended}"), ..found });
    }
    Ok(Inquiry { verdict: format!("it is an access token; {}", found.verdict), ..found })
}

async fn look_up(directory: &Directory, sql: &'static str, value: &str, what: &str) -> Result<Inquiry, Error> {
    let mut answers = directory.batch(vec![Statement::new(sql).bind(value)]).await?;
    let Some((names, revoked_at, expires_at)) = answers.read_one(read)? else {
        return Ok(Inquiry { verdict: format!("there is no such {what}"), names: Vec::new() });
    };
    let name = names.get(1).or(names.first()).cloned().unwrap_or_default();
    let now = directory.now();
    let verdict = match (revoked_at, expires_at) {
        (Some(at), _) => format!("the {what} {name} was revoked at {at:?}"),
        (None, Some(at)) if at <= now => format!("the {what} {name} ended at {at:?}"),
        (None, _) => format!("the {what} {name} is good"),
    };
    Ok(Inquiry { verdict, names })
}

type Found = (Vec<String>, Option<Timestamp>, Option<Timestamp>);

fn read(row: &mut Row) -> Result<Found, DatabaseError> {
    let mut names = Vec::new();
    for _ in 0..7 {
        names.extend(row.optional_text()?);
    }
    Ok((names, row.optional_time()?, row.optional_time()?))
}
