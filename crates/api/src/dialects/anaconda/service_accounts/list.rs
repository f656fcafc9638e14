//! `GET /organizations/{org_id}/service-accounts` [S, O:`list_service_accounts`]

use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use tessera_directory::key::{self, Scope};

use super::ServiceAccount;
use crate::dialects::anaconda::auth::{Half, authorize};
use crate::dialects::anaconda::error::Error;
use crate::endpoint::Call;
use crate::respond;

/// The bare object of [S], which tells of one account, and the list of [O] in one: the newest account's members beside
/// `items`.
#[derive(Serialize)]
struct Listed {
    #[serde(flatten)]
    newest: Option<ServiceAccount>,
    items: Vec<ServiceAccount>,
}

/// Lists the service accounts, newest first, never with a secret.
pub(in crate::dialects::anaconda) async fn list(call: Call) -> Result<Response, Error> {
    let organization = authorize(&call, Half::ServiceAccounts, Scope::KeysRead).await?;
    let keys = key::list_service_accounts(&call.directory, &organization).await?;
    let items: Vec<ServiceAccount> = keys.into_iter().map(|key| ServiceAccount::of(key, &organization)).collect();
    Ok(respond::json(StatusCode::OK, &Listed { newest: items.first().cloned(), items }))
}
