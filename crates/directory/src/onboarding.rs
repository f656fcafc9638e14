//! Onboarding: a list of addresses becomes users with a seat and a token, as far as the seats reach.

use std::collections::HashSet;

use serde::Serialize;
use tessera_validate::email;
use tessera_validate::secret::Kind;

use crate::audit::Subject;
use crate::database::{Row, Statement};
use crate::error::Error;
use crate::organization::{Organization, Seats};
use crate::outbox::Template;
use crate::user::{last_number, new_login};
use crate::{Directory, Timestamp, json_parameters, seat, token};

/// The most addresses of one call. All that a call writes is one batch, and a store's batch has its bounds.
pub const MAX_ADDRESSES: usize = 10_000;
/// How many of those who were added an admin's mail names; it tells the count of all.
const MAX_TOLD: usize = 1_000;

/// What became of a list of addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Onboarded {
    /// The addresses that became users, in the order given.
    pub accepted: Vec<String>,
    /// The addresses that have an account already, or for which no seat was left, in the order given.
    pub refused: Vec<String>,
    /// The organization's seats afterwards.
    pub seats: Seats,
}

/// One address, with all that it needs to become a user.
#[derive(Serialize)]
struct Candidate<'a> {
    id: String,
    email: &'a str,
    key: String,
    token_id: String,
    digest: String,
    welcome_id: String,
    mail_id: String,
    sealed: String,
}

/// Onboards addresses in the order given. One that is a user of any organization is refused and takes no seat; another
/// becomes a member with a seat and a token that ends with the subscription, while a seat is free. Each is mailed a
/// welcome and the token, and each admin who was added. An address given twice is taken once, at its first place.
pub async fn onboard(
    directory: &Directory,
    organization: &Organization,
    emails: &[String],
) -> Result<Onboarded, Error> {
    let now = directory.now();
    let candidates = candidates(directory, emails)?;
    let parameters = json_parameters(&candidates)?;
    let ids: Vec<&str> = candidates.iter().map(|candidate| candidate.id.as_str()).collect();
    let ids = serde_json::to_string(&ids).map_err(|error| Error::Internal(error.to_string()))?;

    // each part sees what the parts before it inserted, and so the seats that they left
    let mut statements: Vec<Statement> =
        parameters.iter().map(|parameter| insert_users(organization, parameter, now)).collect();
    for parameter in &parameters {
        statements.push(insert_tokens(organization, parameter, now));
        statements.push(mail(organization, parameter, Template::Welcome, now));
        statements.push(mail(organization, parameter, Template::Token, now));
    }
    statements.push(mail_admins(directory, organization, &ids));
    let written = statements.len();
    statements.push(
        Statement::new("SELECT u.id AS id FROM json_each(?1) j CROSS JOIN users u ON u.id = j.value")
            .bind(ids.as_str()),
    );
    statements.push(seat::select(organization));

    let subject = Subject::users(organization, &ids);
    let mut answers = directory.change(subject, statements).await?;
    for _ in 0..written {
        answers.rows()?;
    }
    let made: HashSet<String> = answers.read(Row::text)?.into_iter().collect();
    if !made.is_empty() {
        directory.ports.mailer.wake(organization.number);
    }
    let (accepted, refused): (Vec<_>, Vec<_>) =
        candidates.into_iter().partition(|candidate| made.contains(&candidate.id));
    let addresses = |candidates: Vec<Candidate>| candidates.into_iter().map(|one| one.email.to_owned()).collect();
    Ok(Onboarded { accepted: addresses(accepted), refused: addresses(refused), seats: answers.seats()? })
}

fn candidates<'a>(directory: &Directory, emails: &'a [String]) -> Result<Vec<Candidate<'a>>, Error> {
    let mut seen = HashSet::new();
    let mut candidates = Vec::with_capacity(emails.len());
    for address in emails {
        let key = email::key(address);
        if seen.insert(key.clone()) {
            let secret = directory.new_secret(Kind::Token);
            let mail_id = directory.new_id();
            candidates.push(Candidate {
                id: directory.new_id(),
                email: address,
                key,
                token_id: directory.new_id(),
                digest: directory.vault.digest(&secret),
                welcome_id: directory.new_id(),
                sealed: directory.seal(&secret, &mail_id)?,
                mail_id,
            });
        }
    }
    Ok(candidates)
}

