//! `PUT /accounts/{account_id}/core/v1/credentials/{credential_id}` [L, C]

use axum::response::Response;
use tessera_directory::binding::Role;
use tessera_directory::error::{Conflict, Error as Domain};
use tessera_directory::key::Scope;
use tessera_directory::keystore::{self, Candidate, Change, Contents, Facts, KeyType};

use super::{CREDENTIAL, check_policy, contents, key_type_of, take_key_type, take_name};
use crate::dialects::astra::auth::{self, Caller};
use crate::dialects::astra::body::{Body, peek};
use crate::dialects::astra::error::Error;
use crate::dialects::astra::{list, media, precondition, read};
use crate::endpoint::Call;

/// Changes a credential, and tells it. What it holds stays if nothing else is sent.
pub(in crate::dialects::astra) async fn update(call: Call) -> Result<Response, Error> {
    let caller = auth::caller(&call, Scope::KeysWrite).await?;
    let id = read::id(&call, "credential_id");
    let facts = keystore::facts(&call.directory, &caller.organization, &id).await?;
    check_role(&call, &caller, facts.as_ref()).await?;
    list::none(&call)?;
    let media = media::of_one(&call, CREDENTIAL.media)?;
    let facts = facts.ok_or(Error::NoResource)?;
    let document = read::find(&call, &caller, &CREDENTIAL, None, &id).await?.ok_or(Error::NoResource)?;
    let change = read_change(&call, &id, &facts)?;
    if let (Some(Contents::Password { password, .. }), Some(user)) = (&change.contents, &change.name) {
        check_password(&call, &caller, &facts, user, password).await?;
    }
    let seen = precondition::seen(&call, CREDENTIAL.shape, &document);
    let changed = keystore::update(&call.directory, &caller.organization, &id, change, (CREDENTIAL.shape, seen)).await;
    let document = changed.map_err(|error| match error {
        Domain::Conflict(Conflict::PasswordSet) => Error::CredentialExists,
        other => other.into(),
    })?;
    Ok(media::one(media, document))
}

/// A member may write a credential, but for a passwordHash; an admin a passwordHash, but for an owner's.
async fn check_role(call: &Call, caller: &Caller, facts: Option<&Facts>) -> Result<(), Error> {
    caller.require(Role::Member)?;
    let user = match facts {
        Some(facts) if facts.key_type == Some(KeyType::PasswordHash) => facts.name.clone(),
        _ if key_type_of(peek(call, "keyType").as_deref()) == Some(KeyType::PasswordHash) => {
            peek(call, "name").unwrap_or_default().to_ascii_lowercase()
        }
        _ => return Ok(()),
    };
    caller.require(Role::Admin)?;
    caller.spare_principal(call, &user).await
}

/// A password must be another than before, and a user's first passwordHash.
async fn check_password(call: &Call, caller: &Caller, facts: &Facts, user: &str, password: &str) -> Result<(), Error> {
    let (directory, organization) = (&call.directory, &caller.organization);
    check_policy(call, caller, password).await?;
    if facts.key_type == Some(KeyType::PasswordHash) {
        let is_same = keystore::is_password(directory, organization, user, password).await?;
        return if is_same { Err(Error::SamePassword) } else { Ok(()) };
    }
    match keystore::candidate(directory, organization, user).await? {
        Candidate::Without => Ok(()),
        Candidate::With => Err(Error::CredentialExists),
        Candidate::None => Err(Error::invalid("name", "must be the id of a local user")),
    }
}

fn read_change(call: &Call, id: &str, facts: &Facts) -> Result<Change, Error> {
    let mut body = Body::open(call, &CREDENTIAL)?;
    let given = body.text("id").map(|id| id.to_ascii_lowercase());
    body.fixed("id", given.as_deref(), id);
    let mut name = take_name(&mut body);
    let added = take_key_type(&mut body).filter(|key_type| facts.key_type != Some(*key_type));
    if added.is_some() && facts.key_type.is_some() {
        body.invalid("keyType", "cannot be changed");
    }
    let key_type = facts.key_type.or(added);
    if key_type == Some(KeyType::PasswordHash) {
        name = name.map(|name| name.to_ascii_lowercase());
        if facts.key_type == key_type && name.as_ref().is_some_and(|name| *name != facts.name) {
            body.invalid("name", "cannot be changed");
        }
    }
    // a type that is added holds for what is stored as well
    let keys = body.keys("keyStore").or_else(|| added.map(|_| facts.keys(&call.directory, id)));
    let held = keys.map(|keys| contents(key_type, keys));
    if held.as_ref().is_some_and(Option::is_none) {
        body.invalid("keyStore", "does not hold what the keyType needs");
    }
    let change = Change {
        name,
        key_type: added,
        contents: held.flatten(),
        valid: body.flag("valid"),
        valid_from: body.text_of("validFromTimestamp", 0, 64),
        valid_until: body.text_of("validUntilTimestamp", 0, 64),
        labels: body.labels(),
    };
    body.finish()?;
    Ok(change)
}
