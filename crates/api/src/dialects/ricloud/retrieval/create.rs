//! `POST /sessions`, `POST /polls`, `POST /subscriptions` [D]

use axum::response::Response;
use serde_json::Value;
use tessera_directory::storage_config;

use crate::dialects::ricloud::auth::Caller;
use crate::dialects::ricloud::error::Error;
use crate::dialects::ricloud::{input, permissions};
use crate::endpoint::Call;

/// Refuses to retrieve data: for want of a valid storage config, for want of a scope that covers the source, or because
/// the source is not here [T].
pub(in crate::dialects::ricloud) async fn create(call: Call, caller: Caller) -> Result<Response, Error> {
    let mut members = input::object(&call)?;
    if !storage_config::has_valid(&call.directory, &caller.organization).await? {
        return Err(Error::Unconfigured);
    }
    let source = members.take("source").value();
    if let Some(kind) = source.as_ref().and_then(|source| source.get("type")).and_then(Value::as_str) {
        let scope = format!("source_type:{kind}");
        if permissions::uncovered(&caller.organization, std::slice::from_ref(&scope)).is_some() {
            return Err(Error::MissingScope(scope));
        }
    }
    Err(Error::NotFound)
}
