//! Reading parameters and the members that several calls share.

use serde::Serialize;
use tessera_directory::page::{Page, parse_cursor};
use tessera_validate::{email, name};

use super::error::Error;
use crate::endpoint::Received;
use crate::members::{Fault, Given, Members};

const DEFAULT_LIMIT: u32 = 100;
const MAX_LIMIT: u32 = 1000;

/// A UUID of the path, in the lower case in which the directory has it. What is no UUID is the id of nothing.
pub(super) fn id(call: &Received, name: &str) -> String {
    call.parameter(name).to_ascii_lowercase()
}

/// The part of a list that the query asks for: `limit`, and `cursor` as an answer gave it.
pub(super) fn page(call: &Received) -> Result<Page, Error> {
    let limit = match call.query("limit") {
        None => DEFAULT_LIMIT,
        Some(text) => text
            .parse()
            .ok()
            .filter(|limit| (1..=MAX_LIMIT).contains(limit))
            .ok_or(Error::Parameter("limit", "should be a number from 1 to 1000"))?,
    };
    let after = match call.query("cursor") {
        None => 0,
        Some(text) => {
            parse_cursor(&text).ok_or(Error::Parameter("cursor", "should be a cursor that an answer gave"))?
        }
    };
    Ok(Page { limit, after })
}

/// A list's answer.
#[derive(Serialize)]
pub(super) struct Listed<T> {
    /// The items.
    pub(super) data: Vec<T>,
    /// The cursor of what comes after them, or null.
    pub(super) next_cursor: Option<String>,
}

/// Takes an e-mail address.
pub(super) fn take_email(members: &mut Members, member: &str) -> Given<String> {
    let given = members.text(member);
    if let Given::Value(address) = &given
        && !email::is_valid(address)
    {
        members.note(member, Fault::Value("email", "an e-mail address".into()));
    }
    given
}

/// Takes a name of at least so many characters.
pub(super) fn take_name(members: &mut Members, member: &str, least: usize) -> Given<String> {
    let given = members.text(member);
    if let Given::Value(text) = &given
        && (!name::is_valid(text) || text.trim().chars().count() < least)
    {
        let message = format!("{least} to {} characters, none of them control", name::MAX_LENGTH);
        members.note(member, Fault::Value("name", message));
    }
    given
}

/// Takes a password.
pub(super) fn take_password(members: &mut Members, member: &str) -> Given<String> {
    let given = members.text(member);
    if let Given::Value(text) = &given
        && !(8..=128).contains(&text.chars().count())
    {
        members.note(member, Fault::Value("password", "8 to 128 characters".into()));
    }
    given
}
