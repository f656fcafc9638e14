//! Seeds: what a directory begins with, as a file in YAML or as values that a Rust test builds.
//!
//! ```
//! use tessera_mock::seed::{Organization, Seed, User};
//!
//! let ada = User { email: Some("ada@acme.test".into()), seat: true, ..User::default() };
//! let acme = Organization { name: "Acme".into(), seats: 5, users: vec![ada], ..Organization::default() };
//! let seed = Seed { organizations: vec![acme], ..Seed::default() };
//! assert!(seed.check().is_ok());
//! ```

use chrono::DateTime;
use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use tessera_directory::letter::Language;
use tessera_directory::organization::{IdentityMode, OrganizationType, PermissionsResource, State};
use tessera_directory::{Timestamp, binding, key, user};

use crate::faults::FaultRule;

mod check;
mod plant;
mod read;
mod schema;

pub(crate) use plant::{Content, Ground, plant};
pub use schema::schema;

/// A seed with a comment on all that it can say.
pub const EXAMPLE: &str = include_str!("example.yaml");

/// What a directory begins with. Its content is made by the directory's own rules, so that it can hold nothing that the API
/// could not have made.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "A seed of Tessera's mock-server")]
pub struct Seed {
    /// When all of it was made; left out, when the server starts.
    #[serde(default, deserialize_with = "time")]
    pub created_at: Option<Timestamp>,
    /// The organizations, in the order of their numbers.
    #[serde(default)]
    pub organizations: Vec<Organization>,
    /// Rules by which calls fail, as `PUT /__admin/faults` takes them.
    #[serde(default)]
    pub faults: Vec<FaultRule>,
    /// Answers that stand before the API's own, as `POST /__admin/mappings` takes them: WireMock's stub mappings.
    #[serde(default)]
    pub stubs: Vec<Map<String, Value>>,
}

/// An organization: what `POST /v1/organizations` takes, who it is, and all that it has.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Organization {
    /// The UUID: Anaconda's organization, Astra's account; random unless given.
    pub id: Option<String>,
    /// The number: Octane's shared space, ricloud's organisation; counted from 1001 unless given.
    pub number: Option<i64>,
    /// The name in a path; made of the name unless given.
    pub slug: Option<String>,
    /// The key that opens everything in it, `tsr_key_…`; random unless given.
    pub api_key: Option<String>,
    /// The name.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// How many seats there are.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub seats: i64,
    /// ricloud's type; `standard` unless given.
    #[schemars(schema_with = "schema::organization_type")]
    pub r#type: Option<OrganizationType>,
    /// ricloud's state, where an administrator set one.
    #[schemars(schema_with = "schema::state")]
    pub state: Option<State>,
    /// How its people sign in, AppOptima's integration mode; `local` unless given.
    #[schemars(schema_with = "schema::identity_mode")]
    pub identity_mode: Option<IdentityMode>,
    /// Whether AppOptima's calls may set a password.
    #[serde(default)]
    pub set_password_via_api: bool,
    /// When the subscription ends; left out, never.
    #[serde(default, deserialize_with = "time")]
    pub subscription_expires_at: Option<Timestamp>,
    /// ricloud's pinned version, `YYYY-MM-DD`; the newest unless given.
    pub api_version: Option<String>,
    /// ricloud's base permission scopes: from each an array of limits.
    pub permission_scopes: Option<Map<String, Value>>,
    /// What ricloud's permissions call themselves; `auto` unless given.
    #[schemars(schema_with = "schema::permissions_resource")]
    pub permissions_resource: Option<PermissionsResource>,
    /// What its mail is written in; `en` unless given.
    #[schemars(schema_with = "schema::language")]
    pub language: Option<Language>,
    /// The first admin.
    pub admin: Option<Admin>,
    /// Groups, beside Owners, Admin and Users, which every organization has.
    #[serde(default)]
    pub groups: Vec<Group>,
    /// The people.
    #[serde(default)]
    pub users: Vec<User>,
    /// Keys beside `api_key`.
    #[serde(default)]
    pub keys: Vec<Key>,
}

/// The first admin of an organization. For one with a chosen id or tokens, list a user of the role `admin` instead.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Admin {
    /// The e-mail address, which is also the login.
    pub email: String,
    /// The password, if the admin signs in by one: 8 to 128 characters.
    #[schemars(length(min = 8, max = 128))]
    pub password: Option<String>,
}

/// A local group.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// The name; the id in AppOptima's API is made of it.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// Whether its users administer AppOptima's cluster.
    #[serde(default)]
    pub is_cluster_admin: bool,
}

