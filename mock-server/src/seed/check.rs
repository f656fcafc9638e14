//! The rules of a seed: the API's own, which the directory takes for granted.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike as _, NaiveDate};
use tessera_directory::Timestamp;
use tessera_directory::key::Kind;
use tessera_directory::organization::{MAX_PERMISSION_SCOPES, MAX_SEATS};
use tessera_directory::permission::{are_limits, is_scope};
use tessera_directory::user::Role;
use tessera_validate::secret::{self, Kind as SecretKind};
use tessera_validate::{client_secret, email, name, slug};

use super::read::suggest;
use super::{Group, Key, Organization, Problem, Seed, SeedError, Token, User};
use crate::faults;
use crate::stubs::{self, Stubs};

/// The names of the groups that every organization has; their slugs are made of them.
const DEFAULT_GROUPS: [&str; 3] = ["Owners", "Admin", "Users"];

impl Seed {
    /// Checks all that can be told from the seed itself, and tells every fault.
    pub fn check(&self) -> Result<(), SeedError> {
        let mut faults = Faults::default();
        faults.time("/created_at", self.created_at);
        for (at, organization) in self.organizations.iter().enumerate() {
            faults.organization(&format!("/organizations/{at}"), organization);
        }
        for (at, rule) in self.faults.iter().enumerate() {
            if let Err(error) = faults::check(rule.clone()) {
                faults.note(format!("/faults/{at}/{}", error.member), error.reason);
            }
        }
        if let Err(error) = Stubs::default().import(&stubs::import_of(&self.stubs)) {
            faults.note(error.pointer.replacen("/mappings", "/stubs", 1), error.title);
        }
        if faults.problems.is_empty() { Ok(()) } else { Err(SeedError { problems: faults.problems }) }
    }
}

#[derive(Default)]
struct Faults {
    problems: Vec<Problem>,
    /// What no two may have alike, with the pointer to who has it.
    taken: BTreeMap<(&'static str, String), String>,
}

impl Faults {
    fn note(&mut self, pointer: impl Into<String>, message: impl Into<String>) {
        self.problems.push(Problem::new(pointer, message));
    }

    fn require(&mut self, holds: bool, pointer: impl Into<String>, message: impl Into<String>) {
        if !holds {
            self.note(pointer, message);
        }
    }

    /// Notes where something has been taken before.
    fn once(&mut self, pointer: String, what: &'static str, value: &str) {
        if let Some(first) = self.taken.insert((what, value.to_owned()), pointer.clone()) {
            self.note(pointer, format!("the {what} {value:?} is taken: {first} has it"));
        }
    }

