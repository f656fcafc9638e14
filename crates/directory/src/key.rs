//! Keys: an organization's own secrets. A key belongs to the organization and outlives its maker.

use std::sync::{LazyLock, Mutex, PoisonError};

use chrono::TimeDelta;
use tessera_validate::secret::Kind as SecretKind;

use crate::audit::Subject;
use crate::chosen::Chosen;
use crate::collection::ByText;
use crate::columns::columns;
use crate::database::{DatabaseError, Row, Statement};
use crate::error::{Conflict, Error, Noun};
use crate::organization::{self, Organization};
use crate::page::{Listed, Page};
use crate::presumption::{self, Seen};
use crate::recent::{self, Kept};
use crate::words::words;
use crate::{Directory, Timestamp, renewal, vault};

words! {
    /// How a key is presented.
    Kind {
        /// By itself, as a bearer.
        Standard = "standard",
        /// As an OAuth client's secret, with the key's id as the client's (Anaconda's service account).
        ServiceAccount = "service_account",
        /// By its client id and the secret that its maker chose (Octane's API access).
        ApiAccess = "api_access",
    }
}

words! {
    /// What a key may do.
    Scope {
        /// Everything in its organization.
        All = "*",
        /// Read the organization and its settings.
        OrganizationRead = "organization:read",
        /// Change what an organization may change of itself.
        OrganizationWrite = "organization:write",
        /// Read users.
        UsersRead = "users:read",
        /// Create, change and delete users.
        UsersWrite = "users:write",
        /// Read who holds a seat.
        SeatsRead = "seats:read",
        /// Give seats and take them away.
        SeatsWrite = "seats:write",
        /// Read which tokens there are.
        TokensRead = "tokens:read",
        /// Issue, extend and revoke tokens.
        TokensWrite = "tokens:write",
        /// Read which keys there are, and verify one.
        KeysRead = "keys:read",
        /// Create, rotate and revoke keys.
        KeysWrite = "keys:write",
        /// Read the outbox.
        OutboxRead = "outbox:read",
        /// Have what was given up sent again.
        OutboxWrite = "outbox:write",
        /// Read the audit log.
        AuditRead = "audit:read",
        /// Call the cluster API (AppOptima's permission of this name).
        ServiceProvider = "ServiceProviderAPI",
    }
}

/// What a service account may do: everything about people.
pub const SERVICE_ACCOUNT_SCOPES: &[Scope] =
    &[Scope::UsersRead, Scope::UsersWrite, Scope::SeatsRead, Scope::SeatsWrite, Scope::TokensRead, Scope::TokensWrite];

/// A key. Its secret is known to its holder alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The order of creation.
    pub seq: i64,
    /// The UUID; a service account's client id.
    pub id: String,
    /// How it is presented.
    pub kind: Kind,
    /// What it is called. Names need not be unique.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// Until when the secret before the last rotation opens it as well.
    pub previous_until: Option<Timestamp>,
    /// When it ends; absent: never.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// The client id with which its secret is presented, where there is one.
    pub client_id: Option<String>,
    /// Octane's workspace roles that it holds, by their ids, ascending.
    pub workspace_roles: Vec<i64>,
    /// How many more times the organization may have it verified; absent: any number.
    pub remaining: Option<i64>,
}

impl Key {
    /// Whether it may do something.
    pub fn has_scope(&self, scope: Scope) -> bool {
        self.scopes.iter().any(|held| *held == Scope::All || *held == scope)
    }

    /// What whoever is told its secret must be allowed, for whoever knows that holds it: its scopes, and for one with workspace
    /// roles everything, as one of them is the space's admin.
    pub fn scopes_to_hold(&self) -> impl Iterator<Item = Scope> {
        let all = (!self.workspace_roles.is_empty()).then_some(Scope::All);
        self.scopes.iter().copied().chain(all)
    }

    /// Whether it opens anything.
    pub(crate) fn is_live(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| end > now)
    }
}

columns!("k": "seq", "id", "kind", "name", "scopes", "previous_until", "expires_at", "revoked_at", "last_used_at",
    "created_at", "client_id", "workspace_roles", "remaining");

