//! Members: users as AppOptima has them, known by their login, each with the groups that the user is in. Any user of the
//! organization is one, whoever made it.

use std::collections::HashSet;

use serde::Serialize;
use tessera_validate::email;

use crate::audit::Subject;
use crate::collection::ByText;
use crate::database::{DatabaseError, Row, Statement};
use crate::error::{Conflict, Error, Noun};
use crate::organization::Organization;
use crate::password_policy::{self, PasswordPolicy};
use crate::user::{LAST_ADMIN, Role, last_number};
use crate::{Directory, json_parameters, password};

/// The most users of one call. All that a call writes is one batch, and a store's batch has its bounds.
pub const MAX_ADDED: usize = 10_000;
/// The most users of one call that have a password: hashing is slow by intent, and a Worker's time is bounded.
pub const MAX_ADDED_WITH_PASSWORD: usize = 200;

/// A user with the groups that it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The login.
    pub login: String,
    /// The e-mail address; empty where there is none.
    pub email: String,
    /// The first name; empty where it is not known.
    pub first_name: String,
    /// The last name; empty where it is not known.
    pub last_name: String,
    /// The slugs of the groups, in the order in which they were given.
    pub groups: Vec<String>,
}

/// A user to be made or replaced.
#[derive(Clone)]
pub struct Draft {
    /// The user, each group once.
    pub member: Member,
    /// The first password, if one is to be set.
    pub password: Option<String>,
}

/// The columns that [`read`] reads of the user `u`.
const COLUMNS: &str = "u.login AS login, COALESCE(u.email, '') AS email, COALESCE(u.first_name, '') AS first_name, \
    COALESCE(u.last_name, '') AS last_name, (SELECT json_group_array(g.slug ORDER BY m.place, g.seq) \
    FROM group_members m JOIN groups g ON g.id = m.group_id WHERE m.user = u.id) AS member_groups";

fn read(row: &mut Row) -> Result<Member, DatabaseError> {
    Ok(Member {
        login: row.text()?,
        email: row.text()?,
        first_name: row.text()?,
        last_name: row.text()?,
        groups: serde_json::from_slice(row.text()?.as_bytes())
            .map_err(|error| DatabaseError::Failed(error.to_string()))?,
    })
}

/// All members of an organization, in order of creation.
pub async fn list(directory: &Directory, organization: &Organization) -> Result<Vec<Member>, Error> {
    let statement =
        Statement::new(format!("SELECT {COLUMNS} FROM users u WHERE u.organization = ?1 ORDER BY u.number"));
    Ok(directory.batch(vec![statement.bind(organization.number)]).await?.read(read)?)
}

/// One member by its login, compared exactly. Refusal: [`Noun::User`] not found.
pub async fn find(directory: &Directory, organization: &Organization, login: &str) -> Result<Member, Error> {
    directory.batch(vec![select(organization, login)]).await?.read_one(read)?.ok_or(Error::NotFound(Noun::User))
}

fn select(organization: &Organization, login: &str) -> Statement {
    Statement::new(format!("SELECT {COLUMNS} FROM users u WHERE u.organization = ?1 AND u.login = ?2"))
        .bind(organization.number)
        .bind(login)
}

/// How the organization stands towards some drafts, as far as that decides about them.
#[derive(Debug)]
pub struct Standing {
    /// The logins of theirs that a user has, and whether that user has a password.
    logins: ByText<bool>,
    /// The e-mail keys of theirs that a user has, and that user's login.
    emails: ByText<String>,
    /// The groups of theirs that there are; nothing where every one is.
    groups: Option<HashSet<String>>,
    /// What is asked of a password.
    pub password_policy: PasswordPolicy,
}

