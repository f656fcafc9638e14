//! Permissions: scopes, `<kind>:<pattern>`, each with its limits [D].

use serde::Serialize;
use serde_json::Value;
use tessera_directory::organization::{Organization, PermissionsResource};
use tessera_directory::permission::{Permission, are_limits, is_scope};

use super::input::{self, date};
use crate::endpoint::Call;
use crate::json;
use crate::members::{Fault, Given, Members, Type};

pub(super) mod create;
pub(super) mod get;
pub(super) mod list;
pub(super) mod update;

const URL: &str = "/permissions";
const IDENTIFIER: &str = "identifier";
const SCOPES: &str = "scopes";
/// The first version of the client that knows only `permissions` in a list or a nested object [C].
const STRICT_CLIENT: [u64; 3] = [3, 2, 0];

/// Permissions inside an organisation.
#[derive(Serialize)]
pub(super) struct NestedPermission {
    id: i64,
    resource: &'static str,
    identifier: String,
    scopes: Value,
    date_created: String,
}

/// Permissions at their own path.
#[derive(Serialize)]
struct PermissionView {
    id: i64,
    resource: &'static str,
    organisation: i64,
    identifier: String,
    scopes: Value,
    date_created: String,
}

/// Permissions as they stand in the organisation.
pub(super) fn nested(call: &Call, organization: &Organization, permission: Permission) -> NestedPermission {
    NestedPermission {
        id: permission.seq,
        resource: resource(call, organization, "organisation_permissions"),
        scopes: scopes(organization, permission.scopes.as_deref()),
        identifier: permission.identifier,
        date_created: date(permission.created_at),
    }
}

fn view(call: &Call, organization: &Organization, permission: Permission) -> PermissionView {
    PermissionView {
        id: permission.seq,
        resource: resource(call, organization, "permission"),
        organisation: organization.number,
        scopes: scopes(organization, permission.scopes.as_deref()),
        identifier: permission.identifier,
        date_created: date(permission.created_at),
    }
}

/// The base permissions have the organization's own scopes.
fn scopes(organization: &Organization, own: Option<&str>) -> Value {
    json::kept(own.unwrap_or(&organization.settings.permission_scopes))
}

/// What permissions call themselves: three sources have three words for it, and one client fails on two of them.
fn resource(call: &Call, organization: &Organization, here: &'static str) -> &'static str {
    match organization.settings.permissions_resource {
        PermissionsResource::Auto if is_strict(call.header("user-agent").as_deref()) => "permissions",
        PermissionsResource::Auto => here,
        set @ (PermissionsResource::OrganisationPermissions
        | PermissionsResource::Permissions
        | PermissionsResource::Permission) => set.as_str(),
    }
}

/// Whether the caller is the vendor's client from 3.2.0 on: `ricloud-py/<version>` [C].
fn is_strict(agent: Option<&str>) -> bool {
    let Some(version) = agent.and_then(|agent| agent.trim().strip_prefix("ricloud-py/")) else { return false };
    let mut parts = version.split('.').map(|part| {
        let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        part.get(..digits).unwrap_or_default().parse::<u64>().unwrap_or_default()
    });
    [(); 3].map(|()| parts.next().unwrap_or_default()) >= STRICT_CLIENT
}

/// Takes the scopes that are to be made, as the directory keeps them, and the scopes' names.
fn take_scopes(members: &mut Members) -> Given<(String, Vec<String>)> {
    match members.take(SCOPES) {
        Given::Absent => Given::Absent,
        Given::Null => Given::Null,
        Given::Value(Value::Object(scopes)) => {
            for (scope, limits) in &scopes {
                if !is_scope(scope) {
                    members.note_at(&[SCOPES, scope], fault("This is not a scope."));
                } else if !are_limits(limits) {
                    members.note_at(&[SCOPES, scope], fault("This should be an array of limits."));
                }
            }
            let names = scopes.keys().cloned().collect();
            let json = json::text(&Value::Object(scopes));
            if json.len() > tessera_directory::organization::MAX_PERMISSION_SCOPES {
                input::note(members, SCOPES, "This is too long.");
            }
            Given::Value((json, names))
        }
        Given::Value(_) => {
            members.note(SCOPES, Fault::Type(Type::Object));
            Given::Absent
        }
    }
}

fn fault(reason: &str) -> Fault {
    Fault::Value("scope", reason.to_owned())
}

/// Takes the permissions' name.
fn take_identifier(members: &mut Members) -> Given<String> {
    let identifier = members.text(IDENTIFIER);
    if let Given::Value(text) = &identifier
        && !tessera_validate::name::is_storable(text)
    {
        input::note(members, IDENTIFIER, "This should have at most 255 characters.");
    }
    identifier
}

/// The first of these scopes that no base scope of the organization covers.
pub(super) fn uncovered<'a>(organization: &Organization, scopes: &'a [String]) -> Option<&'a String> {
    let base = json::kept(&organization.settings.permission_scopes);
    let is_covered = |scope: &str| base.as_object().is_some_and(|base| base.keys().any(|base| covers(base, scope)));
    scopes.iter().find(|scope| !is_covered(scope))
}

/// Whether a scope covers another: `*` stands for the rest, dots included.
fn covers(base: &str, scope: &str) -> bool {
    match base.strip_suffix('*') {
        Some(beginning) => scope.starts_with(beginning),
        None => scope == base,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_covers_the_rest() {
        for covered in ["source_type:icloud.account", "source_type:icloud.account.*", "source_type:icloud.*"] {
            assert!(covers("source_type:icloud.*", covered), "{covered}");
        }
        for other in ["source_type:icloud", "source_type:*", "task_type:icloud.account", "source_type:icloudx.a"] {
            assert!(!covers("source_type:icloud.*", other), "{other}");
        }
        assert!(covers("task_type:*", "task_type:*") && !covers("task_type:a", "task_type:a.b"));
    }

    #[test]
    fn clients() {
        for strict in ["ricloud-py/3.2.0", "ricloud-py/3.10", "ricloud-py/4.0.0rc1"] {
            assert!(is_strict(Some(strict)), "{strict}");
        }
        for other in [None, Some("ricloud-py/3.1.1"), Some("ricloud-py/"), Some("python-requests/9.9.9")] {
            assert!(!is_strict(other), "{other:?}");
        }
    }
}
