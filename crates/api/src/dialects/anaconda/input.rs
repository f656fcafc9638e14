//! Reading parameters, with FastAPI's words for what does not validate.

use super::error::{Detail, Error};
use crate::endpoint::Received;

/// Two parts of a request, or what is wrong with either.
pub(super) fn both<A, B>(one: Result<A, Error>, other: Result<B, Error>) -> Result<(A, B), Error> {
    match (one, other) {
        (Err(Error::Invalid(mut detail)), Err(Error::Invalid(more))) => {
            detail.extend(more);
            Err(Error::Invalid(detail))
        }
        (one, other) => Ok((one?, other?)),
    }
}

/// A UUID of the path, in lower case.
pub(super) fn uuid(call: &Received, name: &str) -> Result<String, Error> {
    let text = call.parameter(name);
    let is_hyphen = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    let well_formed = text.len() == 36
        && text
            .bytes()
            .enumerate()
            .all(|(at, byte)| if is_hyphen(at) { byte == b'-' } else { byte.is_ascii_hexdigit() });
    if well_formed {
        Ok(text.to_ascii_lowercase())
    } else {
        let detail = Detail::of_parameter("path", name, "uuid_parsing", "Input should be a valid UUID");
        Err(Error::Invalid(vec![detail]))
    }
}

/// A boolean of the query, in the spellings that FastAPI takes.
pub(super) fn boolean(call: &Received, name: &str, default: bool) -> Result<bool, Error> {
    let Some(text) = call.query(name) else { return Ok(default) };
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" | "t" | "y" => Ok(true),
        "false" | "0" | "no" | "off" | "f" | "n" => Ok(false),
        _ => {
            let message = "Input should be a valid boolean, unable to interpret input";
            Err(Error::Invalid(vec![Detail::of_parameter("query", name, "bool_parsing", message)]))
        }
    }
}