pub(crate) fn read(row: &mut Row) -> Result<Key, DatabaseError> {
    let (seq, id, kind) = (row.integer()?, row.text()?, Kind::read(&row.text()?)?);
    Ok(Key {
        name: row.text()?,
        scopes: row.text()?.split(' ').filter(|word| !word.is_empty()).map(Scope::read).collect::<Result<_, _>>()?,
        previous_until: row.optional_time()?,
        expires_at: row.optional_time()?,
        revoked_at: row.optional_time()?,
        last_used_at: row.optional_time()?,
        created_at: row.time()?,
        client_id: row.optional_text()?.or_else(|| (kind == Kind::ServiceAccount).then(|| id.clone())),
        workspace_roles: row.text()?.split(' ').filter_map(|role| role.parse().ok()).collect(),
        remaining: row.optional_integer()?,
        seq,
        id,
        kind,
    })
}

pub(crate) fn join(scopes: &[Scope]) -> String {
    scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ")
}

/// A key to be made.
#[derive(Debug)]
pub struct NewKey {
    /// How it is presented.
    pub kind: Kind,
    /// What it is called.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// When it ends; absent: never.
    pub expires_at: Option<Timestamp>,
    /// How many times it may be verified; absent: any number.
    pub remaining: Option<i64>,
}

/// Makes a key, and gives its secret, which nobody is told again.
pub async fn create(directory: &Directory, organization: &Organization, new: NewKey) -> Result<(Key, String), Error> {
    create_as(directory, organization, Chosen::default(), new).await
}

/// Makes a key as [`create`] does, whose id and secret may be chosen. It fails where they are taken.
pub async fn create_as(
    directory: &Directory,
    organization: &Organization,
    mut chosen: Chosen,
    new: NewKey,
) -> Result<(Key, String), Error> {
    let secret = chosen.secret(directory, secret_kind(new.kind));
    let id = chosen.id(directory);
    let statement = Statement::new(format!(
        "INSERT INTO keys (id, organization, kind, name, scopes, digest, expires_at, created_at, remaining) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) RETURNING {RETURNING}"
    ))
    .bind(id.as_str())
    .bind(organization.number)
    .bind(new.kind.as_str())
    .bind(new.name)
    .bind(join(&new.scopes))
    .bind(directory.vault.digest(&secret))
    .bind(new.expires_at)
    .bind(directory.now())
    .bind(new.remaining);
    let subject = Subject::key(organization, &id).made();
    let key = directory.change(subject, vec![statement]).await?.read_one(read)?;
    Ok((key.ok_or_else(|| Error::Internal("a new key is not there".into()))?, secret))
}

fn secret_kind(kind: Kind) -> SecretKind {
    match kind {
        Kind::Standard => SecretKind::Key,
        Kind::ServiceAccount | Kind::ApiAccess => SecretKind::ClientSecret,
    }
}

/// What the digest of an access key's secret is of.
pub(crate) fn bound(client_id: &str, secret: &str) -> String {
    format!("{client_id}\0{secret}")
}

/// What is stored of a secret that somebody chose: it binds the client id, for another may choose the same.
pub(crate) fn chosen_digest(directory: &Directory, client_id: &str, secret: &str) -> String {
    directory.vault.digest(bound(client_id, secret))
}

/// What is stored of a secret that was made for a key. An access key's binds its client id, as those that are chosen for it do.
fn digest(directory: &Directory, key: &Key, secret: &str) -> String {
    match (key.kind, &key.client_id) {
        (Kind::ApiAccess, Some(client_id)) => chosen_digest(directory, client_id, secret),
        (Kind::ApiAccess | Kind::Standard | Kind::ServiceAccount, _) => directory.vault.digest(secret),
    }
}

/// The statement that makes the first key of the organization that the same batch makes.
pub(crate) fn insert_first(directory: &Directory, organization: &str, secret: &str) -> Statement {
    Statement::new(
        "INSERT INTO keys (id, organization, kind, name, scopes, digest, created_at) \
         SELECT ?1, number, ?3, 'api_key', ?4, ?5, ?6 FROM organizations WHERE id = ?2",
    )
    .bind(directory.new_id())
    .bind(organization)
    .bind(Kind::Standard.as_str())
    .bind(Scope::All.as_str())
    .bind(directory.vault.digest(secret))
    .bind(directory.now())
}

/// The keys of an organization, the revoked too, oldest first.
pub async fn list(directory: &Directory, organization: &Organization, page: Page) -> Result<Listed<Key>, Error> {
    let statement = Statement::new(format!(
        "SELECT {COLUMNS} FROM keys k WHERE k.organization = ?1 AND k.seq > ?2 ORDER BY k.seq LIMIT ?3"
    ));
    let statement = statement.bind(organization.number).bind(page.after).bind(page.fetch());
    Ok(page.cut(directory.batch(vec![statement]).await?.read(read)?, |key| key.seq))
}