    fn organization(&mut self, at: &str, organization: &Organization) {
        self.id(at, organization.id.as_deref());
        if let Some(number) = organization.number {
            self.require((1..=1 << 53).contains(&number), format!("{at}/number"), "a number is 1 or more");
            self.once(format!("{at}/number"), "number", &number.to_string());
        }
        if let Some(slug) = &organization.slug {
            let wanted = slug::from_name(slug);
            self.require(
                wanted == *slug,
                format!("{at}/slug"),
                format!(
                    "a slug is of small letters, digits and hyphens, and begins with a letter; did you mean {wanted}?"
                ),
            );
            self.once(format!("{at}/slug"), "slug", slug);
        }
        self.secret(format!("{at}/api_key"), SecretKind::Key, organization.api_key.as_deref());
        self.name(format!("{at}/name"), &organization.name);
        self.require(
            (0..=MAX_SEATS).contains(&organization.seats),
            format!("{at}/seats"),
            format!("there are 0 to {MAX_SEATS} seats"),
        );
        let seated = organization.users.iter().filter(|user| user.seat).count();
        self.require(
            i64::try_from(seated).is_ok_and(|seated| seated <= organization.seats),
            format!("{at}/seats"),
            format!("{seated} users hold a seat, and there are {}", organization.seats),
        );
        self.time(&format!("{at}/subscription_expires_at"), organization.subscription_expires_at);
        if let Some(version) = &organization.api_version {
            let date = NaiveDate::parse_from_str(version, "%Y-%m-%d");
            let is_date = date.is_ok_and(|date| date.format("%Y-%m-%d").to_string() == *version);
            self.require(is_date, format!("{at}/api_version"), "a version is a date, YYYY-MM-DD");
        }
        if let Some(scopes) = &organization.permission_scopes {
            for (scope, limits) in scopes {
                let pointer = format!("{at}/permission_scopes/{}", scope.replace('~', "~0").replace('/', "~1"));
                let is_good = is_scope(scope) && are_limits(limits);
                self.require(is_good, pointer, "this is no scope of ricloud's with an array of its limits");
            }
            let length = serde_json::to_string(scopes).map_or(0, |json| json.len());
            self.require(
                length <= MAX_PERMISSION_SCOPES,
                format!("{at}/permission_scopes"),
                format!("at most {MAX_PERMISSION_SCOPES} bytes of JSON"),
            );
        }
        let mut people = People::default();
        if let Some(admin) = &organization.admin {
            self.email(format!("{at}/admin/email"), &admin.email);
            self.password(format!("{at}/admin/password"), admin.password.as_deref());
            people.take(self, &format!("{at}/admin"), Some(&admin.email), None);
        }
        let groups = self.groups(at, &organization.groups);
        for (index, user) in organization.users.iter().enumerate() {
            let at = format!("{at}/users/{index}");
            self.user(&at, user, &groups);
            people.take(self, &at, user.email.as_deref(), user.login.as_deref());
        }
        for (index, key) in organization.keys.iter().enumerate() {
            self.key(&format!("{at}/keys/{index}"), key);
        }
    }

    /// Checks groups, and gives all names and slugs that a user may name.
    fn groups(&mut self, at: &str, groups: &[Group]) -> BTreeSet<String> {
        let mut names: BTreeSet<String> = DEFAULT_GROUPS.iter().map(|name| (*name).to_owned()).collect();
        for (index, group) in groups.iter().enumerate() {
            let pointer = format!("{at}/groups/{index}/name");
            self.name(pointer.clone(), &group.name);
            let is_new = names.insert(group.name.clone());
            self.require(is_new, pointer, format!("there is a group {:?} already", group.name));
        }
        let slugs: Vec<String> = names.iter().map(|name| slug::of_group(name)).collect();
        names.extend(slugs);
        names
    }

    fn user(&mut self, at: &str, user: &User, groups: &BTreeSet<String>) {
        self.id(at, user.id.as_deref());
        if let Some(address) = &user.email {
            self.email(format!("{at}/email"), address);
        }
        if let Some(login) = &user.login {
            self.name(format!("{at}/login"), login);
        }
        for (member, text) in [("first_name", &user.first_name), ("last_name", &user.last_name)] {
            let is_valid = text.as_deref().is_none_or(name::is_valid);
            self.require(is_valid, format!("{at}/{member}"), "a name has up to 255 characters, none of them control");
        }
        self.password(format!("{at}/password"), user.password.as_deref());
        let mut named = BTreeSet::new();
        for (index, group) in user.groups.iter().enumerate() {
            let pointer = format!("{at}/groups/{index}");
            if !groups.contains(group) {
                let mut message = format!("there is no group {group:?}");
                suggest(&mut message, group, groups);
                self.note(pointer, message);
            } else if !named.insert(slug::of_group(group)) {
                self.note(pointer, format!("the group {group:?} is named twice"));
            }
        }
        if user.binding.is_some() && user.role == Some(Role::Admin) {
            self.note(format!("{at}/binding"), "an admin is bound as an owner already");
        }
        for (index, token) in user.tokens.iter().enumerate() {
            self.token(&format!("{at}/tokens/{index}"), token);
        }
    }

    fn token(&mut self, at: &str, token: &Token) {
        self.id(at, token.id.as_deref());
        let is_valid = token.name.as_deref().is_none_or(name::is_valid);
        self.require(is_valid, format!("{at}/name"), "a name has up to 255 characters, none of them control");
        self.secret(format!("{at}/secret"), SecretKind::Token, token.secret.as_deref());
        self.time(&format!("{at}/expires_at"), token.expires_at);
    }

