//! Users [S, L].

use serde_json::json;
use tessera_directory::document::Shape::{self, Column, Object, Word};
use tessera_directory::user::{self, AuthProvider, columns};

use super::body::Body;
use super::media::{Resource, metadata};

pub(super) mod create;
pub(super) mod delete;
pub(super) mod get;
pub(super) mod list;
pub(super) mod update;

/// Users.
pub(super) const USER: Resource = Resource {
    media: "application/astra-user",
    versions: &["1.0", "1.1", "1.2"],
    table: &user::TABLE,
    shape: &Object(&[
        ("metadata", metadata!(columns)),
        ("type", Word("application/astra-user")),
        ("version", Word("1.2")),
        ("id", Column(columns::ID)),
        ("authProvider", Column(columns::AUTH_PROVIDER)),
        ("authID", Column(columns::AUTH_ID)),
        ("firstName", Column(columns::FIRST_NAME)),
        ("lastName", Column(columns::LAST_NAME)),
        ("companyName", Column(columns::COMPANY)),
        ("email", Column(columns::EMAIL)),
        ("postalAddress", ADDRESS),
        ("state", Column(columns::STATE)),
        ("sendWelcomeEmail", Column(columns::WELCOME)),
        ("isEnabled", Column(columns::ENABLED)),
        ("isInviteAccepted", Column(columns::INVITE_ACCEPTED)),
        ("enableTimestamp", Column(columns::ENABLED_AT)),
        // nobody's acts are noted: each would change the resource and its tag
        ("lastActTimestamp", Word("")),
        ("phone", Column(columns::PHONE)),
    ]),
};

const ADDRESS: Shape = Object(&[
    ("addressCountry", Column(columns::COUNTRY)),
    ("addressLocality", Column(columns::LOCALITY)),
    ("addressRegion", Column(columns::REGION)),
    ("streetAddress1", Column(columns::STREET_1)),
    ("streetAddress2", Column(columns::STREET_2)),
    ("postalCode", Column(columns::POSTAL_CODE)),
]);

/// Takes the postal address, as the directory keeps it.
fn take_address(body: &mut Body) -> Option<String> {
    const NAMES: &[&str] =
        &["addressCountry", "addressLocality", "addressRegion", "streetAddress1", "streetAddress2", "postalCode"];
    let texts = body.texts("postalAddress", NAMES)?;
    let [country, locality, region, street_1, street_2, postal_code] = texts.try_into().unwrap_or_default();
    let address = json!({ "country": country, "locality": locality, "region": region, "street_1": street_1,
        "street_2": street_2, "postal_code": postal_code });
    Some(crate::json::text(&address))
}

/// Takes a name of a person.
fn take_name(body: &mut Body, member: &str) -> Option<String> {
    let name = body.text_of(member, 0, 63)?;
    let is_attack =
        |c: char| c.is_control() || matches!(c, '<' | '>' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    if name.chars().any(is_attack) || name.contains("../") {
        body.invalid(member, "must have no angle brackets, control characters, overrides of direction, or ../");
    }
    Some(name)
}

fn take_provider(body: &mut Body) -> Option<AuthProvider> {
    body.word("authProvider", AuthProvider::WORDS, AuthProvider::parse)
}
