//! `DELETE /organizations/{org_id}/service-accounts/{client_id}` [S, O:`delete_service_account`]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::key::{self, Scope};

use crate::dialects::anaconda::auth::{Half, authorize};
use crate::dialects::anaconda::error::Error;
use crate::endpoint::Call;
use crate::respond;

/// Deletes a service account; its secret and its access tokens are worth nothing from then on.
pub(in crate::dialects::anaconda) async fn delete(call: Call) -> Result<Response, Error> {
    let organization = authorize(&call, Half::ServiceAccounts, Scope::KeysWrite).await?;
    key::delete_service_account(&call.directory, &organization, call.parameter("client_id")).await?;
    Ok(respond::empty(StatusCode::NO_CONTENT))
}
