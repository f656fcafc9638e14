//! `PUT /accounts/{account_id}/core/v1/credentials/{credential_id}` [L, C]

use axum::response::Response;
use serde_json::{Map, Value};
use tessera_directory::error::{Conflict, Error as Domain};
use tessera_directory::key::Scope;
use tessera_directory::keystore::{self, Candidate, Change, Contents, KeyType, Stored, Survey};

use super::{CREDENTIAL, check_policy, contents, take_key_type, take_name};
use crate::dialects::astra::body::{Body, peek};
use crate::dialects::astra::error::{Error, Field};
use crate::dialects::astra::{auth, list, media, precondition, read};
use crate::endpoint::{Call, Received};

/// Changes a credential, and tells it. What it holds stays if nothing else is sent.
pub(in crate::dialects::astra) async fn update(call: Call) -> Result<Response, Error> {
    let caller = auth::caller(&call, Scope::KeysWrite).await?;
    let id = read::id(&call, "credential_id");
    let survey = super::survey(&call, &caller).await?;
    list::none(&call)?;
    let media = media::of_one(&call, CREDENTIAL.media)?;
    let stored = survey.stored.as_ref().ok_or(Error::NoResource)?;
    let stands = Stands { key_type: stored.key_type, name: Some(&stored.name) };
    let change = read_change(&call, &stands, || Some(stored.keys(&call.directory, &id)))?;
    if let Some(Contents::Password { password, .. }) = &change.contents {
        check_password(&call, &survey, stored, password).await?;
    }
    check_id(&call, &id)?;
    let document = &stored.document;
    let seen = precondition::seen(&call, CREDENTIAL.shape, document);
    let changed = keystore::update(&call.directory, &caller.organization, &id, change, (CREDENTIAL.shape, seen)).await;
    let document = changed.map_err(|error| match error {
        Domain::Conflict(Conflict::PasswordSet) => Error::CredentialExists,
        other => other.into(),
    })?;
    Ok(media::one(media, document))
}

/// A password must be another than before, and a user's first passwordHash.
async fn check_password(call: &Call, survey: &Survey, stored: &Stored, password: &str) -> Result<(), Error> {
    check_policy(survey.policy, password)?;
    if stored.key_type == Some(KeyType::PasswordHash) {
        let is_same = stored.is_password(&call.directory, password).await?;
        return if is_same { Err(Error::SamePassword) } else { Ok(()) };
    }
    match survey.candidate {
        Candidate::Without => Ok(()),
        Candidate::With => Err(Error::CredentialExists),
        Candidate::Nobody => Err(Error::invalid("name", "must be the id of a local user")),
    }
}

/// What is known of a stored credential.
pub(in crate::dialects::astra) struct Stands<'a> {
    pub(in crate::dialects::astra) key_type: Option<KeyType>,
    pub(in crate::dialects::astra) name: Option<&'a str>,
}

/// Whether the body's id, if it has one, is the path's. It is a conflict, which all that is wrong with the body comes before, and what is
/// found out of a password as well.
pub(in crate::dialects::astra) fn check_id(call: &Received, id: &str) -> Result<(), Error> {
    match peek(call, "id") {
        Some(given) if !id.is_empty() && !given.eq_ignore_ascii_case(id) => {
            Err(Error::Conflict(vec![Field::new("id", "cannot be changed")]))
        }
        _ => Ok(()),
    }
}

/// Reads what is to change of a credential, but for the id; the keys that it holds, if they are known, are asked for only where they
/// decide.
pub(in crate::dialects::astra) fn read_change(
    call: &Received,
    stored: &Stands<'_>,
    keys: impl FnOnce() -> Option<Map<String, Value>>,
) -> Result<Change, Error> {
    let mut body = Body::open(call, &CREDENTIAL)?;
    body.text("id");
    let mut name = take_name(&mut body);
    let added = take_key_type(&mut body).filter(|key_type| stored.key_type != Some(*key_type));
    let is_refused = added.is_some() && stored.key_type.is_some();
    if is_refused {
        body.invalid("keyType", "cannot be changed");
    }
    let key_type = stored.key_type.or(added);
    if key_type == Some(KeyType::PasswordHash) {
        name = name.map(|name| name.to_ascii_lowercase());
        if stored.key_type == key_type && name.as_deref().zip(stored.name).is_some_and(|(name, stands)| name != stands)
        {
            body.invalid("name", "cannot be changed");
        }
    }
    // a type that is added holds for what is stored as well
    let keys = body.keys("keyStore").or_else(|| added.filter(|_| !is_refused).and_then(|_| keys()));
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
