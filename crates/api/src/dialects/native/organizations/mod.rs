//! Organizations.

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Value;
use tessera_directory::letter::Language;
use tessera_directory::organization::{
    Change, IdentityMode, MAX_PERMISSION_SCOPES, MAX_SEATS, Organization as Domain, OrganizationType,
    PermissionsResource, Seats, State,
};
use tessera_directory::permission::{are_limits, is_scope};

use super::input::take_name;
use crate::members::{Fault, Given, Members, Type};
use crate::{json, time};

pub(super) mod create;
pub(super) mod delete;
pub(super) mod get;
pub(super) mod list;
pub(super) mod update;

/// An organization, as every answer shows it.
#[derive(Serialize)]
struct Organization {
    id: String,
    number: i64,
    slug: String,
    name: String,
    seats: SeatCount,
    r#type: &'static str,
    state: Option<&'static str>,
    identity_mode: &'static str,
    set_password_via_api: bool,
    subscription_expires_at: Option<String>,
    api_version: String,
    permission_scopes: Value,
    permissions_resource: &'static str,
    language: &'static str,
    created_at: String,
    updated_at: String,
}

#[derive(Serialize)]
struct SeatCount {
    total: i64,
    used: i64,
}

impl Organization {
    fn of(organization: Domain, seats: Seats) -> Self {
        let settings = organization.settings;
        Self {
            id: organization.id,
            number: organization.number,
            slug: organization.slug,
            name: settings.name,
            seats: SeatCount { total: seats.total, used: seats.used },
            r#type: settings.kind.as_str(),
            state: settings.state.map(State::as_str),
            identity_mode: settings.identity_mode.as_str(),
            set_password_via_api: settings.set_password_via_api,
            subscription_expires_at: settings.subscription_expires_at.map(time::with_z),
            api_version: settings.api_version,
            permission_scopes: json::kept(&settings.permission_scopes),
            permissions_resource: settings.permissions_resource.as_str(),
            language: settings.language.as_str(),
            created_at: time::with_z(organization.created_at),
            updated_at: time::with_z(organization.updated_at),
        }
    }
}

/// An organization, as an answer about something else names it.
#[derive(Serialize)]
pub(super) struct Named {
    id: String,
    number: i64,
    slug: String,
    name: String,
}

impl From<Domain> for Named {
    fn from(domain: Domain) -> Self {
        Self { id: domain.id, number: domain.number, slug: domain.slug, name: domain.settings.name }
    }
}

/// Takes every setting of a body; what is left out stays as it is, or as a new organization has it.
fn take_settings(members: &mut Members) -> Change {
    Change {
        name: {
            let name = take_name(members, "name", 1);
            members.non_null("name", name, Type::Text).map(|name| name.trim().to_owned())
        },
        seats: {
            let seats = members.integer("seats");
            let seats = members.non_null("seats", seats, Type::Integer);
            if seats.is_some_and(|seats| !(0..=MAX_SEATS).contains(&seats)) {
                members.note("seats", Fault::Value("range", format!("0 to {MAX_SEATS}")));
            }
            seats
        },
        kind: take_word(members, "type", OrganizationType::WORDS, OrganizationType::parse),
        state: members.word("state", State::WORDS, State::parse).change(),
        identity_mode: take_word(members, "identity_mode", IdentityMode::WORDS, IdentityMode::parse),
        set_password_via_api: {
            let allowed = members.boolean("set_password_via_api");
            members.non_null("set_password_via_api", allowed, Type::Boolean)
        },
        subscription_expires_at: members.time("subscription_expires_at").change(),
        api_version: {
            let version = members.text("api_version");
            let version = members.non_null("api_version", version, Type::Text);
            if version.as_deref().is_some_and(|version| !is_date(version)) {
                members.note("api_version", Fault::Value("date", "a date, YYYY-MM-DD".into()));
            }
            version
        },
        permission_scopes: take_scopes(members),
        permissions_resource: take_word(
            members,
            "permissions_resource",
            PermissionsResource::WORDS,
            PermissionsResource::parse,
        ),
        language: take_word(members, "language", Language::WORDS, Language::parse),
    }
}

/// Whether the text is a day as `YYYY-MM-DD`, its digits and hyphens just so.
fn is_date(text: &str) -> bool {
    let number = |from: usize, to: usize| {
        let digits = text.get(from..to).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
        digits.parse::<u32>().ok()
    };
    let is_formed = text.len() == 10 && text.get(4..5) == Some("-") && text.get(7..8) == Some("-");
    let date = || NaiveDate::from_ymd_opt(i32::try_from(number(0, 4)?).ok()?, number(5, 7)?, number(8, 10)?);
    is_formed && date().is_some()
}

fn take_word<T>(members: &mut Members, name: &str, words: &[&str], parse: fn(&str) -> Option<T>) -> Option<T> {
    let word = members.word(name, words, parse);
    members.non_null(name, word, Type::Text)
}

/// ricloud's base scopes: an object of scopes, each an array of limits. The text is what the directory keeps.
fn take_scopes(members: &mut Members) -> Option<String> {
    const MEMBER: &str = "permission_scopes";
    match members.take(MEMBER) {
        Given::Absent => None,
        Given::Value(Value::Object(scopes)) => {
            for (scope, limits) in &scopes {
                if !is_scope(scope) {
                    members
                        .note_at(&[MEMBER, scope], Fault::Value("scope", "named as ricloud names scopes".to_owned()));
                } else if !are_limits(limits) {
                    members
                        .note_at(&[MEMBER, scope], Fault::Value("limits", "an array of ricloud's limits".to_owned()));
                }
            }
            let json = json::text(&Value::Object(scopes));
            if json.len() > MAX_PERMISSION_SCOPES {
                let message = format!("at most {MAX_PERMISSION_SCOPES} bytes of JSON");
                members.note(MEMBER, Fault::Value("length", message));
            }
            Some(json)
        }
        Given::Null | Given::Value(_) => {
            members.note(MEMBER, Fault::Type(Type::Object));
            None
        }
    }
}
