//! `GET /passwordPolicy` [D]

use axum::response::Response;
use http::StatusCode;
use serde_json::json;
use tessera_directory::organization::Organization;
use tessera_directory::password_policy;

use super::{DIGITS, LENGTH, LOWERCASE, MARKS, UPPERCASE};
use crate::dialects::appoptima::error::Error;
use crate::endpoint::Call;
use crate::respond;

/// The one realm of an organization [D].
const REALM: &str = "default";

/// Tells the policy.
pub(in crate::dialects::appoptima) async fn get(call: Call, organization: Organization) -> Result<Response, Error> {
    let policy = password_policy::find(&call.directory, &organization).await?;
    let answer = json!({
        "realmId": REALM,
        LENGTH: policy.length,
        UPPERCASE: policy.uppercase,
        LOWERCASE: policy.lowercase,
        DIGITS: policy.digits,
        MARKS: policy.marks,
    });
    Ok(respond::json(StatusCode::OK, &answer))
}