/// The service accounts of an organization that are not revoked, newest first.
pub async fn list_service_accounts(directory: &Directory, organization: &Organization) -> Result<Vec<Key>, Error> {
    let statement = Statement::new(format!(
        "SELECT {COLUMNS} FROM keys k WHERE k.organization = ?1 AND k.kind = ?2 AND k.revoked_at IS NULL \
         ORDER BY k.seq DESC"
    ));
    let statement = statement.bind(organization.number).bind(Kind::ServiceAccount.as_str());
    Ok(directory.batch(vec![statement]).await?.read(read)?)
}

/// One key by its UUID. Refusal: [`Noun::Key`] not found.
pub async fn find(directory: &Directory, organization: &Organization, id: &str) -> Result<Key, Error> {
    let mut answers = directory.batch(vec![select(organization, id)]).await?;
    answers.read_one(read)?.ok_or(Error::NotFound(Noun::Key))
}

fn select(organization: &Organization, id: &str) -> Statement {
    Statement::new(format!("SELECT {COLUMNS} FROM keys k WHERE k.organization = ?1 AND k.id = ?2"))
        .bind(organization.number)
        .bind(id)
}

/// How a key is rotated.
#[derive(Debug, Default)]
pub struct Rotation {
    /// How long the secret before opens it as well.
    pub grace: TimeDelta,
    /// How many times it may be verified from now on, if that is to change; absent inside: any number.
    pub remaining: Option<Option<i64>>,
}

/// Gives a key another secret; the one before opens it until the grace is over. Refusals: [`Noun::Key`] not found,
/// [`Conflict::KeyRevoked`].
pub async fn rotate(
    directory: &Directory,
    organization: &Organization,
    key: &Key,
    Rotation { grace, remaining }: Rotation,
) -> Result<(Key, String), Error> {
    let now = directory.now();
    let secret = directory.new_secret(secret_kind(key.kind));
    let until = now.checked_add_signed(grace).unwrap_or(now);
    let statement = Statement::new(format!(
        "UPDATE keys SET previous_digest = CASE WHEN ?4 > ?5 THEN digest END, \
         previous_until = CASE WHEN ?4 > ?5 THEN ?4 END, digest = ?3, version = version + 1, updated_at = ?5, \
         remaining = CASE WHEN ?6 THEN ?7 ELSE remaining END \
         WHERE organization = ?1 AND id = ?2 AND revoked_at IS NULL RETURNING {RETURNING}"
    ))
    .bind(organization.number)
    .bind(key.id.as_str())
    .bind(digest(directory, key, &secret))
    .bind(until)
    .bind(now)
    .bind(remaining.is_some())
    .bind(remaining.flatten());
    Ok((change(directory, organization, &key.id, statement).await?, secret))
}

/// Revokes a key at once, with the secret before its last rotation. Refusals: [`Noun::Key`] not found,
/// [`Conflict::KeyRevoked`].
pub async fn revoke(directory: &Directory, organization: &Organization, id: &str) -> Result<Key, Error> {
    // what has a client id may come to life again, and its secret must not
    let statement = Statement::new(format!(
        "UPDATE keys SET revoked_at = ?3, version = version + 1, updated_at = ?3, \
         digest = CASE WHEN kind <> 'standard' THEN id ELSE digest END, \
         previous_digest = CASE WHEN kind = 'standard' THEN previous_digest END \
         WHERE organization = ?1 AND id = ?2 AND revoked_at IS NULL RETURNING {RETURNING}"
    ));
    let statement = statement.bind(organization.number).bind(id).bind(directory.now());
    change(directory, organization, id, statement).await
}

async fn change(
    directory: &Directory,
    organization: &Organization,
    id: &str,
    statement: Statement,
) -> Result<Key, Error> {
    let statements = vec![select(organization, id), statement];
    let mut answers = directory.change(Subject::key(organization, id), statements).await?;
    answers.row()?.ok_or(Error::NotFound(Noun::Key))?;
    answers.read_one(read)?.ok_or(Error::Conflict(Conflict::KeyRevoked))
}

