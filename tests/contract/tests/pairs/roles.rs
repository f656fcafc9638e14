//! What a user may do: Anaconda's and the native admin is Astra's owner, Octane's Space Admin, and the administrator
//! whom AppOptima does not delete.

use contract::vector::Step;
use serde_json::json;

use crate::call::Dialect::{self, Anaconda, AppOptima, Astra, Native, Octane, Ricloud};
use crate::call::{astra, password_grant, some_of};
use crate::{Matter, Reason, Stages};

const ANN: &str = "ann-{{uniq}}@acme.test";
const PASSWORD: &str = "Str0ng-Enough-Pass";

/// What the user Ann is.
#[derive(Clone, Copy)]
struct Standing {
    role: &'static str,
    /// The role that she is bound to in Astra.
    bound: Option<&'static str>,
    /// Whether she is the organization's only admin.
    alone: bool,
}

/// Roles, up and down.
pub(crate) fn matter() -> Matter<impl Sized> {
    Matter::new("role", writes, shows)
}

fn writes(dialect: Dialect) -> Result<Stages<Standing>, Reason> {
    let made = vec![
        Native.get("/users").gives(200, &some_of(&json!({"data": [some_of(&json!({"id": "$capture:founder"}))]}))),
        Native
            .post("/users", &json!({"email": ANN, "password": PASSWORD}))
            .gives(201, &some_of(&json!({"id": "$capture:user"}))),
        Astra
            .post("/users/{{user}}/tokens", &astra("token", &json!({"name": "ann"})))
            .gives(201, &some_of(&json!({"token": "$capture:token"}))),
    ];
    let member = Standing { role: "member", bound: None, alone: false };
    let admin = Standing { role: "admin", bound: Some("owner"), alone: false };
    let alone = Standing { alone: true, ..admin };
    Ok(match dialect {
        Native => {
            let role = |user: &str, role: &str| Native.call("PATCH", user).json(&json!({"role": role})).status(200);
            let (ann, founder) = ("/users/{{user}}", "/users/{{founder}}");
            let manager = Standing { role: "billing_manager", ..member };
            vec![
                (made, member),
                (vec![role(ann, "admin")], admin),
                (vec![role(founder, "member")], alone),
                (vec![role(founder, "admin"), role(ann, "billing_manager")], manager),
                (vec![role(ann, "member")], member),
            ]
        }
        Astra => {
            let binding = |user: &str, role: &str| {
                astra("roleBinding", &json!({"accountID": "{{org_id}}", "userID": user, "role": role}))
            };
            let bind = |user: &str, role: &str, kept: &str| {
                let told = some_of(&json!({"id": format!("$capture:{kept}")}));
                Astra.post("/roleBindings", &binding(user, role)).gives(201, &told)
            };
            let rebind =
                |path: &str, role: &str| Astra.put(path, &astra("roleBinding", &json!({"role": role}))).status(204);
            let (ann, founder) = ("/roleBindings/{{binding}}", "/roleBindings/{{founders}}");
            let founders = Astra.get("/roleBindings?filter=userID%20eq%20'{{founder}}'").gives(
                200,
                &some_of(&json!({"items": [some_of(&json!({"id": "$capture:founders", "role": "owner"}))]})),
            );
            let lesser = |role| Standing { bound: Some(role), ..member };
            vec![
                (made, member),
                (vec![bind("{{user}}", "viewer", "binding")], lesser("viewer")),
                (vec![rebind(ann, "owner")], admin),
                (vec![founders, rebind(founder, "member")], alone),
                (vec![rebind(founder, "owner"), rebind(ann, "admin")], lesser("admin")),
            ]
        }
        Anaconda | AppOptima | Octane | Ricloud => return Err("it gives users no roles"),
    })
}

fn shows(dialect: Dialect, standing: &Standing) -> Result<Vec<Step>, Reason> {
    let is_admin = standing.role == "admin";
    let may = |yes: u16, no: u16| if is_admin { yes } else { no };
    Ok(match dialect {
        Native => vec![
            Native.get("/users/{{user}}").gives(200, &some_of(&json!({"role": standing.role}))),
            password_grant(ANN, PASSWORD).gives(200, &some_of(&json!({"access_token": "$capture:access"}))),
            Native.get("/users").with("{{access}}").status(may(200, 403)),
        ],
        Anaconda => {
            let ann = some_of(&json!({"email": ANN, "role": standing.role}));
            vec![
                Anaconda.get("/users").gives(200, &json!({"items": {"$contains": [ann]}})),
                password_grant(ANN, PASSWORD).gives(200, &some_of(&json!({"access_token": "$capture:access"}))),
                Anaconda.get("/service-accounts").with("{{access}}").status(may(200, 403)),
            ]
        }
        AppOptima => {
            let person = json!({
                "id": ANN, "email": ANN, "firstName": "", "lastName": "", "passwordClearText": null, "groups": [],
            });
            let mut steps = vec![AppOptima.get(&format!("/users/{ANN}")).gives(200, &person)];
            steps.extend(standing.alone.then(|| AppOptima.delete(&format!("/users/{ANN}")).status(406)));
            steps
        }
        Astra => {
            let shown = |role: &str| {
                json!([{
                    "metadata": {
                        "creationTimestamp": "$datetime", "modificationTimestamp": "$datetime",
                        "createdBy": "00000000-0000-0000-0000-000000000000", "labels": [],
                    },
                    "type": "application/astra-roleBinding", "principalType": "user", "version": "1.1", "id": "$uuid",
                    "userID": "{{user}}", "groupID": "00000000-0000-0000-0000-000000000000",
                    "accountID": "{{org_id}}", "role": role, "roleConstraints": ["*"],
                }])
            };
            let items = standing.bound.map_or_else(|| json!([]), shown);
            let status = match standing.bound {
                None => 403,
                Some(_) => 200,
            };
            let credential = json!({"name": "k", "keyType": "apikey", "keyStore": {"apikey": "a2V5"}});
            let writes = match standing.bound {
                Some("owner" | "admin") => 201,
                _ => 403,
            };
            vec![
                Astra.get("/users/{{user}}/roleBindings").gives(200, &json!({"items": items, "metadata": {}})),
                Astra.get("/users").with("{{token}}").status(status),
                Astra.post("/credentials", &astra("credential", &credential)).with("{{token}}").status(writes),
            ]
        }
        Octane => vec![
            Octane.get("/roles").basic(ANN, PASSWORD).status(200),
            Octane.get("/api_accesses").basic(ANN, PASSWORD).status(may(200, 403)),
        ],
        Ricloud => return Err("its callers are keys"),
    })
}