impl Standing {
    /// How an organization stands that has users of these logins and e-mails, none with a password, and groups of these
    /// slugs, or every group.
    pub fn new(users: &[(String, String)], slugs: Option<&[String]>, password_policy: PasswordPolicy) -> Self {
        let (mut logins, mut emails) = (ByText::new(), ByText::new());
        for (login, email) in users {
            logins.insert(login.clone(), false);
            emails.insert(email::key(email), login.clone());
        }
        let groups = slugs.map(|slugs| slugs.iter().cloned().collect());
        Self { logins, emails, groups, password_policy }
    }

    /// The same, with users of these logins besides.
    #[must_use]
    pub fn with_logins(mut self, logins: impl Iterator<Item = String>) -> Self {
        for login in logins {
            self.logins.entry(login).or_default();
        }
        self
    }

    /// Whether a user has the login.
    pub fn has_login(&self, login: &str) -> bool {
        self.logins.contains_key(login)
    }

    /// Whether a user has the login, and a password.
    pub fn has_password(&self, login: &str) -> bool {
        self.logins.get(login).is_some_and(|has_password| *has_password)
    }

    /// Whether a user has the e-mail, letter case aside; the user of this login does not count.
    pub fn has_email(&self, email: &str, but: Option<&str>) -> bool {
        !self.emails.is_empty() && self.emails.get(&email::key(email)).is_some_and(|login| but != Some(login))
    }

    /// Whether there is such a group.
    pub fn has_group(&self, slug: &str) -> bool {
        self.groups.as_ref().is_none_or(|groups| groups.contains(slug))
    }
}

/// Reads, in one batch, what decides about drafts.
pub async fn survey(directory: &Directory, organization: &Organization, drafts: &[Draft]) -> Result<Standing, Error> {
    let keys: Vec<(&str, String)> =
        drafts.iter().map(|draft| (draft.member.login.as_str(), email::key(&draft.member.email))).collect();
    let keys = json_parameters(&keys)?;
    let slugs = named_groups(drafts)?;
    let mut statements = vec![password_policy::select(organization)];
    for parameter in &keys {
        statements.push(
            Statement::new(
                "SELECT u.login AS login, u.password IS NOT NULL AS has_password FROM json_each(?1) j \
                 CROSS JOIN users u ON u.organization = ?2 AND u.login = j.value ->> 0",
            )
            .bind(parameter.as_str())
            .bind(organization.number),
        );
    }
    for parameter in &keys {
        statements.push(
            Statement::new(
                "SELECT u.email_key AS email_key, u.login AS login FROM json_each(?1) j \
                 CROSS JOIN users u ON u.organization = ?2 AND u.email_key = j.value ->> 1",
            )
            .bind(parameter.as_str())
            .bind(organization.number),
        );
    }
    statements.extend(slugs.iter().map(|slugs| select_groups(organization, slugs)));

    let mut answers = directory.batch(statements).await?;
    let password_policy = answers.password_policy()?;
    let (mut logins, mut emails, mut groups) = (ByText::new(), ByText::new(), HashSet::new());
    for _ in &keys {
        logins.extend(answers.read(|row| Ok((row.text()?, row.boolean()?)))?);
    }
    for _ in &keys {
        emails.extend(answers.read(|row| Ok((row.text()?, row.text()?)))?);
    }
    for _ in &slugs {
        groups.extend(answers.read(Row::text)?);
    }
    Ok(Standing { logins, emails, groups: Some(groups), password_policy })
}

/// The slugs that drafts name, each once, as parameters. One longer than any can be is left out: it is no group's, and
/// might be more than a store takes.
fn named_groups(drafts: &[Draft]) -> Result<Vec<String>, Error> {
    const LIMIT: usize = 100_000;
    let mut seen = HashSet::new();
    let slugs = drafts.iter().flat_map(|draft| &draft.member.groups).map(String::as_str);
    let slugs: Vec<&str> = slugs.filter(|slug| slug.len() < LIMIT && seen.insert(*slug)).collect();
    if slugs.is_empty() { Ok(Vec::new()) } else { json_parameters(&slugs) }
}

