//! What is assumed of the directory behind a verdict, in the members of the answers that would tell it. What is left out is
//! as in a new organization, where every call fits.

use serde_json::{Map, Value};
use tessera_directory::Timestamp;
use tessera_directory::organization::{IdentityMode, Organization, OrganizationType, Settings};
use tessera_directory::password_policy::PasswordPolicy;

use crate::json;
use crate::members::{Given, Members, Problem, Type};

/// What is assumed.
#[derive(Debug, Default)]
pub struct Assumed {
    organization: Known,
    /// What is asked of a password.
    pub(crate) password_policy: Option<PasswordPolicy>,
    /// The users that there are: their logins and e-mails.
    pub(crate) users: Vec<(String, String)>,
    /// The ids of the groups that there are; left out, every group is there.
    pub(crate) groups: Option<Vec<String>>,
    current: Map<String, Value>,
    /// Whether the host runs in development, where webhooks may be local.
    pub(crate) development: bool,
}

/// What is known of an organization.
#[derive(Debug, Default)]
struct Known {
    id: Option<String>,
    number: Option<i64>,
    identity_mode: Option<IdentityMode>,
    set_password_via_api: Option<bool>,
    kind: Option<OrganizationType>,
    permission_scopes: Option<String>,
}

impl Assumed {
    /// Reads what is assumed.
    pub(crate) fn read(mut members: Members) -> Result<Self, Vec<Problem>> {
        let organization = match members.object("organization") {
            Given::Value(mut inner) => {
                let known = Known::read(&mut inner);
                members.put_back(inner);
                known
            }
            Given::Null | Given::Absent => Known::default(),
        };
        let password_policy = match members.object("passwordPolicy") {
            Given::Value(mut inner) => {
                let policy = read_policy(&mut inner);
                members.put_back(inner);
                Some(policy)
            }
            Given::Null | Given::Absent => None,
        };
        let users = members.array("users").value().unwrap_or_default();
        let text = |object: &Value, name| object.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let groups = members.array("groups").value();
        let text_of = |group: Value| group.as_str().unwrap_or_default().to_owned();
        let current = match members.take("current") {
            Given::Value(Value::Object(current)) => current,
            _ => Map::new(),
        };
        let development = members.boolean("development").value().unwrap_or_default();
        members.refuse_others();
        members.finish()?;
        Ok(Self {
            organization,
            password_policy,
            users: users.iter().map(|user| (text(user, "id"), text(user, "email"))).collect(),
            groups: groups.map(|groups| groups.into_iter().map(text_of).collect()),
            current,
            development,
        })
    }

    /// The organization.
    pub(crate) fn organization(&self) -> Organization {
        let given = &self.organization;
        let mut settings = Settings::new(String::new());
        settings.identity_mode = given.identity_mode.unwrap_or(settings.identity_mode);
        settings.set_password_via_api = given.set_password_via_api.unwrap_or(settings.set_password_via_api);
        settings.kind = given.kind.unwrap_or(settings.kind);
        settings.permission_scopes = given.permission_scopes.clone().unwrap_or(settings.permission_scopes);
        Organization {
            number: given.number.unwrap_or_default(),
            id: given.id.clone().unwrap_or_default(),
            slug: String::new(),
            settings,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        }
    }

    /// The organization's number, if it is known.
    pub(crate) fn number(&self) -> Option<i64> {
        self.organization.number
    }

    /// The organization's UUID, if it is known.
    pub(crate) fn id(&self) -> Option<&str> {
        self.organization.id.as_deref()
    }

    /// A text member of the object that is to be changed, as the vendor shows it.
    pub(crate) fn current(&self, name: &str) -> Option<&str> {
        self.current.get(name)?.as_str()
    }
}

impl Known {
    /// Reads members that the native API shows; others of its are left.
    fn read(members: &mut Members) -> Self {
        let scopes = members.take("permission_scopes").value();
        Self {
            id: members.text("id").value(),
            number: members.integer("number").value(),
            identity_mode: members.word("identity_mode", IdentityMode::WORDS, IdentityMode::parse).value(),
            set_password_via_api: members.boolean("set_password_via_api").value(),
            kind: members.word("type", OrganizationType::WORDS, OrganizationType::parse).value(),
            permission_scopes: scopes.map(|scopes| json::text(&scopes)),
        }
    }
}

/// Reads a password policy as AppOptima shows it.
pub(crate) fn read_policy(members: &mut Members) -> PasswordPolicy {
    let mut take = |name| {
        let given = members.integer(name);
        members.require(name, given, Type::Integer).unwrap_or_default()
    };
    PasswordPolicy {
        length: take("minPasswordLength"),
        uppercase: take("minNumberOfUppercaseChars"),
        lowercase: take("minNumberOfLowercaseChars"),
        digits: take("minNumberOfDigits"),
        marks: take("minNumberOfNonAlphanumericChars"),
    }
}
