//! API accesses: the space's keys. All but the organization's own are made by clients that choose the secret.

use serde_json::{Map, Value};
use tessera_directory::Timestamp;
use tessera_directory::api_access::{self, ApiAccess, Attribute, Refused};
use tessera_directory::error::{Error as Domain, Noun};
use tessera_directory::filter::Source;
use tessera_validate::client_secret;

use super::entity::Entity;
use super::error::Error;
use super::fixed::{SPACE, ascending, is_workspace_role};
use super::{Place, answer, input};
use crate::endpoint::Call;

pub(super) mod create;
pub(super) mod get;
pub(super) mod list;
pub(super) mod update;

/// The longest name, in characters [R]. NUL is none of them: no text in JSON for the store can hold it.
const MAX_NAME: usize = 255;

/// Where a field comes from.
fn source(field: &'static str) -> Source<Attribute> {
    match field {
        "id" => Source::Column(Attribute::Number),
        "client_id" => Source::Column(Attribute::ClientId),
        "is_valid" => Source::Column(Attribute::IsValid),
        "name" => Source::Column(Attribute::Name),
        "workspace_roles" => Source::Column(Attribute::WorkspaceRoles),
        "expiration" => Source::Column(Attribute::ExpiresAt),
        "version_stamp" => Source::Column(Attribute::Version),
        "creation_time" => Source::Column(Attribute::CreatedAt),
        "last_modified" => Source::Column(Attribute::UpdatedAt),
        "workspace_id" => answer::constant(SPACE),
        _ => answer::constant(Entity::ApiAccess.word()),
    }
}

/// The key that the path names.
async fn find(call: &Call, place: &Place) -> Result<ApiAccess, Error> {
    let missing = || Error::NotFound(Entity::ApiAccess, call.parameter("id").to_owned());
    let number = input::id(call).ok_or_else(missing)?;
    match api_access::find(&call.directory, &place.organization, number).await {
        Err(Domain::NotFound(Noun::Key)) => Err(missing()),
        found => Ok(found?),
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        let illegal = |rule| Self::IllegalValue(Entity::ApiAccess, "client_secret", rule);
        match refused {
            Refused::NoClientId => illegal("this key has no client id, and takes no secret"),
            Refused::NoSecret => illegal("a valid key needs one"),
            Refused::Domain(error) => error.into(),
        }
    }
}

/// What a body says of a key. What is absent was not said.
#[derive(Default)]
struct Draft {
    name: Option<String>,
    client_secret: Option<String>,
    workspace_roles: Option<Vec<i64>>,
    expiration: Option<Option<Timestamp>>,
    is_valid: Option<bool>,
}

/// Reads what a body says of a key: of the one of this number, or of one to be made.
fn read(members: &Map<String, Value>, number: Option<i64>) -> Result<Draft, Error> {
    const READ_ONLY: [&str; 5] = ["client_id", "version_stamp", "creation_time", "last_modified", "workspace_id"];
    let read_only =
        |name: &str| READ_ONLY.into_iter().chain(number.is_none().then_some("id")).find(|known| *known == name);
    let illegal = |field, rule| Error::IllegalValue(Entity::ApiAccess, field, rule);
    for name in members.keys() {
        if let Some(name) = read_only(name) {
            return Err(Error::NotEditable(Entity::ApiAccess, name));
        }
    }
    let mut draft = Draft::default();
    for (name, value) in members {
        match name.as_str() {
            "type" if value == Entity::ApiAccess.word() => {}
            "type" => return Err(illegal("type", "it is `api_access`")),
            "id" if id(value).is_some() && id(value) == number => {}
            "id" => return Err(illegal("id", "it is the path's")),
            "name" => {
                let is_good =
                    |name: &&str| !name.trim().is_empty() && name.chars().count() <= MAX_NAME && !name.contains('\0');
                let name = value.as_str().filter(is_good);
                draft.name = Some(name.ok_or(illegal("name", "1 to 255 characters, not blank"))?.to_owned());
            }
            "client_secret" => {
                let secret = value.as_str().filter(|secret| client_secret::is_strong(secret));
                let rule = "10 to 30 characters, of at least three classes: A-Z, a-z, 0-9, any other";
                draft.client_secret = Some(secret.ok_or(illegal("client_secret", rule))?.to_owned());
            }
            "workspace_roles" => {
                let roles = workspace_roles(value).ok_or(illegal("workspace_roles", "ids of workspace roles"))?;
                draft.workspace_roles = Some(roles);
            }
            "expiration" => {
                let end = match value {
                    Value::Null => Some(None),
                    value => value.as_str().and_then(input::time).map(Some),
                };
                draft.expiration = Some(end.ok_or(illegal("expiration", "a time as RFC 3339 has it, or null"))?);
            }
            "is_valid" => {
                let is_valid = value.as_bool().filter(|is_valid| *is_valid || number.is_some());
                let rule = if number.is_some() { "`true` or `false`" } else { "a new key is valid" };
                draft.is_valid = Some(is_valid.ok_or(illegal("is_valid", rule))?);
            }
            unknown => return Err(Error::UnknownField(Entity::ApiAccess, unknown.to_owned(), None)),
        }
    }
    // to the second, as it is told
    draft.expiration = draft.expiration.map(|end| end.and_then(|end| Timestamp::from_timestamp(end.timestamp(), 0)));
    Ok(draft)
}

/// An id as clients send it: a text, or a number.
fn id(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok(),
        Value::Number(number) => number.as_i64(),
        _ => None,
    }
}

/// The ids of workspace roles, ascending, each once; null is none.
fn workspace_roles(value: &Value) -> Option<Vec<i64>> {
    let items = match value {
        Value::Null => return Some(Vec::new()),
        value => value.as_object()?.get("data")?.as_array()?,
    };
    let is_role = |item: &Map<String, Value>| item.get("type").is_none_or(|word| word == Entity::WorkspaceRole.word());
    let role = |item: &Value| id(item.as_object().filter(|item| is_role(item))?.get("id")?);
    let roles: Vec<i64> =
        items.iter().map(|item| role(item).filter(|id| is_workspace_role(*id))).collect::<Option<_>>()?;
    Some(ascending(roles.into_iter()))
}
