//! `PUT /groups` [D]

use axum::response::Response;
use http::StatusCode;
use serde_json::Value;
use tessera_directory::error::{Conflict, Error as Domain, Noun};
use tessera_directory::group::{self, Settings};
use tessera_directory::organization::Organization;

use super::{GroupConfig, ID, ID_NOT_SET, INVALID, NAME};
use crate::dialects::appoptima::error::{Error, Violation};
use crate::dialects::appoptima::input::is_set;
use crate::endpoint::{Call, Received};
use crate::respond;
use crate::verdict::Code;

const NO_GROUP: &str = "No group information received for the request to update a group";
const NO_SUCH_OR_TAKEN: &str = "Group name already exists or group not found";

/// Replaces a group, all but the id.
pub(in crate::dialects::appoptima) async fn update(call: Call, organization: Organization) -> Result<Response, Error> {
    let (id, settings) = read(&call)?;
    match group::replace(&call.directory, &organization, &id, settings).await {
        Ok(group) => Ok(respond::json(StatusCode::OK, &GroupConfig::from(group))),
        Err(Domain::NotFound(Noun::Group)) => Err(refused(ID, Code::Absent)),
        Err(Domain::Conflict(Conflict::GroupNameTaken)) => Err(refused(NAME, Code::Taken)),
        Err(error) => Err(error.into()),
    }
}

fn refused(member: &'static str, code: Code) -> Error {
    Error::Unacceptable(NO_SUCH_OR_TAKEN, vec![Violation::new(None, member, code, NO_SUCH_OR_TAKEN)])
}

/// Reads the group's id, and what it is to be.
pub(in crate::dialects::appoptima) fn read(call: &Received) -> Result<(String, Settings), Error> {
    let mut body = super::read_body(call, NO_GROUP)?;
    if !is_set(&body, ID) {
        return Err(super::refused(Code::Missing, ID_NOT_SET, ID));
    }
    let (id, violations) = match body.shift_remove(ID) {
        Some(Value::String(id)) => (id, Vec::new()),
        _ => (String::new(), vec![Violation::new(None, ID, Code::Type, INVALID)]),
    };
    Ok((id, super::read_settings(body, None, violations)?))
}
