//! Reading paths, bodies and parameters.

use chrono::SecondsFormat;
use serde_json::{Map, Value};
use tessera_directory::Timestamp;
use tessera_directory::preference::{Change, Missing};

use super::error::Error;
use crate::endpoint::Received;
use crate::members::{Fault, Given, Members, Type};

const NO_SUCH_CONFIG: &str = "The organisation has no such config.";

/// A date-time as every answer has it: six fractional digits and `Z` [S].
pub(super) fn date(time: Timestamp) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// The id in the path. What is none is nobody's [T].
pub(super) fn id(call: &Received) -> Result<i64, Error> {
    parse_id(call.parameter("id")).ok_or(Error::NotFound)
}

/// Checks the id in the path, where there is one.
pub(super) fn check_id(call: &Received) -> Result<(), Error> {
    if call.has_parameter("id") { id(call).map(drop) } else { Ok(()) }
}

/// An id in digits.
pub(super) fn parse_id(text: &str) -> Option<i64> {
    text.parse().ok().filter(|id: &i64| *id >= 0 && id.to_string() == text)
}

/// The body: a JSON object, whatever its media type; nothing at all and `null` are an empty one [C].
pub(super) fn object(call: &Received) -> Result<Members, Error> {
    let body = call.body()?;
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Members::of(Map::new()));
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(Members::of(members)),
        Ok(Value::Null) => Ok(Members::of(Map::new())),
        Ok(_) | Err(_) => Err(Error::InvalidBody),
    }
}

/// Notes what is wrong with a parameter.
pub(super) fn note(members: &mut Members, name: &str, reason: &str) {
    members.note(name, Fault::Value("value", reason.to_owned()));
}

/// Takes a parameter that names an object: its id, or the same digits as a string [S, D].
pub(super) fn take_id(members: &mut Members, name: &str) -> Given<i64> {
    let id = match members.take(name) {
        Given::Absent => return Given::Absent,
        Given::Null => return Given::Null,
        Given::Value(Value::Number(number)) => number.as_i64().filter(|id| *id >= 0),
        Given::Value(Value::String(text)) => parse_id(&text),
        Given::Value(_) => None,
    };
    id.map_or_else(
        || {
            note(members, name, "This should be the id of an object.");
            Given::Absent
        },
        Given::Value,
    )
}

/// Takes a parameter that may not be null.
pub(super) fn take_own_id(members: &mut Members, name: &str) -> Option<i64> {
    let id = take_id(members, name);
    members.non_null(name, id, Type::Integer)
}

/// Takes `config`, whose only member is the boolean `publish_source_files`; it replaces what was there [S].
pub(super) fn take_config(members: &mut Members) -> Option<Option<bool>> {
    const NAME: &str = "config";
    let config = members.object(NAME);
    let mut config = members.non_null(NAME, config, Type::Object)?;
    let publish = config.boolean("publish_source_files");
    let publish = config.non_null("publish_source_files", publish, Type::Boolean);
    config.refuse_others();
    members.put_back(config);
    Some(publish)
}

/// Takes what can be chosen of a key or, under other names, of an organisation.
pub(super) fn take_preferences(members: &mut Members, storage: &str, webhook: &str) -> Change {
    Change {
        publish_source_files: take_config(members),
        storage_config: take_id(members, storage).change(),
        webhook_config: take_id(members, webhook).change(),
    }
}

/// Notes the configs that the organisation does not have.
pub(super) fn note_missing(members: &mut Members, missing: Missing, storage: &str, webhook: &str) {
    for (is_missing, name) in [(missing.storage_config, storage), (missing.webhook_config, webhook)] {
        if is_missing {
            note(members, name, NO_SUCH_CONFIG);
        }
    }
}

/// Takes `state`, as far as the caller may set it: to one of these, or to what it is, so that an object that was
/// retrieved can be posted back [T]; what that is need not be known. The answer is the word, where it is not what it was.
pub(super) fn take_state(
    members: &mut Members,
    settable: &'static [&'static str],
    current: Option<&str>,
) -> Option<String> {
    const NAME: &str = "state";
    let state = members.text(NAME);
    let state = members.non_null(NAME, state, Type::Text)?;
    if settable.contains(&state.as_str()) {
        return Some(state);
    }
    if current.is_some_and(|current| state != current) {
        note(members, NAME, &format!("This should be one of {}.", settable.join(", ")));
    }
    None
}
