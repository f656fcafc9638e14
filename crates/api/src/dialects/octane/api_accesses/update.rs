//! `PUT /api/shared_spaces/{space}/api_accesses/{id}` [S]

use axum::response::Response;
use serde_json::Value;
use tessera_directory::api_access::{self, Change};

use super::{find, id, read};
use crate::dialects::octane::entity::Entity;
use crate::dialects::octane::error::Error;
use crate::dialects::octane::record::Record;
use crate::dialects::octane::{Place, answer, input};
use crate::endpoint::{Call, Refusal};
use crate::verdict::Code;

/// Changes a key: revokes it, lets it have another secret, another name, other roles or another end.
pub(in crate::dialects::octane) async fn update(call: Call, place: Place) -> Result<Response, Error> {
    let fields = input::fields(&call, Entity::ApiAccess)?;
    let key = find(&call, &place).await?;
    let change = read_change(call.body()?, Some(key.number))?;
    // whoever knows the secret of a service account is it, with its scopes in the other dialects
    if change.secret.is_some() && !key.key.scopes.is_empty() && !place.holds_all {
        return Err(Refusal::Forbidden.into());
    }
    let key = api_access::update(&call.directory, &place.organization, key, &change).await?;
    Ok(answer::one(&Record::of_api_access(&key), &fields, &place.fixed))
}

/// Reads what is to change of the key of this number; if that is not known, of the key that the body says it is.
pub(in crate::dialects::octane) fn read_change(body: &[u8], number: Option<i64>) -> Result<Change, Error> {
    let Ok(Value::Object(members)) = serde_json::from_slice(body) else {
        return Err(Error::General(Code::Malformed, "The body must be a JSON object"));
    };
    let number = number.or_else(|| id(members.get("id")?)).unwrap_or_default();
    let draft = read(&members, Some(number))?;
    if draft.is_valid == Some(false) && draft.client_secret.is_some() {
        return Err(Error::IllegalValue(Entity::ApiAccess, "client_secret", "a key that is revoked takes none"));
    }
    Ok(Change {
        name: draft.name,
        is_valid: draft.is_valid,
        secret: draft.client_secret,
        workspace_roles: draft.workspace_roles,
        expires_at: draft.expiration,
    })
}