/// A user.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// The UUID; random unless given.
    pub id: Option<String>,
    /// The e-mail address, unique in the organization; a managed user has none.
    pub email: Option<String>,
    /// The login; the e-mail unless given.
    pub login: Option<String>,
    /// The first name.
    pub first_name: Option<String>,
    /// The last name.
    pub last_name: Option<String>,
    /// What the user is in the organization; `member` unless given.
    #[schemars(schema_with = "schema::role")]
    pub role: Option<user::Role>,
    /// The password, if the user signs in by one: 8 to 128 characters.
    #[schemars(length(min = 8, max = 128))]
    pub password: Option<String>,
    /// Whether the user holds a seat.
    #[serde(default)]
    pub seat: bool,
    /// The groups that the user is in, by name or slug.
    #[serde(default)]
    pub groups: Vec<String>,
    /// What the user may do in Astra. An admin is an owner already.
    pub binding: Option<Binding>,
    /// The user's tokens.
    #[serde(default)]
    pub tokens: Vec<Token>,
}

/// A role binding of Astra's.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Binding {
    /// The role.
    #[schemars(schema_with = "schema::binding_role")]
    pub role: binding::Role,
    /// What the role reaches; everything unless given.
    #[serde(default = "everything")]
    pub constraints: Vec<String>,
}

fn everything() -> Vec<String> {
    vec!["*".to_owned()]
}

/// A user's token.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// The UUID; random unless given.
    pub id: Option<String>,
    /// What it is called.
    pub name: Option<String>,
    /// Its text, `tsr_token_…`; random unless given.
    pub secret: Option<String>,
    /// When it ends; left out, never.
    #[serde(default, deserialize_with = "time")]
    pub expires_at: Option<Timestamp>,
}

/// A key of the organization.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// The UUID, which is a service account's client id; random unless given. An `api_access` has none to choose.
    pub id: Option<String>,
    /// How it is presented; by itself, `standard`, unless given.
    #[serde(default = "standard")]
    #[schemars(schema_with = "schema::key_kind")]
    pub kind: key::Kind,
    /// The name.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// What it may do. Unless given, a `standard` key may do everything, and a service account all that is about people.
    #[schemars(schema_with = "schema::scopes")]
    pub scopes: Option<Vec<key::Scope>>,
    /// Its secret: `tsr_key_…`, a service account's `tsr_client_…`; random unless given. That of an `api_access` must be
    /// given: 10 to 30 characters of three classes.
    pub secret: Option<String>,
    /// The client id of an `api_access`; made of its name unless given.
    pub client_id: Option<String>,
    /// Octane's workspace roles that an `api_access` holds, by their numbers.
    #[serde(default)]
    pub workspace_roles: Vec<i64>,
    /// When it ends; left out, never.
    #[serde(default, deserialize_with = "time")]
    pub expires_at: Option<Timestamp>,
}

/// Reads a time, and says how one is written where it is none.
fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    let read = |text: String| match DateTime::parse_from_rfc3339(&text) {
        Ok(time) => Ok(time.to_utc()),
        Err(_) => Err(D::Error::custom(format!("`{text}` is no time; one is written 2026-01-01T00:00:00Z"))),
    };
    text.map(read).transpose()
}

/// A key that is presented by itself, and has no name yet.
impl Default for Key {
    fn default() -> Self {
        Self {
            id: None,
            kind: standard(),
            name: String::new(),
            scopes: None,
            secret: None,
            client_id: None,
            workspace_roles: Vec::new(),
            expires_at: None,
        }
    }
}

fn standard() -> key::Kind {
    key::Kind::Standard
}

/// What was made of an organization, with the secrets that its seed left to chance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Made {
    /// The UUID.
    pub id: String,
    /// The number.
    pub number: i64,
    /// The slug.
    pub slug: String,
    /// The key that opens everything in it.
    pub api_key: String,
    /// The secrets of its users and keys, in the seed's order.
    pub secrets: Vec<Secret>,
}

/// A secret that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Secret {
    /// Whose it is, and what it is called: `ada@acme.test: ci`, or a key's name.
    pub holder: String,
    /// With which client id it is presented, where there is one.
    pub client_id: Option<String>,
    /// The secret.
    pub secret: String,
}

/// What is wrong with a seed: everything that was found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n"))]
pub struct SeedError {
    /// The faults, in the order of the file.
    pub problems: Vec<Problem>,
}

/// One fault of a seed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it is in the file, if it comes from one: line and column, from 1.
    pub place: Option<(u64, u64)>,
    /// Which value it is, as a JSON pointer; empty where the text is no seed at all.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
}

impl Problem {
    fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { place: None, pointer: pointer.into(), message: message.into() }
    }
}

/// `LINE:COLUMN: message`, or without a file `POINTER: message`.
impl std::fmt::Display for Problem {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.place {
            Some((line, column)) => write!(formatter, "{line}:{column}: {}", self.message),
            None => write!(formatter, "{}: {}", self.pointer, self.message),
        }
    }
}

/// Says it behind a file's name, as compilers do.
impl SeedError {
    /// The faults, each as `FILE:LINE:COLUMN: message`.
    pub fn in_file(&self, file: &std::path::Path) -> Vec<String> {
        self.problems.iter().map(|problem| format!("{}:{problem}", file.display())).collect()
    }
}