/// Deletes a service account: its credentials are worth nothing from then on. Refusal: [`Noun::Key`] not found.
pub async fn delete_service_account(directory: &Directory, organization: &Organization, id: &str) -> Result<(), Error> {
    let statement = Statement::new(
        "UPDATE keys SET revoked_at = ?4, version = version + 1, updated_at = ?4, digest = id, previous_digest = NULL \
         WHERE organization = ?1 AND id = ?2 AND kind = ?3 AND revoked_at IS NULL RETURNING id",
    )
    .bind(organization.number)
    .bind(id)
    .bind(Kind::ServiceAccount.as_str())
    .bind(directory.now());
    let mut answers = directory.change(Subject::key(organization, id), vec![statement]).await?;
    answers.row()?.map(drop).ok_or(Error::NotFound(Noun::Key))
}

/// What a presented secret turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verification {
    /// It opens this key of this organization.
    Valid(Box<(Key, Organization)>),
    /// It has not the form of a key, or its checksum does not hold: a slip of the pen, or made up.
    Malformed,
    /// No key has it.
    Unknown,
    /// Its key has ended.
    Expired(Box<(Key, Organization)>),
    /// Its key was revoked, or is turned off.
    Revoked(Box<(Key, Organization)>),
}

/// Takes a verification's cost off what a key has left, and tells what is left then. Nothing where it has not that much: of
/// many at once, only so many take it as there is.
pub async fn take(directory: &Directory, key: &Key, cost: i64) -> Result<Option<Key>, Error> {
    let statement = Statement::new(format!(
        "UPDATE keys SET remaining = remaining - ?2 WHERE seq = ?1 AND (remaining IS NULL OR remaining >= ?2) \
         RETURNING {RETURNING}"
    ));
    let mut answers = directory.batch(vec![statement.bind(key.seq).bind(cost)]).await?;
    Ok(answers.read_one(read)?)
}

/// How fresh a verification has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// By what the store told no longer ago than [`recent::MAX_AGE`], on this host or another.
    Recent,
    /// By what the store tells now.
    Now,
}

/// Says what a presented secret is, and notes that its key was used.
pub async fn verify(directory: &Directory, secret: &str, freshness: Freshness) -> Result<Verification, Error> {
    Ok(open(directory, secret, freshness).await?.verification)
}

/// As [`verify`], with until when the secret opens its key.
pub(crate) async fn open(directory: &Directory, secret: &str, freshness: Freshness) -> Result<Opened, Error> {
    let Some(digest) = digest_of_key(directory, secret) else {
        return Ok(Opened { verification: Verification::Malformed, until: None, print: None });
    };
    if freshness == Freshness::Recent
        && let Some(row) = recent::find(directory, &digest).await
        && let Some(opened) = reopened(row, &digest, directory.now())
    {
        return Ok(opened);
    }
    let asked_at = directory.now();
    let row = ask_of_secret(directory, &BY_DIGEST.select, secret, &digest, asked_at).await?;
    let values = row.as_ref().map(|row| row.rest().to_vec()).unwrap_or_default();
    let opened = match row {
        Some(row) => judge(directory, row, By::Digest, &digest, asked_at)?,
        None => Opened::UNKNOWN,
    };
    // only what is good is kept, and no key whose verifications are counted
    if let Verification::Valid(found) = &opened.verification
        && found.0.remaining.is_none()
    {
        let organization = found.1.id.clone();
        recent::keep(directory, &digest, &Kept { asked_at: asked_at.timestamp_millis(), organization, values });
    } else if freshness == Freshness::Now {
        // whoever was told what is so now is told nothing older afterwards
        recent::end(directory, &digest, vec![digest.clone()]);
    }
    Ok(opened)
}

/// What a row that was kept says, as long as that is good and there is no use of the key to be noted in the store.
fn reopened(row: Row, digest: &str, now: Timestamp) -> Option<Opened> {
    let opened = read_opened(row, By::Digest, digest, now).ok()?;
    let Verification::Valid(found) = &opened.verification else { return None };
    let age = now - found.0.last_used_at?;
    (age < TimeDelta::milliseconds(USE_INTERVAL)).then_some(opened)
}

/// The columns of a row that may be kept.
pub(crate) fn kept_columns() -> &'static str {
    &BY_DIGEST.select
}

