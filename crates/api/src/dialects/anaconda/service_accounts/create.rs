//! `POST /organizations/{org_id}/service-accounts` [S, O:`create_service_account`]

use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use tessera_directory::key::{self, Kind, NewKey, SERVICE_ACCOUNT_SCOPES, Scope};
use tessera_validate::service_account;

use super::ServiceAccount;
use crate::dialects::anaconda::auth::{Half, authorize_all};
use crate::dialects::anaconda::error::Error;
use crate::endpoint::Call;
use crate::members::{Fault, Members, Type};
use crate::respond;

#[derive(Serialize)]
struct Created {
    #[serde(flatten)]
    account: ServiceAccount,
    client_secret: String,
}

/// Makes a service account, and tells its secret this once.
pub(in crate::dialects::anaconda) async fn create(call: Call) -> Result<Response, Error> {
    // a key gives no scope that it has not
    let scopes = [&[Scope::KeysWrite], SERVICE_ACCOUNT_SCOPES].concat();
    let organization = authorize_all(&call, Half::ServiceAccounts, &scopes).await?;
    let name = read(call.body()?)?;
    let scopes = SERVICE_ACCOUNT_SCOPES.to_vec();
    let new = NewKey { kind: Kind::ServiceAccount, name, scopes, expires_at: None, remaining: None };
    let (key, client_secret) = key::create(&call.directory, &organization, new).await?;
    Ok(respond::secret(StatusCode::OK, &Created { account: ServiceAccount::of(key, &organization), client_secret }))
}

/// Reads the name.
pub(in crate::dialects::anaconda) fn read(body: &[u8]) -> Result<String, Error> {
    let mut members = Members::parse(body)?;
    let name = members.text("name");
    let name = members.require("name", name, Type::Text);
    if name.as_deref().is_some_and(|name| !service_account::is_valid(name)) {
        let message = format!("String should match pattern '{}'", service_account::PATTERN);
        members.note("name", Fault::Value("string_pattern_mismatch", message));
    }
    members.finish()?;
    Ok(name.unwrap_or_default())
}
