//! Groups, and who is in them.

use contract::vector::Step;
use serde_json::{Value, json};

use crate::call::Dialect::{self, Anaconda, AppOptima, Astra, Native, Octane, Ricloud};
use crate::call::{astra, extended, some_of};
use crate::{Matter, Reason, Stages};

const NO_GROUPS: Reason = "it knows no groups";

/// A group as the directory holds it; in it is the user Ann, if anybody.
#[derive(Clone)]
struct Group {
    slug: &'static str,
    name: &'static str,
    /// Its distinguished name, where it is a directory server's.
    auth_id: Option<&'static str>,
    cluster_admin: bool,
    access_right: Value,
    ldap_names: Value,
    peopled: bool,
    gone: bool,
}

const DN: &str = "CN=Sales Team,DC=acme,DC=test";

/// Groups, from their making to their end.
pub(crate) fn matter() -> Matter<impl Sized> {
    Matter::new("group", writes, shows)
}

fn writes(dialect: Dialect) -> Result<Stages<Group>, Reason> {
    let made = Group {
        slug: "salesteam",
        name: "Sales Team",
        auth_id: None,
        cluster_admin: false,
        access_right: json!({}),
        ldap_names: json!([]),
        peopled: true,
        gone: false,
    };
    let (rename, delete, made, create) = match dialect {
        AppOptima => {
            let (access_right, ldap_names) = (json!({"VIEWER": ["e1"]}), json!(["sales"]));
            let rights =
                json!({"isClusterAdminGroup": true, "ldapGroupNames": ldap_names, "accessRight": access_right});
            let config = |id: Value, name: &str| extended(json!({"id": id, "name": name}), &rights);
            (
                AppOptima.put("/groups", &config(json!("salesteam"), "Sellers")).status(200),
                AppOptima.delete("/groups/salesteam").status(200),
                Group { cluster_admin: true, access_right, ldap_names, ..made },
                AppOptima.post("/groups", &config(Value::Null, "Sales Team")).status(200),
            )
        }
        Astra => {
            let body = astra("group", &json!({"authProvider": "ldap", "authID": DN}));
            (
                Astra.put("/groups/{{group}}", &astra("group", &json!({"name": "Sellers"}))).status(204),
                Astra.delete("/groups/{{group}}").status(204),
                Group { auth_id: Some(DN), ..made },
                Astra.post("/groups", &body).gives(201, &some_of(&json!({"id": "$capture:group"}))),
            )
        }
        Native | Anaconda | Octane | Ricloud => return Err("it writes no groups"),
    };
    // AppOptima alone says who is in a group, a directory server's too
    let person = json!({
        "id": "ann", "email": "ann-{{uniq}}@acme.test", "firstName": "Ann", "lastName": "Lee", "groups": ["salesteam"],
    });
    let join = AppOptima.post("/users", &person).status(200);
    let renamed = Group { name: "Sellers", ..made.clone() };
    let gone = Group { gone: true, ..renamed.clone() };
    Ok(vec![
        (vec![create], Group { peopled: false, ..made.clone() }),
        (vec![join], made),
        (vec![rename], renamed),
        (vec![delete], gone),
    ])
}

fn shows(dialect: Dialect, group: &Group) -> Result<Vec<Step>, Reason> {
    Ok(match dialect {
        Native | Octane | Ricloud => return Err(NO_GROUPS),
        // it shows groups as those of a user
        Anaconda => {
            let shown = json!({
                "id": "$capture:group:uuid", "name": group.name, "org_id": "{{org_id}}", "created_at": "$datetime",
                "updated_at": "$datetime", "user_count": 1,
            });
            let groups = if group.gone { json!([]) } else { json!([shown]) };
            let mut items = vec![some_of(&json!({"email": "{{admin_email}}", "groups": []}))];
            if group.peopled {
                items.push(some_of(&json!({"email": "ann-{{uniq}}@acme.test", "groups": groups})));
            }
            vec![Anaconda.get("/users?include_groups=true").gives(200, &json!({"items": items}))]
        }
        AppOptima => {
            let shown = json!({
                "isClusterAdminGroup": group.cluster_admin, "isManageAccount": false, "isAccessAccount": false,
                "id": group.slug, "name": group.name, "ldapGroupNames": group.ldap_names, "ssoGroupNames": [],
                "accessRight": group.access_right,
            });
            let mut listed: Vec<Value> = ["owners", "admin", "users"].map(|id| some_of(&json!({"id": id}))).into();
            let mut steps = if group.gone {
                vec![AppOptima.get("/groups/salesteam").status(404)]
            } else {
                listed.push(shown.clone());
                vec![AppOptima.get("/groups/salesteam").gives(200, &shown)]
            };
            steps.push(AppOptima.get("/groups").gives(200, &json!(listed)));
            if group.peopled {
                let groups = if group.gone { json!([]) } else { json!(["salesteam"]) };
                steps.push(AppOptima.get("/users/ann").gives(200, &some_of(&json!({"groups": groups}))));
            }
            steps
        }
        Astra => {
            let shown = group.auth_id.map(|auth_id| {
                json!({
                    "metadata": {
                        "creationTimestamp": "$datetime", "modificationTimestamp": "$datetime",
                        "createdBy": "00000000-0000-0000-0000-000000000000", "labels": [],
                    },
                    "type": "application/astra-group", "version": "1.1", "id": "{{group}}", "name": group.name,
                    "authProvider": "ldap", "authID": auth_id,
                })
            });
            let items: Vec<&Value> = shown.iter().filter(|_| !group.gone).collect();
            let mut steps = vec![Astra.get("/groups").gives(200, &json!({"items": items, "metadata": {}}))];
            if let Some(shown) = &shown {
                let one = Astra.get("/groups/{{group}}");
                steps.push(if group.gone { one.status(404) } else { one.gives(200, shown) });
            }
            steps
        }
    })
}
