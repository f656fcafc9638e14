//! `POST /api/shared_spaces/{space}/api_accesses` [S]

use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde_json::{Map, Value, json};
use tessera_directory::api_access::{self, NewApiAccess};

use super::read;
use crate::dialects::octane::entity::Entity;
use crate::dialects::octane::error::{self, Error};
use crate::dialects::octane::record::Record;
use crate::dialects::octane::{Place, answer, input};
use crate::endpoint::{Call, Received};
use crate::verdict::{Code, Problem, Told as _, Verdict, Written};

/// The most keys of one call [S].
const MAX_CREATED: usize = 200;

/// Makes those of the keys that can be made, and tells what is wrong with the others [D].
pub(in crate::dialects::octane) async fn create(call: Call, place: Place) -> Result<Response, Error> {
    let fields = input::fields(&call, Entity::ApiAccess)?;
    let (drafts, errors) = read_all(call.body()?)?;
    let made = if drafts.is_empty() {
        Vec::new()
    } else {
        api_access::create(&call.directory, &place.organization, drafts).await?
    };
    let data: Vec<Value> = made.iter().map(|key| Record::of_api_access(key).shown(&fields, &place.fixed)).collect();
    Ok(tell(&data, &errors, || error::correlation(&call.directory)).into_response())
}

/// What is said of such a request; the answer is known where no key can be made.
pub(in crate::dialects::octane) fn judge(call: &Received) -> Result<Verdict, Error> {
    input::fields(call, Entity::ApiAccess)?;
    let (drafts, errors) = read_all(call.body()?)?;
    let problems = errors.iter().flat_map(|(at, error)| {
        let told = error.problems().into_iter();
        told.map(move |problem| Problem { pointer: format!("/data/{at}{}", problem.pointer), ..problem })
    });
    let verdict = Verdict { problems: problems.collect(), ..Verdict::default() };
    let none = || tell(&[], &errors, || error::NO_CORRELATION.to_owned()).uncached();
    Ok(verdict.answered(drafts.is_empty(), none))
}

/// The keys that can be made, and what is wrong with the others, each with its place.
type Drafts = (Vec<NewApiAccess>, Vec<(usize, Error)>);

fn read_all(body: &[u8]) -> Result<Drafts, Error> {
    let (mut drafts, mut errors) = (Vec::new(), Vec::new());
    for (at, item) in entities(body)?.iter().enumerate() {
        match draft(item) {
            Ok(draft) => drafts.push(draft),
            Err(error) => errors.push((at, error)),
        }
    }
    Ok((drafts, errors))
}

/// Tells which were made, and what is wrong with the others.
fn tell(made: &[Value], errors: &[(usize, Error)], correlation: impl Fn() -> String) -> Written {
    let mut body = answer::envelope(made.len(), made);
    let status = match errors.first() {
        None => StatusCode::CREATED,
        Some(_) if !made.is_empty() => StatusCode::CONFLICT,
        Some((_, first)) => first.status(),
    };
    if let (Some(envelope), false) = (body.as_object_mut(), errors.is_empty()) {
        let told = errors.iter().map(|(at, error)| {
            let mut told = error.body(&correlation());
            if let Some(told) = told.as_object_mut() {
                // the one in the vendor's CI SDK [C], the other in its help [D]
                told.insert("index".to_owned(), json!(at));
                told.insert("entity_index".to_owned(), json!(at));
            }
            told
        });
        envelope.insert("errors".to_owned(), told.collect());
    }
    Written::json(status, &body)
}

/// What is to be made: 1 to 200 entities.
fn entities(body: &[u8]) -> Result<Vec<Map<String, Value>>, Error> {
    let Ok(Value::Object(mut members)) = serde_json::from_slice(body) else {
        return Err(Error::General(Code::Malformed, "The body must be a JSON object"));
    };
    let data = match members.remove("data") {
        Some(Value::Array(data)) if (1..=MAX_CREATED).contains(&data.len()) => data,
        _ => Vec::new(),
    };
    let entity = |item| if let Value::Object(members) = item { Some(members) } else { None };
    let entities: Option<Vec<_>> = data.into_iter().map(entity).collect();
    let is_some = |entities: &Vec<_>| !entities.is_empty();
    entities.filter(is_some).ok_or(Error::General(Code::Type, "`data` must be an array of 1 to 200 objects"))
}

fn draft(members: &Map<String, Value>) -> Result<NewApiAccess, Error> {
    let draft = read(members, None)?;
    let missing = |field| Error::IllegalValue(Entity::ApiAccess, field, error::REQUIRED);
    Ok(NewApiAccess {
        name: draft.name.ok_or(missing("name"))?,
        client_id: None,
        secret: draft.client_secret.ok_or(missing("client_secret"))?,
        workspace_roles: draft.workspace_roles.unwrap_or_default(),
        expires_at: draft.expiration.flatten(),
    })
}
