//! `GET /accounts/{account_id}/core/v1/ldapGroups` [C]

use axum::response::Response;
use serde_json::Value;

use crate::dialects::astra::error::Error;
use crate::dialects::astra::landscape;
use crate::endpoint::Call;

/// Lists what groups the directory server holds.
pub(in crate::dialects::astra) async fn list(call: Call) -> Result<Response, Error> {
    const MEMBERS: &[&str] = &["id", "email", "firstName", "lastName", "cn", "dn"];
    landscape::list(&call, MEMBERS, |view| {
        Some(view.landscape.ldap_groups.iter().cloned().map(Value::Object).collect())
    })
    .await
}
