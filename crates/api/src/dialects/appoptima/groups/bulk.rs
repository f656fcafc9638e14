//! `POST /groups/bulk` [D]

use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde_json::Value;
use tessera_directory::group::{self, MAX_ADDED, Settings};
use tessera_directory::organization::Organization;

use super::{GroupConfig, INVALID};
use crate::dialects::appoptima::error::Error;
use crate::dialects::appoptima::input;
use crate::endpoint::{Call, Received, Refusal};
use crate::verdict::{Code, Told as _, Verdict, Written};

const NO_GROUPS: &str = "No group information received for the request to create groups";

/// Makes those groups of a list that can be made, all in one write; 406 tells which, where some could not.
pub(in crate::dialects::appoptima) async fn create(call: Call, organization: Organization) -> Result<Response, Error> {
    let read = read(&call)?;
    let given = read.len();
    let sound = read.into_iter().filter_map(Result::ok).collect();
    let added = group::add(&call.directory, &organization, sound).await?;
    let groups: Vec<GroupConfig> = added.into_iter().map(GroupConfig::from).collect();
    Ok(answer(&groups, given).into_response())
}

/// What is said of such a request. Groups that cannot be made are left out; the answer is known where none is left.
pub(in crate::dialects::appoptima) fn judge(call: &Received) -> Result<Verdict, Error> {
    let read = read(call)?;
    let at_fault = read.iter().enumerate().filter_map(|(at, group)| Some((at, group.as_ref().err()?)));
    let places = at_fault.clone().count();
    let problems = at_fault.flat_map(|(at, error)| error.problems().into_iter().map(move |problem| problem.below(at)));
    let verdict = Verdict { problems: problems.collect(), ..Verdict::default() };
    Ok(verdict.answered(places == read.len(), || answer(&[], read.len()).uncached()))
}

/// Reads the list, each group for itself.
fn read(call: &Received) -> Result<Vec<Result<Settings, Error>>, Error> {
    let Value::Array(values) = input::json(call, NO_GROUPS, INVALID)? else {
        return Err(Error::Unfit(Code::Type, INVALID));
    };
    if values.len() > MAX_ADDED {
        return Err(Refusal::TooLarge.into());
    }
    let groups = values.into_iter().enumerate().map(|(at, value)| match value {
        Value::Object(group) => super::read_new(group, Some(at)),
        _ => Err(Error::Unfit(Code::Type, INVALID)),
    });
    Ok(groups.collect())
}

/// Tells which were made of so many.
fn answer(groups: &[GroupConfig], given: usize) -> Written {
    let status = if groups.len() == given { StatusCode::OK } else { StatusCode::NOT_ACCEPTABLE };
    Written::json(status, &groups)
}
