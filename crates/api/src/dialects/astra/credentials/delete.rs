//! `DELETE /accounts/{account_id}/core/v1/credentials/{credential_id}` [O]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::key::Scope;
use tessera_directory::keystore::{self, KeyType};

use crate::dialects::astra::error::Error;
use crate::dialects::astra::{auth, list, read};
use crate::endpoint::{Call, Refusal};
use crate::respond;

/// Deletes a credential. A passwordHash stays as long as its user.
pub(in crate::dialects::astra) async fn delete(call: Call) -> Result<Response, Error> {
    let caller = auth::caller(&call, Scope::KeysWrite).await?;
    let survey = super::survey(&call, &caller).await?;
    if survey.stored.is_some_and(|stored| stored.key_type == Some(KeyType::PasswordHash)) {
        return Err(Refusal::Forbidden.into());
    }
    let id = read::id(&call, "credential_id");
    list::none(&call)?;
    keystore::delete(&call.directory, &caller.organization, &id).await?;
    Ok(respond::empty(StatusCode::NO_CONTENT))
}
