//! `POST /groups/bulk` [D]

use axum::response::Response;
use http::StatusCode;
use serde_json::Value;
use tessera_directory::group::{self, MAX_ADDED};
use tessera_directory::organization::Organization;

use super::{GroupConfig, INVALID};
use crate::dialects::appoptima::error::Error;
use crate::dialects::appoptima::input;
use crate::endpoint::{Call, Refusal};
use crate::respond;

const NO_GROUPS: &str = "No group information received for the request to create groups";

/// Makes those groups of a list that can be made, all in one write; 406 tells which, where some could not.
pub(in crate::dialects::appoptima) async fn create(call: Call, organization: Organization) -> Result<Response, Error> {
    let Value::Array(values) = input::json(&call, NO_GROUPS, INVALID)? else {
        return Err(Error::Invalid(INVALID, Vec::new()));
    };
    let given = values.len();
    if given > MAX_ADDED {
        return Err(Refusal::TooLarge.into());
    }
    let sound = values.into_iter().enumerate().filter_map(|(at, value)| match value {
        Value::Object(group) => super::read_new(group, Some(at)).ok(),
        _ => None,
    });
    let added = group::add(&call.directory, &organization, sound.collect()).await?;
    let status = if added.len() == given { StatusCode::OK } else { StatusCode::NOT_ACCEPTABLE };
    let groups: Vec<GroupConfig> = added.into_iter().map(GroupConfig::from).collect();
    Ok(respond::json(status, &groups))
}
