//! `POST /organizations/{org_id}/users_auto_registration` [S text, O:`auto_register_users`]

use std::collections::HashSet;

use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use serde_json::Value;
use tessera_directory::key::Scope;
use tessera_directory::onboarding::{self, MAX_ADDRESSES};
use tessera_validate::email;

use crate::dialects::anaconda::auth::{Half, authorize_all};
use crate::dialects::anaconda::error::Error;
use crate::endpoint::Call;
use crate::members::{Fault, Given, Members, Type};
use crate::respond;
use crate::verdict::{Code, Problem, Verdict};

const MEMBER: &str = "user_emails";

#[derive(Serialize)]
struct Onboarded {
    users_in_onboarding_process: Vec<String>,
    users_unavailable_for_onboarding: Vec<String>,
    total_organization_seats: String,
    available_organization_seats: String,
}

/// Onboards addresses, in the order given, as far as the seats reach.
pub(in crate::dialects::anaconda) async fn onboard(call: Call) -> Result<Response, Error> {
    // whom it makes has a seat and a token
    let scopes = [Scope::UsersWrite, Scope::SeatsWrite, Scope::TokensWrite];
    let organization = authorize_all(&call, Half::People, &scopes).await?;
    let emails = read(call.body()?)?;
    let done = onboarding::onboard(&call.directory, &organization, &emails).await?;
    let body = Onboarded {
        users_in_onboarding_process: done.accepted,
        users_unavailable_for_onboarding: done.refused,
        total_organization_seats: done.seats.total.to_string(),
        available_organization_seats: (done.seats.total - done.seats.used).to_string(),
    };
    Ok(respond::json(StatusCode::OK, &body))
}

/// What is said of such a request. An address that comes once more is taken once, at its first place.
pub(in crate::dialects::anaconda) fn judge(body: &[u8]) -> Result<Verdict, Error> {
    let emails = read(body)?;
    let mut seen = HashSet::new();
    let again = emails.iter().enumerate().filter(|(_, address)| !seen.insert(email::key(address)));
    let warnings = again.map(|(at, _)| {
        Problem::of_member(
            &[MEMBER, &at.to_string()],
            Code::Duplicate,
            "The address is given once more, and is taken once",
        )
    });
    Ok(Verdict { warnings: warnings.collect(), ..Verdict::default() })
}

/// Reads `user_emails`: an array [O], or the seed's `"[a@acme.test, b@acme.test]"` [S].
pub(in crate::dialects::anaconda) fn read(body: &[u8]) -> Result<Vec<String>, Error> {
    let mut members = Members::parse(body)?;
    let items = match members.take(MEMBER) {
        Given::Value(Value::Array(items)) => items,
        Given::Value(Value::String(text)) => split(&text).map(|item| Value::String(item.to_owned())).collect(),
        Given::Absent => {
            members.note(MEMBER, Fault::Missing);
            Vec::new()
        }
        Given::Null | Given::Value(_) => {
            members.note(MEMBER, Fault::Type(Type::Array));
            Vec::new()
        }
    };
    if items.len() > MAX_ADDRESSES {
        let message = format!("List should have at most {MAX_ADDRESSES} items after validation, not {}", items.len());
        members.note(MEMBER, Fault::Value("too_long", message));
    }
    let mut emails = Vec::with_capacity(items.len());
    for (at, item) in items.into_iter().enumerate() {
        match item {
            Value::String(address) if email::is_valid(&address) => emails.push(address),
            Value::String(_) => members.note_at(
                &[MEMBER, &at.to_string()],
                Fault::Value("value_error", "value is not a valid email address".into()),
            ),
            _ => members.note_at(&[MEMBER, &at.to_string()], Fault::Type(Type::Text)),
        }
    }
    members.finish()?;
    Ok(emails)
}

/// The items of the seed's form: without the square brackets around all, split at commas, without the angle brackets or
/// quotes around each, and without empty ones.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let text = text.trim();
    let text = text.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(text);
    text.split(',').map(|item| unwrap(item.trim())).filter(|item| !item.is_empty())
}

fn unwrap(item: &str) -> &str {
    let pair = |open, close| item.strip_prefix(open)?.strip_suffix(close);
    pair('<', '>').or_else(|| pair('"', '"')).or_else(|| pair('\'', '\'')).unwrap_or(item)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seeds_form() {
        let read = |text| split(text).collect::<Vec<_>>();
        assert_eq!(read("[a@acme.test, b@acme.test]"), ["a@acme.test", "b@acme.test"]);
        assert_eq!(
            read(" [ <a@acme.test> ,'b@acme.test', \"c@acme.test\",, ] "),
            ["a@acme.test", "b@acme.test", "c@acme.test"]
        );
        assert_eq!(read("a@acme.test"), ["a@acme.test"]);
        assert_eq!(read("< a@acme.test >"), [" a@acme.test "]);
        assert!(read("[]").is_empty() && read("").is_empty() && read("[").contains(&"["));
    }
}