fn select_groups(organization: &Organization, slugs: &str) -> Statement {
    Statement::new(
        "SELECT g.slug AS slug FROM json_each(?1) j CROSS JOIN groups g ON g.organization = ?2 AND g.slug = j.value",
    )
    .bind(slugs)
    .bind(organization.number)
}

/// A draft as a row.
#[derive(Serialize)]
struct NewRow<'a> {
    id: String,
    login: &'a str,
    email: &'a str,
    key: String,
    first: &'a str,
    last: &'a str,
    password: Option<String>,
}

/// Makes users of drafts, of which no two have one login or e-mail, in their order and in one batch, and gives those that
/// were made, as they are stored. One whose login or e-mail was taken meanwhile is left out, and so is a group that is gone.
pub async fn add(directory: &Directory, organization: &Organization, drafts: Vec<Draft>) -> Result<Vec<Member>, Error> {
    let mut rows = Vec::with_capacity(drafts.len());
    for Draft { member, password } in &drafts {
        rows.push(NewRow {
            id: directory.new_id(),
            login: &member.login,
            email: &member.email,
            key: email::key(&member.email),
            first: &member.first_name,
            last: &member.last_name,
            password: match password {
                Some(password) => Some(password::hash(directory, password).await?),
                None => None,
            },
        });
    }
    let memberships: Vec<(&str, &str, usize)> = rows
        .iter()
        .zip(&drafts)
        .flat_map(|(row, draft)| {
            draft.member.groups.iter().enumerate().map(|(place, slug)| (row.id.as_str(), slug.as_str(), place))
        })
        .collect();

    let parameters = json_parameters(&rows)?;
    let slugs = named_groups(&drafts)?;
    let now = directory.now();
    let mut statements = Vec::new();
    for parameter in &parameters {
        statements.push(
            Statement::new(concat!(
                "INSERT INTO users (id, organization, number, email, email_key, login, first_name, last_name, role, \
                 password, created_at, updated_at) SELECT j.value ->> 'id', ?2, ",
                last_number!("?2"),
                " + ROW_NUMBER() OVER (ORDER BY j.key), j.value ->> 'email', \
                 j.value ->> 'key', j.value ->> 'login', j.value ->> 'first', j.value ->> 'last', ?3, \
                 j.value ->> 'password', ?4, ?4 \
                 FROM json_each(?1) j WHERE \
                 NOT EXISTS (SELECT 1 FROM users u WHERE u.organization = ?2 AND u.email_key = j.value ->> 'key') \
                 AND NOT EXISTS (SELECT 1 FROM users u WHERE u.organization = ?2 AND u.login = j.value ->> 'login') \
                 ORDER BY j.key RETURNING id",
            ))
            .bind(parameter.as_str())
            .bind(organization.number)
            .bind(Role::Member.as_str())
            .bind(now),
        );
    }
    statements.extend(slugs.iter().map(|slugs| select_groups(organization, slugs)));
    for parameter in if memberships.is_empty() { Vec::new() } else { json_parameters(&memberships)? } {
        statements.push(
            Statement::new(
                "INSERT INTO group_members (user, group_id, place) SELECT u.id, g.id, j.value ->> 2 \
                 FROM json_each(?1) j CROSS JOIN users u ON u.id = j.value ->> 0 AND u.organization = ?2 \
                 CROSS JOIN groups g ON g.organization = ?2 AND g.slug = j.value ->> 1",
            )
            .bind(parameter)
            .bind(organization.number),
        );
    }

    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let ids = serde_json::to_string(&ids).map_err(|error| Error::Internal(error.to_string()))?;
    let subject = Subject::users(organization, &ids);
    let mut answers = directory.change(subject, statements).await?;
    let (mut made, mut groups) = (HashSet::new(), HashSet::new());
    for _ in &parameters {
        made.extend(answers.read(Row::text)?);
    }
    for _ in &slugs {
        groups.extend(answers.read(Row::text)?);
    }
    let is_made: Vec<bool> = rows.into_iter().map(|row| made.contains(&row.id)).collect();
    let members = drafts.into_iter().zip(is_made).filter(|(_, is_made)| *is_made).map(|(draft, _)| {
        let mut member = draft.member;
        member.groups.retain(|slug| groups.contains(slug));
        member
    });
    Ok(members.collect())
}