/// Makes users of those who have no account, in their order, as many as there are free seats.
fn insert_users(organization: &Organization, candidates: &str, now: Timestamp) -> Statement {
    Statement::new(concat!(
        "INSERT INTO users (id, organization, number, email, email_key, login, role, seated_at, created_at, updated_at) \
         SELECT id, ?2, ",
        last_number!("?2"),
        " + place, email, email_key, ",
        new_login!("?2", "c.email", "c.id"),
        ", 'member', ?3, ?3, ?3 FROM ( \
           SELECT j.value ->> 'id' AS id, j.value ->> 'email' AS email, j.value ->> 'key' AS email_key, \
             ROW_NUMBER() OVER (ORDER BY j.key) AS place \
           FROM json_each(?1) j \
           WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.email_key = j.value ->> 'key')) c \
         WHERE place <= (SELECT seats - (SELECT COUNT(*) FROM users s \
           WHERE s.organization = ?2 AND s.seated_at IS NOT NULL) FROM organizations WHERE number = ?2) \
         ORDER BY place",
    ))
    .bind(candidates)
    .bind(organization.number)
    .bind(now)
}

/// Gives a token to those who became users.
fn insert_tokens(organization: &Organization, candidates: &str, now: Timestamp) -> Statement {
    Statement::new(
        "INSERT INTO tokens (id, user, digest, expires_at, created_at) \
         SELECT j.value ->> 'token_id', u.id, j.value ->> 'digest', ?2, ?3 \
         FROM json_each(?1) j CROSS JOIN users u ON u.id = j.value ->> 'id' ORDER BY j.key",
    )
    .bind(candidates)
    .bind(token::subscription_end(organization, now))
    .bind(now)
}

/// Mails those who became users: the welcome, or the token.
fn mail(organization: &Organization, candidates: &str, template: Template, now: Timestamp) -> Statement {
    let (id, sealed) = match template {
        Template::Token => ("mail_id", "j.value ->> 'sealed'"),
        _ => ("welcome_id", "NULL"),
    };
    Statement::new(format!(
        "INSERT INTO outbox (id, organization, recipient, template, content, sealed, created_at) \
         SELECT j.value ->> '{id}', ?2, u.email, ?3, json_object('organization', ?4), {sealed}, ?5 \
         FROM json_each(?1) j CROSS JOIN users u ON u.id = j.value ->> 'id' ORDER BY j.key"
    ))
    .bind(candidates)
    .bind(organization.number)
    .bind(template.as_str())
    .bind(organization.settings.name.as_str())
    .bind(now)
}

/// Mails each admin who was added, if anybody was. The mails' ids are one new UUID, its last part counted up.
fn mail_admins(directory: &Directory, organization: &Organization, ids: &str) -> Statement {
    Statement::new(format!(
        "INSERT INTO outbox (id, organization, recipient, template, content, created_at) \
         SELECT substr(?3, 1, 24) || printf('%012x', ROW_NUMBER() OVER (ORDER BY a.seq)), ?2, a.email, ?4, \
           json_object('organization', ?5, 'count', (SELECT COUNT(*) FROM json_each(?1) j CROSS JOIN users u ON u.id = j.value), \
           'emails', json((SELECT json_group_array(email) FROM (SELECT u.email AS email \
             FROM json_each(?1) j CROSS JOIN users u ON u.id = j.value ORDER BY j.key LIMIT {MAX_TOLD})))), ?6 \
         FROM users a WHERE a.organization = ?2 AND a.role = 'admin' AND a.email IS NOT NULL \
           AND EXISTS (SELECT 1 FROM json_each(?1) j CROSS JOIN users u ON u.id = j.value) ORDER BY a.seq"
    ))
    .bind(ids)
    .bind(organization.number)
    .bind(directory.new_id())
    .bind(Template::UsersOnboarded.as_str())
    .bind(organization.settings.name.as_str())
    .bind(directory.now())
}
