//! The groups of the cluster.

use serde::Serialize;
use serde_json::{Map, Value};
use tessera_directory::group::{Group, MAX_LIST_LENGTH, Settings};
use tessera_validate::name;

use super::error::{Error, Violation};
use super::input::{self, is_set};
use crate::endpoint::Received;
use crate::json;
use crate::verdict::Code;

pub(super) mod bulk;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod get;
pub(super) mod list;
pub(super) mod update;

const ID_SET: &str = "Group ID cannot be set";
const ID_NOT_SET: &str = "Group ID is not set";
const NAME_NOT_SET: &str = "Group name cannot be null or empty";
const INVALID: &str = "Invalid group data";

const ID: &str = "id";
const NAME: &str = "name";

/// A group, as every answer shows it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GroupConfig {
    is_cluster_admin_group: bool,
    is_manage_account: bool,
    is_access_account: bool,
    id: String,
    name: String,
    ldap_group_names: Value,
    sso_group_names: Value,
    access_right: Value,
}

impl From<Group> for GroupConfig {
    fn from(group: Group) -> Self {
        let settings = group.settings;
        Self {
            is_cluster_admin_group: settings.is_cluster_admin,
            is_manage_account: settings.manages_account,
            is_access_account: settings.accesses_account,
            id: group.slug,
            name: settings.name,
            ldap_group_names: json::kept(&settings.ldap_names),
            sso_group_names: json::kept(&settings.sso_names),
            access_right: json::kept(&settings.access_right),
        }
    }
}

/// Reads a body of one group.
fn read_body(call: &Received, none: &'static str) -> Result<Map<String, Value>, Error> {
    match input::json(call, none, INVALID)? {
        Value::Object(group) => Ok(group),
        _ => Err(Error::Unfit(Code::Type, INVALID)),
    }
}

fn refused(code: Code, message: &'static str, member: &'static str) -> Error {
    Error::Invalid(message, vec![Violation::new(None, member, code, message)])
}

/// Reads a group that is to be made: its id is not for the caller to choose [D].
fn read_new(mut group: Map<String, Value>, at: Option<usize>) -> Result<Settings, Error> {
    match group.shift_remove(ID) {
        None | Some(Value::Null) => {}
        Some(Value::String(id)) if id.is_empty() => {}
        Some(_) => return Err(refused(Code::Fixed, ID_SET, ID)),
    }
    read_settings(group, at, Vec::new())
}

/// Reads what can be set of a group, the one at this place of a list, of which this was found at fault; what is left out, or null, has
/// its default.
fn read_settings(
    mut group: Map<String, Value>,
    at: Option<usize>,
    mut violations: Vec<Violation>,
) -> Result<Settings, Error> {
    if !is_set(&group, NAME) {
        return Err(refused(Code::Missing, NAME_NOT_SET, NAME));
    }
    let mut settings = match group.shift_remove(NAME) {
        Some(Value::String(name)) if name::is_storable(&name) => Settings::new(name),
        _ => {
            violations.push(Violation::new(None, NAME, Code::Value, "should be a text of at most 255 characters"));
            Settings::new(String::new())
        }
    };
    for (member, setting) in [
        ("isClusterAdminGroup", &mut settings.is_cluster_admin),
        ("isManageAccount", &mut settings.manages_account),
        ("isAccessAccount", &mut settings.accesses_account),
    ] {
        match group.shift_remove(member) {
            None | Some(Value::Null) => {}
            Some(Value::Bool(given)) => *setting = given,
            Some(_) => violations.push(Violation::new(None, member, Code::Type, "should be true or false")),
        }
    }
    let lists = [
        ("ldapGroupNames", &mut settings.ldap_names, are_texts as fn(&Value) -> bool, "should be an array of texts"),
        ("ssoGroupNames", &mut settings.sso_names, are_texts, "should be an array of texts"),
        ("accessRight", &mut settings.access_right, are_rights, "should be an object of arrays of environment ids"),
    ];
    for (member, setting, is_valid, rule) in lists {
        match group.shift_remove(member) {
            None | Some(Value::Null) => {}
            Some(given) if is_valid(&given) => {
                *setting = json::text(&given);
                if setting.len() > MAX_LIST_LENGTH {
                    violations.push(Violation::new(None, member, Code::Value, "should be at most 256 KiB"));
                }
            }
            Some(_) => violations.push(Violation::new(None, member, Code::Type, rule)),
        }
    }
    input::leave(at, &group);
    if violations.is_empty() { Ok(settings) } else { Err(Error::Invalid(INVALID, violations)) }
}

fn are_texts(value: &Value) -> bool {
    value.as_array().is_some_and(|items| items.iter().all(Value::is_string))
}

/// Permissions, each with environments. The directory holds none, and takes any text but an empty one for one [R].
fn are_rights(value: &Value) -> bool {
    let is_environment = |id: &Value| id.as_str().is_some_and(|id| !id.is_empty());
    value.as_object().is_some_and(|rights| {
        rights.values().all(|ids| ids.as_array().is_some_and(|ids| ids.iter().all(is_environment)))
    })
}