/// Replaces the user of the draft's login; the login stays, and so does a password where the draft has none. Refusals:
/// [`Noun::User`] not found, [`Conflict::EmailTaken`], [`Conflict::PasswordSet`].
pub async fn replace(directory: &Directory, organization: &Organization, draft: Draft) -> Result<Member, Error> {
    let Draft { member, password } = draft;
    let hash = match password {
        Some(password) => Some(password::hash(directory, &password).await?),
        None => None,
    };
    // a new hash, salted as it is, is this call's own: where it did not get in, nothing else of the call does
    let own = "u.organization = ?1 AND u.login = ?2 AND (?3 IS NULL OR u.password = ?3)";
    let mut statements = vec![
        Statement::new(
            "UPDATE users SET email = ?4, email_key = ?5, first_name = ?6, last_name = ?7, \
             password = COALESCE(?3, password), updated_at = ?8 \
             WHERE organization = ?1 AND login = ?2 AND (?3 IS NULL OR password IS NULL) RETURNING id",
        )
        .bind(organization.number)
        .bind(member.login.as_str())
        .bind(hash.as_deref())
        .bind(member.email.as_str())
        .bind(email::key(&member.email))
        .bind(member.first_name)
        .bind(member.last_name)
        .bind(directory.now()),
        Statement::new(format!("DELETE FROM group_members WHERE user IN (SELECT u.id FROM users u WHERE {own})"))
            .bind(organization.number)
            .bind(member.login.as_str())
            .bind(hash.as_deref()),
    ];
    let places: Vec<(&str, usize)> = member.groups.iter().map(String::as_str).zip(0..).collect();
    let parameters = json_parameters(&places)?;
    for parameter in &parameters {
        statements.push(
            Statement::new(format!(
                "INSERT INTO group_members (user, group_id, place) SELECT u.id, g.id, j.value ->> 1 \
                 FROM json_each(?4) j CROSS JOIN groups g ON g.organization = ?1 AND g.slug = j.value ->> 0 \
                 CROSS JOIN users u ON {own}"
            ))
            .bind(organization.number)
            .bind(member.login.as_str())
            .bind(hash.as_deref())
            .bind(parameter.as_str()),
        );
    }
    statements.push(select(organization, &member.login));

    let subject = Subject::member(organization, &member.login);
    let mut answers = directory.change(subject, statements).await?;
    let is_replaced = answers.row()?.is_some();
    answers.rows()?;
    for _ in &parameters {
        answers.rows()?;
    }
    match answers.read_one(read)? {
        Some(member) if is_replaced => Ok(member),
        Some(_) => Err(Error::Conflict(Conflict::PasswordSet)),
        None => Err(Error::NotFound(Noun::User)),
    }
}

/// Deletes the user of a login with all that the user has, and tells who it was, if there was one. Refusal:
/// [`Conflict::LastAdmin`].
pub async fn delete(directory: &Directory, organization: &Organization, login: &str) -> Result<Option<Member>, Error> {
    let statement = Statement::new(format!(
        "DELETE FROM users WHERE organization = ?1 AND login = ?2 AND NOT {LAST_ADMIN} RETURNING id"
    ));
    let statement = statement.bind(organization.number).bind(login);
    let statements = vec![select(organization, login), statement];
    let mut answers = directory.change(Subject::member(organization, login), statements).await?;
    let member = answers.read_one(read)?;
    let is_deleted = answers.row()?.is_some();
    if member.is_some() && !is_deleted { Err(Error::Conflict(Conflict::LastAdmin)) } else { Ok(member) }
}