    fn key(&mut self, at: &str, key: &Key) {
        self.name(format!("{at}/name"), &key.name);
        self.time(&format!("{at}/expires_at"), key.expires_at);
        if key.kind != Kind::ApiAccess {
            let kind = if key.kind == Kind::Standard { SecretKind::Key } else { SecretKind::ClientSecret };
            self.id(at, key.id.as_deref());
            self.secret(format!("{at}/secret"), kind, key.secret.as_deref());
            self.require(
                key.client_id.is_none(),
                format!("{at}/client_id"),
                "only an api_access has a client id to choose",
            );
            let has_roles = !key.workspace_roles.is_empty();
            self.require(!has_roles, format!("{at}/workspace_roles"), "only an api_access has workspace roles");
            return;
        }
        let strong = "the secret of an api_access has 10 to 30 characters of three classes: capitals, small letters, digits, others";
        let is_strong = key.secret.as_deref().is_some_and(client_secret::is_strong);
        self.require(is_strong, format!("{at}/secret"), strong);
        self.require(
            key.id.is_none(),
            format!("{at}/id"),
            "the id of an api_access is not chosen; its client_id may be",
        );
        self.require(key.scopes.is_none(), format!("{at}/scopes"), "an api_access has workspace_roles, and no scopes");
        if let Some(client_id) = &key.client_id {
            self.name(format!("{at}/client_id"), client_id);
            self.once(format!("{at}/client_id"), "client id", client_id);
        }
    }

    fn id(&mut self, at: &str, id: Option<&str>) {
        let Some(id) = id else { return };
        let pointer = format!("{at}/id");
        self.require(
            is_uuid(id),
            pointer.clone(),
            "an id is a UUID in small letters, 00000000-0000-4000-8000-000000000000",
        );
        self.once(pointer, "id", id);
    }

    fn secret(&mut self, pointer: String, kind: SecretKind, text: Option<&str>) {
        let Some(text) = text else { return };
        if secret::parse(text) == Some(kind) {
            self.once(pointer, "secret", text);
        } else {
            let right = secret::corrected(kind, text);
            self.note(pointer, format!("its form or its checksum is wrong; did you mean {right}?"));
        }
    }

    fn name(&mut self, pointer: String, text: &str) {
        let is_valid = name::is_valid(text) && !text.trim().is_empty();
        self.require(is_valid, pointer, "a name has 1 to 255 characters, none of them control");
    }

    fn email(&mut self, pointer: String, address: &str) {
        self.require(email::is_valid(address), pointer, format!("{address:?} is no e-mail address"));
    }

    fn password(&mut self, pointer: String, password: Option<&str>) {
        let is_valid = password.is_none_or(|password| (8..=128).contains(&password.chars().count()));
        self.require(is_valid, pointer, "a password has 8 to 128 characters");
    }

    fn time(&mut self, pointer: &str, time: Option<Timestamp>) {
        let is_writable = time.is_none_or(|time| (0..=9999).contains(&time.year()));
        self.require(is_writable, pointer, "a time is of the years 0 to 9999");
    }
}

/// The e-mails and logins of one organization.
#[derive(Default)]
struct People {
    emails: BTreeSet<String>,
    logins: BTreeSet<String>,
}

impl People {
    fn take(&mut self, faults: &mut Faults, at: &str, address: Option<&str>, login: Option<&str>) {
        if let Some(address) = address
            && !self.emails.insert(email::key(address))
        {
            faults.note(format!("{at}/email"), format!("another user of the organization has the e-mail {address:?}"));
            return;
        }
        if let Some(login) = login.or(address)
            && !self.logins.insert(login.to_owned())
        {
            faults.note(format!("{at}/login"), format!("another user of the organization has the login {login:?}"));
        }
    }
}

/// Whether the text is a UUID as the directory writes them.
fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}
