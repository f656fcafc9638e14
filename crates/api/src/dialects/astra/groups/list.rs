//! `GET /accounts/{account_id}/core/v1/groups` [O]

use axum::response::Response;
use tessera_directory::key::Scope;

use super::GROUP;
use crate::dialects::astra::error::Error;
use crate::dialects::astra::read;
use crate::endpoint::Call;

/// Lists the LDAP groups.
pub(in crate::dialects::astra) async fn list(call: Call) -> Result<Response, Error> {
    read::list(&call, Scope::UsersRead, &GROUP).await
}