/// Looks a caller's secret up in the store, and notes that its key was used.
pub(crate) async fn look_up_secret(directory: &Directory, secret: &str) -> Result<Verification, Error> {
    let Some(digest) = digest_of_key(directory, secret) else { return Ok(Verification::Malformed) };
    let now = directory.now();
    if let Some(found) = presumed(directory, By::Digest, &digest, now) {
        return Ok(Verification::Valid(found));
    }
    let select = BY_DIGEST.select_of_caller(directory);
    let row = ask_of_secret(directory, select, secret, &digest, now).await?;
    let Some(row) = row else { return Ok(Verification::Unknown) };
    Ok(judge(directory, row, By::Digest, &digest, now)?.verification)
}

/// The digest of what has the form of a key's secret.
fn digest_of_key(directory: &Directory, secret: &str) -> Option<String> {
    match tessera_validate::secret::parse(secret)? {
        SecretKind::Key | SecretKind::ClientSecret => Some(directory.vault.digest(secret)),
        SecretKind::Root | SecretKind::Token | SecretKind::Session => None,
    }
}

/// By what a key is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Digest,
    Id,
}

impl By {
    fn sql(self) -> &'static LookUp {
        match self {
            Self::Digest => &BY_DIGEST,
            Self::Id => &BY_ID,
        }
    }
}

/// What a secret turned out to be, and until when it opens its key, where it will not do so for ever.
pub(crate) struct Opened {
    pub(crate) verification: Verification,
    pub(crate) until: Option<Timestamp>,
    /// All of the key as one text, where it is a caller's and may be remembered.
    print: Option<String>,
}

impl Opened {
    const UNKNOWN: Self = Self { verification: Verification::Unknown, until: None, print: None };
}

/// The statements of a look-up. Every request makes one, so that they are written out once.
struct LookUp {
    select: String,
    /// The same, with all that is selected as one text besides.
    select_print: String,
    /// Fails where that text is another than `?3`.
    check: String,
    note_use: String,
}

// the secret before is looked for only where the present one is nobody's
static BY_DIGEST: LazyLock<LookUp> = LazyLock::new(|| {
    LookUp::new(
        "k.seq = COALESCE((SELECT seq FROM keys WHERE digest = ?1), \
         (SELECT seq FROM keys WHERE previous_digest = ?1 AND previous_until > ?2))",
    )
});
static BY_ID: LazyLock<LookUp> = LazyLock::new(|| LookUp::new("k.id = ?1"));

/// SQL: whether the key `k` is turned off.
pub(crate) const IS_DEACTIVATED: &str =
    "EXISTS (SELECT 1 FROM key_settings off WHERE off.key = k.id AND off.deactivated_at IS NOT NULL)";

impl LookUp {
    /// Of the key of which this condition holds: SQL over the row `k`, with `?2` the present.
    fn new(condition: &str) -> Self {
        let from = format!("FROM keys k JOIN organizations o ON o.number = k.organization WHERE {condition}");
        let print = format!("json_array({IS_DEACTIVATED}, {VALUES}) || json_array({})", organization::VALUES);
        let select = |print: &str| {
            format!(
                "SELECT k.digest AS digest, k.previous_digest AS previous_digest, {IS_DEACTIVATED} AS is_deactivated, \
                 {print} AS print, {COLUMNS}, {} {from}",
                organization::COLUMNS
            )
        };
        Self {
            select: select("NULL"),
            select_print: select(&print),
            check: presumption::check(&format!("SELECT {print} {from}"), "?3"),
            note_use: format!(
                "UPDATE keys AS k SET last_used_at = ?2 WHERE {condition} AND k.revoked_at IS NULL AND NOT {IS_DEACTIVATED} \
                 AND (k.expires_at IS NULL OR k.expires_at > ?2) \
                 AND (k.last_used_at IS NULL OR k.last_used_at <= ?2 - {USE_INTERVAL})"
            ),
        }
    }

    /// What looks a caller's key up: a host that remembers those is told the text as well.
    fn select_of_caller(&self, directory: &Directory) -> &str {
        if directory.remembers() { &self.select_print } else { &self.select }
    }
}

pub(crate) async fn look_up(directory: &Directory, by: By, value: &str) -> Result<Verification, Error> {
    let now = directory.now();
    if let Some(found) = presumed(directory, by, value, now) {
        return Ok(Verification::Valid(found));
    }
    let select = by.sql().select_of_caller(directory);
    let Some(row) = ask(directory, select, by, value, now).await? else { return Ok(Verification::Unknown) };
    Ok(judge(directory, row, by, value, now)?.verification)
}

