//! Users: the organization's own, whichever dialect made them. The identifier is the e-mail, or for a user without any
//! the login.

use serde::Serialize;
use tessera_directory::end_user::EndUser;
use tessera_validate::name;

use super::input::{self, date};
use crate::members::{Given, Members};

pub(super) mod create;
pub(super) mod get;
pub(super) mod list;
pub(super) mod update;

const URL: &str = "/users";
const IDENTIFIER: &str = "identifier";
const NO_SUCH_KEY: &str = "The organisation has no such key.";

/// A user, as every answer shows it.
#[derive(Serialize)]
struct UserView {
    id: i64,
    resource: &'static str,
    organisation: i64,
    key: i64,
    identifier: String,
    state: &'static str,
    date_created: String,
}

fn view(organisation: i64, user: &EndUser) -> UserView {
    UserView {
        id: user.user.seq,
        resource: "user",
        organisation,
        key: user.key,
        identifier: user.identifier().to_owned(),
        state: user.state.as_str(),
        date_created: date(user.user.created_at),
    }
}

fn take_identifier(members: &mut Members) -> Given<String> {
    let identifier = members.text(IDENTIFIER);
    if let Given::Value(text) = &identifier
        && (text.is_empty() || !name::is_storable(text))
    {
        input::note(members, IDENTIFIER, "This should have 1 to 255 characters.");
    }
    identifier
}
