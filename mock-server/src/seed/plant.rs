//! Making a directory of a seed, through the directory's own use cases.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use tessera_directory::chosen::Chosen;
use tessera_directory::document::Shape;
use tessera_directory::error::{Conflict, Error};
use tessera_directory::ports::{Clock, DerivationError, Entropy, KeyDerivation, Limits, NoCache, NoMailer};
use tessera_directory::{Directory, Ports, Timestamp, api_access, binding, group, key, organization, token, user};

use super::{Key, Made, Organization, Problem, Secret, Seed, SeedError, User};
use crate::control::ControlError;
use crate::derivation::BlockingDerivation;
use crate::entropy::SystemEntropy;
use crate::outbound::Network;
use crate::sqlite::{Image, Sqlite};

/// Who makes what Astra tells the maker of: nobody.
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

/// What a directory is made with.
#[derive(Clone)]
pub(crate) struct Ground {
    /// The pepper under which its secrets are hashed.
    pub(crate) pepper: String,
    /// When it is made, where the seed does not say.
    pub(crate) clock: Arc<dyn Clock>,
    /// Of what ids and secrets are made that the seed does not choose.
    pub(crate) entropy: Arc<dyn Entropy>,
}

/// A seed's content.
pub(crate) struct Content {
    /// The directory.
    pub(crate) image: Image,
    /// What was made.
    pub(crate) made: Vec<Made>,
}

/// Makes a seed's content. Passwords are hashed here, and never again.
pub(crate) async fn plant(seed: &Seed, ground: Ground) -> Result<Content, ControlError> {
    seed.check()?;
    let (image, made) = make(seed, ground, Arc::new(BlockingDerivation)).await?;
    Ok(Content { image, made })
}

impl Seed {
    /// Checks the seed by making its content, of which nothing is kept, and tells what a server would refuse.
    pub async fn try_out(&self) -> Result<(), SeedError> {
        self.check()?;
        let ground = Ground {
            pepper: String::new(),
            clock: Arc::new(At(Timestamp::default())),
            entropy: Arc::new(SystemEntropy),
        };
        match make(self, ground, Arc::new(NoDerivation)).await {
            Ok(_) => Ok(()),
            Err(ControlError::Seed(error)) => Err(error),
            Err(error) => Err(SeedError { problems: vec![Problem::new("", error.to_string())] }),
        }
    }
}

async fn make(
    seed: &Seed,
    ground: Ground,
    derivation: Arc<dyn KeyDerivation>,
) -> Result<(Image, Vec<Made>), ControlError> {
    let store = Arc::new(Sqlite::open(None)?);
    let clock = match seed.created_at {
        Some(time) => Arc::new(At(time)),
        None => ground.clock,
    };
    let ports = Ports {
        database: Arc::clone(&store) as _,
        clock,
        entropy: ground.entropy,
        derivation,
        outbound: Arc::new(Network::new(true)),
        mailer: Arc::new(NoMailer),
        limits: Limits::default(),
        cache: Arc::new(NoCache),
    };
    let directory = Directory::new(ports, "", &ground.pepper);
    let mut made = Vec::with_capacity(seed.organizations.len());
    for (at, organization) in seed.organizations.iter().enumerate() {
        let at = format!("/organizations/{at}");
        made.push(
            organize(&directory, organization, &at).await.map_err(|problem| SeedError { problems: vec![problem] })?,
        );
    }
    Ok((store.image()?, made))
}

/// What a refusal of the directory's is in a seed. Most of it is found before, by [`Seed::check`].
fn refused(at: &str) -> impl Fn(Error) -> Problem {
    move |error| {
        let message = match error {
            Error::NoFreeSeats => "no seat is free".to_owned(),
            Error::Conflict(Conflict::EmailTaken) => "another user of the organization has the e-mail".to_owned(),
            Error::Conflict(Conflict::LoginTaken) => "another user of the organization has the login".to_owned(),
            Error::Conflict(Conflict::GroupNameTaken) => "there is a group of this name already".to_owned(),
            Error::Internal(reason) if reason.contains("UNIQUE") => {
                format!("something of it is taken already: {reason}")
            }
            other => other.to_string(),
        };
        Problem::new(at, message)
    }
}