/// The key as the host remembers it, which the call presumes then; nothing where it remembers none, or a use is to be noted.
fn presumed(directory: &Directory, by: By, value: &str, now: Timestamp) -> Option<Box<(Key, Organization)>> {
    let Seen { found, print } = directory.remembered(value)?;
    if directory.uses.is_due(value, now) || !found.0.is_live(now) {
        return None;
    }
    directory.presume(Statement::new(by.sql().check.as_str()).bind(value).bind(now).bind(print));
    Some(found)
}

/// Asks the store for the row of the key that a secret opens, under the pepper before this one as well.
async fn ask_of_secret(
    directory: &Directory,
    select: &'static str,
    secret: &str,
    digest: &str,
    now: Timestamp,
) -> Result<Option<Row>, Error> {
    let row = ask(directory, select, By::Digest, digest, now).await?;
    if row.is_none() && renewal::of_secrets(directory, &[secret]).await? {
        return Ok(ask(directory, select, By::Digest, digest, now).await?);
    }
    Ok(row)
}

/// Asks the store for the row of a key, having noted a use of it where that is due.
async fn ask(
    directory: &Directory,
    select: &'static str,
    by: By,
    value: &str,
    now: Timestamp,
) -> Result<Option<Row>, DatabaseError> {
    let sql = by.sql();
    let mut statements = Vec::with_capacity(2);
    let notes_use = directory.uses.is_due(value, now);
    if notes_use {
        statements.push(Statement::new(sql.note_use.as_str()).bind(value).bind(now));
    }
    let statement = Statement::new(select).bind(value);
    statements.push(match by {
        By::Digest => statement.bind(now),
        By::Id => statement,
    });
    let mut answers = directory.batch(statements).await?;
    if notes_use {
        answers.rows()?;
    }
    answers.row()
}

/// Reads the row of a key that the store told, and remembers when the key was used.
fn judge(directory: &Directory, row: Row, by: By, value: &str, now: Timestamp) -> Result<Opened, DatabaseError> {
    let opened = read_opened(row, by, value, now)?;
    if let Verification::Valid(found) = &opened.verification {
        if let Some(used_at) = found.0.last_used_at {
            directory.uses.note(value, used_at);
        }
        if let Some(print) = &opened.print {
            directory.remember(value.to_owned(), Seen { found: found.clone(), print: print.clone() });
        }
    }
    Ok(opened)
}

/// Reads the row of a key; by a digest it counts only where that is the same, compared in constant time.
fn read_opened(mut row: Row, by: By, value: &str, now: Timestamp) -> Result<Opened, DatabaseError> {
    let (digest, previous, is_deactivated) = (row.text()?, row.optional_text()?, row.boolean()?);
    let print = row.optional_text()?;
    let found = Box::new((read(&mut row)?, organization::read(&mut row)?));
    let key = &found.0;
    let mut until = key.expires_at;
    if by == By::Digest && !vault::same(&digest, value) {
        let grace = key.previous_until.filter(|end| *end > now);
        let opens = previous.is_some_and(|previous| vault::same(&previous, value));
        let Some(grace) = grace.filter(|_| opens) else { return Ok(Opened::UNKNOWN) };
        until = Some(until.map_or(grace, |end| end.min(grace)));
    }
    let verification = if key.revoked_at.is_some() || is_deactivated {
        Verification::Revoked(found)
    } else if key.is_live(now) {
        Verification::Valid(found)
    } else {
        Verification::Expired(found)
    };
    Ok(Opened { verification, until, print })
}

/// How long a use of a key stands for the uses after it, in milliseconds.
pub(crate) const USE_INTERVAL: i64 = 60_000;
/// How many keys are remembered.
const USES_LIMIT: usize = 4096;

/// Which keys this host noted a use of within the last minute, so that most requests write nothing. Another host may
/// note the same minute again, which the statement itself prevents.
#[derive(Debug, Default)]
pub(crate) struct Uses(Mutex<ByText<i64>>);

impl Uses {
    pub(crate) fn is_due(&self, key: &str, now: Timestamp) -> bool {
        let now = now.timestamp_millis();
        let noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        !noted.get(key).is_some_and(|at| now >= *at && now - at < USE_INTERVAL)
    }

    pub(crate) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Remembers when a use was noted, of a key that is good: made-up secrets are not to fill the memory.
    fn note(&self, key: &str, used_at: Timestamp) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.len() >= USES_LIMIT {
            noted.clear();
        }
        noted.insert(key.to_owned(), used_at.timestamp_millis());
    }
}
