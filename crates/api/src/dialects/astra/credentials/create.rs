//! `POST /accounts/{account_id}/core/v1/credentials` [S]

use axum::response::Response;
use tessera_directory::key::Scope;
use tessera_directory::keystore::{self, Candidate, Contents, KeyType, NewCredential};

use super::{CREDENTIAL, check_policy, contents, take_key_type, take_name};
use crate::dialects::astra::body::Body;
use crate::dialects::astra::error::Error;
use crate::dialects::astra::{auth, list, media};
use crate::endpoint::{Call, Received};

/// Stores a credential; a passwordHash sets its user's password.
pub(in crate::dialects::astra) async fn create(call: Call) -> Result<Response, Error> {
    let caller = auth::caller(&call, Scope::KeysWrite).await?;
    let survey = super::survey(&call, &caller).await?;
    list::none(&call)?;
    let media = media::of_one(&call, CREDENTIAL.media)?;
    let new = read(&call, &caller.actor)?;
    if let Contents::Password { password, .. } = &new.contents {
        check_policy(survey.policy, password)?;
        match survey.candidate {
            Candidate::Without => {}
            Candidate::With => return Err(Error::conflict("name", "the user has a passwordHash already")),
            Candidate::Nobody => return Err(Error::invalid("name", "must be the id of a local user")),
        }
    }
    let document = keystore::create(&call.directory, &caller.organization, new, CREDENTIAL.shape).await?;
    Ok(media::created(&call, &caller.organization, "credentials", media, document))
}

/// Reads the credential.
pub(in crate::dialects::astra) fn read(call: &Received, actor: &str) -> Result<NewCredential, Error> {
    let mut body = Body::open(call, &CREDENTIAL)?;
    let mut name = take_name(&mut body).unwrap_or_default();
    let key_type = take_key_type(&mut body);
    let keys = body.keys("keyStore");
    let contents = contents(key_type, body.require("keyStore", keys).unwrap_or_default());
    if contents.is_none() {
        body.invalid("keyStore", "does not hold what the keyType needs");
    }
    if key_type == Some(KeyType::PasswordHash) {
        name.make_ascii_lowercase();
    }
    let valid = body.flag("valid").unwrap_or(true);
    let (valid_from, valid_until) =
        (body.text_of("validFromTimestamp", 0, 64), body.text_of("validUntilTimestamp", 0, 64));
    let labels = body.labels().unwrap_or_else(|| "[]".to_owned());
    body.ignore(&["id"]);
    body.finish()?;
    let contents = contents.ok_or_else(|| Error::invalid("keyStore", "does not hold what the keyType needs"))?;
    let created_by = actor.to_owned();
    Ok(NewCredential { name, key_type, contents, valid, valid_from, valid_until, labels, created_by })
}