async fn organize(directory: &Directory, seed: &Organization, at: &str) -> Result<Made, Problem> {
    let identity = organization::Identity {
        chosen: Chosen { id: seed.id.clone(), secret: seed.api_key.clone() },
        number: seed.number,
        slug: seed.slug.clone(),
    };
    let change = organization::Change {
        seats: Some(seed.seats),
        kind: seed.r#type,
        state: Some(seed.state),
        identity_mode: seed.identity_mode,
        set_password_via_api: Some(seed.set_password_via_api),
        subscription_expires_at: Some(seed.subscription_expires_at),
        api_version: seed.api_version.clone(),
        permission_scopes: seed
            .permission_scopes
            .as_ref()
            .map(|scopes| serde_json::Value::from(scopes.clone()).to_string()),
        permissions_resource: seed.permissions_resource,
        language: seed.language,
        ..organization::Change::default()
    };
    let settings = organization::Settings::new(seed.name.trim().to_owned()).with(change);
    let admin = seed.admin.clone().map(|admin| organization::NewAdmin { email: admin.email, password: admin.password });
    let (made, api_key) = organization::create_as(directory, identity, settings, admin).await.map_err(refused(at))?;
    for (index, group) in seed.groups.iter().enumerate() {
        let mut settings = group::Settings::new(group.name.clone());
        settings.is_cluster_admin = group.is_cluster_admin;
        group::create(directory, &made, settings).await.map_err(refused(&format!("{at}/groups/{index}")))?;
    }
    let mut slugs = BTreeMap::new();
    for group in group::list(directory, &made, None).await.map_err(refused(at))? {
        slugs.insert(group.settings.name, group.slug.clone());
        slugs.insert(group.slug.clone(), group.slug);
    }
    let mut secrets = Vec::new();
    for (index, user) in seed.users.iter().enumerate() {
        let at = format!("{at}/users/{index}");
        secrets.extend(join(directory, &made, user, &slugs).await.map_err(refused(&at))?);
    }
    for (index, key) in seed.keys.iter().enumerate() {
        let at = format!("{at}/keys/{index}");
        secrets.push(issue(directory, &made, key).await.map_err(refused(&at))?);
    }
    Ok(Made { id: made.id, number: made.number, slug: made.slug, api_key, secrets })
}

/// Makes a user, and gives the user's tokens.
async fn join(
    directory: &Directory,
    organization: &organization::Organization,
    seed: &User,
    slugs: &BTreeMap<String, String>,
) -> Result<Vec<Secret>, Error> {
    let new = user::NewUser {
        email: seed.email.clone(),
        login: seed.login.clone(),
        first_name: seed.first_name.clone(),
        last_name: seed.last_name.clone(),
        role: seed.role.unwrap_or(user::Role::Member),
        password: seed.password.clone(),
        seat: seed.seat,
    };
    let chosen = Chosen { id: seed.id.clone(), secret: None };
    let made = user::create_as(directory, organization, chosen, new).await?;
    if !seed.groups.is_empty() {
        let named: Vec<String> = seed.groups.iter().filter_map(|name| slugs.get(name).cloned()).collect();
        group::join(directory, organization, &made.id, &named).await?;
    }
    if let Some(bound) = &seed.binding {
        let new = binding::NewBinding {
            principal: binding::Principal::User(made.id.clone()),
            role: bound.role,
            constraints: serde_json::Value::from(bound.constraints.clone()).to_string(),
            labels: "[]".to_owned(),
            created_by: NOBODY.to_owned(),
        };
        binding::create(directory, organization, new, &Shape::Column(binding::columns::ID)).await?;
    }
    let mut secrets = Vec::with_capacity(seed.tokens.len());
    for token in &seed.tokens {
        let chosen = Chosen { id: token.id.clone(), secret: token.secret.clone() };
        let new =
            token::NewToken { name: token.name.clone(), expires_at: token.expires_at, replaces: false, mail: false };
        let (_, secret) = token::issue_as(directory, organization, &made.id, chosen, new).await?;
        let holder = match &token.name {
            Some(name) => format!("{}: {name}", made.login),
            None => made.login.clone(),
        };
        secrets.push(Secret { holder, client_id: None, secret });
    }
    Ok(secrets)
}

async fn issue(directory: &Directory, organization: &organization::Organization, seed: &Key) -> Result<Secret, Error> {
    let (client_id, secret) = if seed.kind == key::Kind::ApiAccess {
        let mut workspace_roles = seed.workspace_roles.clone();
        workspace_roles.sort_unstable();
        workspace_roles.dedup();
        let secret = seed.secret.clone().unwrap_or_default();
        let new = api_access::NewApiAccess {
            name: seed.name.clone(),
            client_id: seed.client_id.clone(),
            secret: secret.clone(),
            workspace_roles,
            expires_at: seed.expires_at,
        };
        let made = api_access::create(directory, organization, vec![new]).await?;
        (made.into_iter().next().and_then(|made| made.key.client_id), secret)
    } else {
        let scopes = seed.scopes.clone().unwrap_or_else(|| match seed.kind {
            key::Kind::ServiceAccount => key::SERVICE_ACCOUNT_SCOPES.to_vec(),
            key::Kind::Standard | key::Kind::ApiAccess => vec![key::Scope::All],
        });
        let chosen = Chosen { id: seed.id.clone(), secret: seed.secret.clone() };
        let (kind, name, expires_at) = (seed.kind, seed.name.clone(), seed.expires_at);
        let new = key::NewKey { kind, name, scopes, expires_at, remaining: None };
        let (made, secret) = key::create_as(directory, organization, chosen, new).await?;
        (made.client_id, secret)
    };
    Ok(Secret { holder: seed.name.clone(), client_id, secret })
}

/// A clock that stands.
struct At(Timestamp);

impl Clock for At {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// A derivation that costs nothing, where no password is kept.
struct NoDerivation;

#[async_trait]
impl KeyDerivation for NoDerivation {
    async fn pbkdf2(&self, _: &str, _: &[u8], _: u32) -> Result<[u8; 32], DerivationError> {
        Ok([0; 32])
    }
}
