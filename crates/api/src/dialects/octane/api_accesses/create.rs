//! `POST /api/shared_spaces/{space}/api_accesses` [S]

use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};
use tessera_directory::api_access::{self, NewApiAccess};

use super::read;
use crate::dialects::octane::entity::Entity;
use crate::dialects::octane::error::Error;
use crate::dialects::octane::record::Record;
use crate::dialects::octane::{Place, answer, input};
use crate::endpoint::Call;
use crate::respond;

/// The most keys of one call [S].
const MAX_CREATED: usize = 200;

/// Makes those of the keys that can be made, and tells what is wrong with the others [D].
pub(in crate::dialects::octane) async fn create(call: Call, place: Place) -> Result<Response, Error> {
    let fields = input::fields(&call, Entity::ApiAccess)?;
    let (mut drafts, mut errors) = (Vec::new(), Vec::new());
    for (at, item) in entities(call.body()?)?.iter().enumerate() {
        match draft(item) {
            Ok(draft) => drafts.push(draft),
            Err(error) => errors.push((at, error)),
        }
    }
    let made = if drafts.is_empty() {
        Vec::new()
    } else {
        api_access::create(&call.directory, &place.organization, drafts).await?
    };
    let data: Vec<Value> = made.iter().map(|key| Record::of_api_access(key).shown(&fields, &place.fixed)).collect();
    let mut body = answer::envelope(data.len(), &data);
    let status = match errors.first() {
        None => StatusCode::CREATED,
        Some(_) if !made.is_empty() => StatusCode::CONFLICT,
        Some((_, first)) => first.status(),
    };
    if let (Some(envelope), false) = (body.as_object_mut(), errors.is_empty()) {
        let told = errors.iter().map(|(at, error)| {
            let mut told = error.body(&call.directory);
            if let Some(told) = told.as_object_mut() {
                // the one in the vendor's CI SDK [C], the other in its help [D]
                told.insert("index".to_owned(), json!(at));
                told.insert("entity_index".to_owned(), json!(at));
            }
            told
        });
        envelope.insert("errors".to_owned(), told.collect());
    }
    Ok(respond::json(status, &body))
}

/// What is to be made: 1 to 200 entities.
fn entities(body: &[u8]) -> Result<Vec<Value>, Error> {
    let Ok(Value::Object(mut members)) = serde_json::from_slice(body) else {
        return Err(Error::General("The body must be a JSON object"));
    };
    match members.remove("data") {
        Some(Value::Array(data)) if (1..=MAX_CREATED).contains(&data.len()) => Ok(data),
        _ => Err(Error::General("`data` must be an array of 1 to 200 objects")),
    }
}

fn draft(item: &Value) -> Result<NewApiAccess, Error> {
    let members = item.as_object().ok_or(Error::General("An entity must be a JSON object"))?;
    let draft = read(members, None)?;
    let missing = |field| Error::IllegalValue(Entity::ApiAccess, field, "it is required");
    Ok(NewApiAccess {
        name: draft.name.ok_or(missing("name"))?,
        client_id: None,
        secret: draft.client_secret.ok_or(missing("client_secret"))?,
        workspace_roles: draft.workspace_roles.unwrap_or_default(),
        expires_at: draft.expiration.flatten(),
    })
}
