//! The organization itself: its name, and the settings that vendors give a meaning to.

use contract::vector::Step;
use serde_json::{Value, json};

use crate::call::Dialect::{self, Anaconda, AppOptima, Astra, Native, Octane, Ricloud};
use crate::call::{open, some_of};
use crate::{Matter, Reason, Stages};

/// An organization as the directory holds it.
#[derive(Clone)]
struct Organization {
    name: &'static str,
    seats: u32,
    kind: &'static str,
    state: Option<&'static str>,
    identity_mode: &'static str,
    subscription_expires_at: Option<&'static str>,
    api_version: &'static str,
    permission_scopes: Value,
}

/// The organization, as it is made and as it is changed.
pub(crate) fn matter() -> Matter<impl Sized> {
    Matter::new("organization", writes, shows)
}

fn writes(dialect: Dialect) -> Result<Stages<Organization>, Reason> {
    let made = Organization {
        name: "Case {{uniq}}",
        seats: 5,
        kind: "standard",
        state: None,
        identity_mode: "local",
        subscription_expires_at: None,
        api_version: "2020-02-20",
        permission_scopes: json!({"source_type:icloud.*": [], "task_type:*": [], "data_type:icloud.account.info": []}),
    };
    let renamed = Organization { name: "Acme {{uniq}}", ..made.clone() };
    Ok(match dialect {
        Native => {
            let change = |settings: &Value| {
                open("PATCH", "/v1/organizations/{{org_id}}").with("{{root_key}}").json(settings).status(200)
            };
            let scopes = json!({"task_type:*": []});
            let settings = json!({
                "seats": 7, "type": "super", "identity_mode": "ldap", "subscription_expires_at": "2001-01-01T00:00:00Z",
                "api_version": "2019-01-01", "permission_scopes": scopes,
            });
            let changed = Organization {
                seats: 7,
                kind: "super",
                identity_mode: "ldap",
                subscription_expires_at: Some("2001-01-01T00:00:00Z"),
                api_version: "2019-01-01",
                permission_scopes: scopes,
                ..renamed.clone()
            };
            let blocked = Organization { state: Some("blocked"), ..changed.clone() };
            vec![
                (Vec::new(), made),
                (vec![Native.call("PATCH", "").json(&json!({"name": "Acme {{uniq}}"})).status(200)], renamed),
                (vec![change(&settings)], changed),
                (vec![change(&json!({"state": "blocked"}))], blocked),
            ]
        }
        Ricloud => vec![
            (Vec::new(), made),
            (vec![Ricloud.post("/organisation", &json!({"name": "Acme {{uniq}}"})).status(200)], renamed),
        ],
        Anaconda | AppOptima | Astra | Octane => return Err("it changes no organization"),
    })
}

fn shows(dialect: Dialect, organization: &Organization) -> Result<Vec<Step>, Reason> {
    let Organization {
        name,
        seats,
        kind,
        state,
        identity_mode,
        subscription_expires_at,
        api_version,
        permission_scopes,
    } = organization;
    Ok(match dialect {
        Native => {
            let shown = json!({
                "id": "{{org_id}}", "number": "{{org_number}}", "slug": "{{org_slug}}", "name": name,
                "seats": {"total": seats, "used": 0}, "type": kind, "state": state, "identity_mode": identity_mode,
                "set_password_via_api": false, "subscription_expires_at": subscription_expires_at,
                "api_version": api_version, "permission_scopes": permission_scopes, "permissions_resource": "auto", "language": "en",
                "created_at": "$datetime", "updated_at": "$datetime",
            });
            vec![Native.get("").gives(200, &shown)]
        }
        Anaconda => {
            let nobody = Anaconda.post("/users_auto_registration", &json!({"user_emails": []}));
            if subscription_expires_at.is_some() {
                let code = json!({"error": some_of(&json!({"code": "subscription_inactive"}))});
                return Ok(vec![nobody.gives(403, &code)]);
            }
            let shown = json!({
                "users_in_onboarding_process": [], "users_unavailable_for_onboarding": [],
                "total_organization_seats": seats.to_string(), "available_organization_seats": seats.to_string(),
            });
            vec![nobody.gives(200, &shown)]
        }
        AppOptima => {
            // whatever the body, the mode is looked at first
            let status = if *identity_mode == "local" { 400 } else { 403 };
            vec![AppOptima.call("POST", "/users").status(status), AppOptima.get("/users").status(200)]
        }
        Astra => return Err("it tells nothing of the account itself"),
        Octane => {
            let shown = json!({
                "type": "shared_space", "id": "$capture:space", "name": name, "logical_name": "{{org_slug}}",
                "version_stamp": 1, "creation_time": "$datetime", "last_modified": "$datetime",
            });
            vec![
                Octane.get("").gives(200, &shown),
                open("GET", "/api/shared_spaces/{{org_slug}}").with("{{api_key}}").gives(200, &shown),
            ]
        }
        Ricloud => {
            let get = Ricloud.get("/organisation");
            if let Some(state) = state {
                return Ok(vec![get.gives(403, &some_of(&json!({"error": state})))]);
            }
            let configs = |url: &str| {
                if *api_version < "2020-02-20" {
                    json!([])
                } else {
                    json!({"data": [], "has_more": false, "total_count": 0, "url": url})
                }
            };
            let shown = json!({
                "id": "{{org_number}}", "resource": "organisation", "type": kind, "name": name, "slug": "{{org_slug}}",
                "api_version": api_version, "config": {},
                "permissions": {
                    "id": "$int", "resource": "organisation_permissions", "identifier": "default",
                    "scopes": permission_scopes, "date_created": "$datetime",
                },
                "storage_configs": configs("/configs/storage"), "storage_config_default": null,
                "webhook_configs": configs("/configs/webhook"), "webhook_config_default": null,
                "state": "unconfigured", "date_created": "$datetime",
            });
            vec![get.gives(200, &shown)]
        }
    })
}
