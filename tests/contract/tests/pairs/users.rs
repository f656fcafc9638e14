//! Users: all that any dialect shows of them, and what goes when one is deleted.

use contract::vector::Step;
use serde_json::{Value, json};

use crate::call::Dialect::{self, Anaconda, AppOptima, Astra, Native, Octane, Ricloud};
use crate::call::{astra, extended, open, password_grant, sign_in, some_of};
use crate::{Matter, Reason, Stages};

const READS_USERS: Reason = "its users are read only";
const NO_DELETE: Reason = "it deletes no user";

/// A user as the directory holds it, whichever dialect made it. An id is a variable, or captures one.
#[derive(Clone)]
struct User {
    uuid: &'static str,
    number: &'static str,
    row: &'static str,
    email: Option<&'static str>,
    login: &'static str,
    first_name: Option<&'static str>,
    last_name: Option<&'static str>,
    seated: bool,
    groups: Value,
    group_names: &'static [&'static str],
    company: &'static str,
    phone: Option<&'static str>,
    country: &'static str,
    labels: Value,
    enabled: &'static str,
    state: &'static str,
    end_user_state: &'static str,
    gone: bool,
}

const ANN: &str = "Ann-{{uniq}}@acme.test";
const EVA: &str = "eva-{{uniq}}@acme.test";

impl User {
    /// One that was just made with an e-mail alone.
    fn new() -> Self {
        Self {
            uuid: "$capture:user:uuid",
            number: "$capture:user_number:nonempty",
            row: "$capture:user_row:int",
            email: Some(ANN),
            login: ANN,
            first_name: None,
            last_name: None,
            seated: false,
            groups: json!([]),
            group_names: &[],
            company: "",
            phone: None,
            country: "",
            labels: json!([]),
            enabled: "true",
            state: "active",
            end_user_state: "active",
            gone: false,
        }
    }

    fn named(self, first: &'static str, last: &'static str) -> Self {
        Self { first_name: Some(first), last_name: Some(last), ..self }
    }

    /// The same, its ids known by now.
    fn known(self) -> Self {
        Self { uuid: "{{user}}", number: "{{user_number}}", row: "{{user_row}}", ..self }
    }

    fn gone(self) -> Self {
        Self { gone: true, ..self.known() }
    }
}

/// Users with an e-mail, from their making to their end.
pub(crate) fn matter() -> Matter<impl Sized> {
    Matter::new("user", writes, shows)
}

/// A user who has no e-mail.
pub(crate) fn without_email() -> Matter<impl Sized> {
    Matter::new("user-without-email", writes_without_email, shows)
}

fn writes(dialect: Dialect) -> Result<Stages<User>, Reason> {
    let made = User::new();
    Ok(match dialect {
        Native => {
            let (path, changed) = ("/users/{{user}}", made.clone().known().named("Eva", "West"));
            let changed = User { email: Some(EVA), ..changed };
            vec![
                (
                    vec![
                        Native
                            .post("/users", &json!({"email": ANN, "first_name": "Ann"}))
                            .gives(201, &captures("user")),
                    ],
                    User { uuid: "{{user}}", first_name: Some("Ann"), ..made },
                ),
                (
                    vec![
                        Native
                            .call("PATCH", path)
                            .json(&json!({"email": EVA, "first_name": "Eva", "last_name": "West"}))
                            .status(200),
                    ],
                    changed.clone(),
                ),
                (vec![Native.delete(path).status(204)], changed.gone()),
            ]
        }
        Anaconda => {
            let made = User { uuid: "{{user}}", last_name: Some("Conda"), ..made };
            let seated = User { seated: true, ..made.clone().known() };
            vec![
                (
                    vec![
                        Anaconda
                            .post("/users", &json!({"email": ANN, "last_name": "Conda"}))
                            .gives(200, &captures("user")),
                    ],
                    made.clone(),
                ),
                (vec![Anaconda.call("POST", "/users/{{user}}/seats").status(201)], seated),
                (vec![Anaconda.delete("/users/{{user}}/seats").status(204)], made.clone().known()),
                (vec![Anaconda.delete("/users/{{user}}").status(204)], made.gone()),
            ]
        }
        AppOptima => {
            let config = |email, first, last, groups: &Value| {
                let person = json!({"id": "ann.lee", "email": email, "firstName": first, "lastName": last});
                extended(person, &json!({"groups": groups}))
            };
            let (groups, fewer) = (json!(["users", "owners"]), json!(["admin"]));
            let bulk = AppOptima.post("/users/bulk", &json!([config(ANN, "Ann", "Lee", &groups)]));
            let put = AppOptima.put("/users", &config(EVA, "Eva", "West", &fewer));
            let made = User { login: "ann.lee", groups, group_names: &["Users", "Owners"], ..made.named("Ann", "Lee") };
            let changed = User { email: Some(EVA), groups: fewer, group_names: &["Admin"], ..made.clone().known() };
            let changed = changed.named("Eva", "West");
            vec![
                (vec![bulk.status(200)], made),
                (vec![put.status(200)], changed.clone()),
                (vec![AppOptima.delete("/users/ann.lee").status(200)], changed.gone()),
            ]
        }
        Astra => {
            let labels = json!([{"name": "team", "value": "blue"}]);
            let body = json!({
                "email": ANN, "firstName": "Ann", "lastName": "Lee", "companyName": "Acme", "phone": "+1",
                "postalAddress": {"addressCountry": "CZ"}, "metadata": {"labels": labels},
            });
            let made = User { uuid: "{{user}}", company: "Acme", phone: Some("+1"), country: "CZ", labels, ..made };
            let made = made.named("Ann", "Lee");
            let changed = User { email: Some(EVA), state: "suspended", enabled: "false", ..made.clone().known() };
            let change = json!({"email": EVA, "lastName": "West", "state": "suspended", "isEnabled": "false"});
            let changed = changed.named("Ann", "West");
            vec![
                (vec![Astra.post("/users", &astra("user", &body)).gives(201, &captures("user"))], made),
                (vec![Astra.put("/users/{{user}}", &astra("user", &change)).status(204)], changed.clone()),
                (vec![Astra.delete("/users/{{user}}").status(204)], changed.gone()),
            ]
        }
        Octane => return Err(READS_USERS),
        Ricloud => {
            let made = User { row: "{{user_row}}", ..made };
            let changed = User { email: Some(EVA), end_user_state: "deactivated", ..made.clone().known() };
            let change = json!({"identifier": EVA, "state": "deactivated"});
            let create = Ricloud.post("/users", &json!({"identifier": ANN}));
            vec![
                (vec![create.gives(201, &captures("user_row"))], made),
                (vec![Ricloud.post("/users/{{user_row}}", &change).status(200)], changed),
            ]
        }
    })
}

fn writes_without_email(dialect: Dialect) -> Result<Stages<User>, Reason> {
    const DEVICE: &str = "device-{{uniq}}";
    let nameless = User { email: None, ..User::new() };
    Ok(match dialect {
        Native => {
            let create = Native.post("/users", &json!({"login": DEVICE}));
            let made = User { uuid: "{{user}}", login: DEVICE, ..nameless };
            let given = User { email: Some(ANN), ..made.clone().known() };
            vec![
                (vec![create.gives(201, &captures("user"))], made),
                (vec![Native.call("PATCH", "/users/{{user}}").json(&json!({"email": ANN})).status(200)], given),
            ]
        }
        Anaconda => {
            let create = Anaconda.post("/users", &json!({})).gives(200, &captures("user"));
            vec![(vec![create], User { uuid: "{{user}}", login: "{{user}}", ..nameless })]
        }
        AppOptima | Astra => return Err("its users have an e-mail"),
        Octane => return Err(READS_USERS),
        Ricloud => {
            let create = Ricloud.post("/users", &json!({"identifier": DEVICE}));
            let made = User { row: "{{user_row}}", login: DEVICE, ..nameless };
            let given = User { email: Some(ANN), ..made.clone().known() };
            let taken = User { email: None, login: DEVICE, ..given.clone() };
            let rename = |to| Ricloud.post("/users/{{user_row}}", &json!({"identifier": to})).status(200);
            vec![
                (vec![create.gives(201, &captures("user_row"))], made),
                (vec![rename(ANN)], given),
                (vec![rename(DEVICE)], taken),
            ]
        }
    })
}

/// An answer whose id is kept.
fn captures(name: &str) -> Value {
    some_of(&json!({"id": format!("$capture:{name}")}))
}

#[expect(clippy::unnecessary_wraps, reason = "every dialect shows users")]
fn shows(dialect: Dialect, user: &User) -> Result<Vec<Step>, Reason> {
    Ok(match dialect {
        Native => in_native(user),
        Anaconda => in_anaconda(user),
        AppOptima => in_appoptima(user),
        Astra => in_astra(user),
        Octane => in_octane(user),
        Ricloud => in_ricloud(user),
    })
}

fn in_native(user: &User) -> Vec<Step> {
    let seated_at = if user.seated { json!("$datetime") } else { json!(null) };
    let shown = |id: &str| {
        json!({
            "id": id, "email": user.email, "login": user.login, "first_name": user.first_name,
            "last_name": user.last_name, "role": "member", "seated_at": seated_at,
            "created_at": "$datetime", "updated_at": "$datetime",
        })
    };
    let admin = some_of(&json!({"email": "{{admin_email}}"}));
    let list = |users: Value| Native.get("/users").gives(200, &json!({"data": users, "next_cursor": null}));
    let seats = Native.get("").gives(200, &some_of(&json!({"seats": {"total": 5, "used": i32::from(user.seated)}})));
    if user.gone {
        vec![list(json!([admin])), Native.get("/users/{{user}}").status(404), seats]
    } else {
        vec![
            list(json!([admin, shown(user.uuid)])),
            Native.get("/users/{{user}}").gives(200, &shown("{{user}}")),
            seats,
        ]
    }
}

fn in_anaconda(user: &User) -> Vec<Step> {
    let group = |name: &&str| {
        json!({
            "id": "$uuid", "name": name, "org_id": "{{org_id}}", "created_at": "$datetime", "updated_at": "$datetime",
            "user_count": 1,
        })
    };
    let groups: Vec<Value> = user.group_names.iter().map(group).collect();
    let subscriptions = if user.seated { json!(["business_subscription"]) } else { json!([]) };
    let shown = |groups| {
        json!({
            "id": user.uuid, "email": user.email.unwrap_or("$regex:^[0-9a-f-]{36}@managed\\.invalid$"),
            "first_name": user.first_name, "last_name": user.last_name, "role": "member",
            "subscriptions": subscriptions, "groups": groups,
        })
    };
    let admin = some_of(&json!({"email": "{{admin_email}}"}));
    let list = |query: &str, groups: Value| {
        let items = if user.gone { json!([admin]) } else { json!([admin, shown(groups)]) };
        Anaconda.get(&format!("/users{query}")).gives(200, &json!({"items": items}))
    };
    let mut steps = vec![list("", json!(null)), list("?include_groups=true", json!(groups))];
    if user.gone {
        steps.push(Anaconda.get("/users/{{user}}/tokens").status(404));
    }
    steps
}

fn in_appoptima(user: &User) -> Vec<Step> {
    let shown = json!({
        "id": user.login, "email": user.email.unwrap_or_default(), "firstName": user.first_name.unwrap_or_default(),
        "lastName": user.last_name.unwrap_or_default(), "passwordClearText": null, "groups": user.groups,
    });
    let admin = some_of(&json!({"email": "{{admin_email}}"}));
    let one = AppOptima.get(&format!("/users/{}", user.login));
    if user.gone {
        return vec![AppOptima.get("/users").gives(200, &json!([admin])), one.status(404)];
    }
    vec![AppOptima.get("/users").gives(200, &json!([admin, shown])), one.gives(200, &shown)]
}

fn in_astra(user: &User) -> Vec<Step> {
    let email = user.email.unwrap_or_default();
    let shown = |id: &str| {
        json!({
            "metadata": {
                "creationTimestamp": "$datetime", "modificationTimestamp": "$datetime",
                "createdBy": "00000000-0000-0000-0000-000000000000", "labels": user.labels,
            },
            "type": "application/astra-user", "version": "1.2", "id": id, "authProvider": "local", "authID": email,
            "firstName": user.first_name.unwrap_or_default(), "lastName": user.last_name.unwrap_or_default(),
            "companyName": user.company, "email": email,
            "postalAddress": {
                "addressCountry": user.country, "addressLocality": "", "addressRegion": "", "streetAddress1": "",
                "streetAddress2": "", "postalCode": "",
            },
            "state": user.state, "sendWelcomeEmail": "false", "isEnabled": user.enabled, "isInviteAccepted": "true",
            "enableTimestamp": "$datetime", "lastActTimestamp": "", "phone": user.phone.unwrap_or("$absent"),
        })
    };
    let list = |items| {
        Astra.get(&format!("/users?filter=email%20eq%20'{email}'")).gives(200, &json!({"items": items, "metadata": {}}))
    };
    if user.gone {
        return vec![list(json!([])), Astra.get("/users/{{user}}").status(404)];
    }
    vec![list(json!([shown(user.uuid)])), Astra.get("/users/{{user}}").gives(200, &shown("{{user}}"))]
}

fn in_octane(user: &User) -> Vec<Step> {
    let known = |name: Option<&'static str>| name.filter(|name| !name.is_empty());
    let name = user.email.unwrap_or(user.login);
    let full_name = match (known(user.first_name), known(user.last_name)) {
        (Some(first), Some(last)) => format!("{first} {last}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => name.to_owned(),
    };
    let shown = |entity: &str, id: &str, workspace: u32| {
        json!({
            "type": entity, "id": id, "name": name, "email": user.email, "first_name": known(user.first_name),
            "last_name": known(user.last_name), "full_name": full_name, "workspace_id": workspace, "version_stamp": 1,
            "creation_time": "$datetime", "last_modified": "$datetime",
        })
    };
    let admin = some_of(&json!({"id": "1001", "email": "{{admin_email}}"}));
    let list = |path: &str, users: Value| {
        let count = users.as_array().map(Vec::len);
        let shown = json!({"total_count": count, "data": users, "exceeds_total_count": false});
        Octane.get(path).gives(200, &shown)
    };
    let in_workspace = "/workspaces/1002/workspace_users";
    if user.gone {
        return vec![
            list("/users", json!([admin])),
            Octane.get("/users/{{user_number}}").status(404),
            list(in_workspace, json!([admin])),
        ];
    }
    vec![
        list("/users", json!([admin, shown("sharedspace_user", user.number, 1001)])),
        Octane.get("/users/{{user_number}}").gives(200, &shown("sharedspace_user", "{{user_number}}", 1001)),
        list(in_workspace, json!([admin, shown("workspace_user", "{{user_number}}", 1002)])),
    ]
}

fn in_ricloud(user: &User) -> Vec<Step> {
    let identifier = user.email.unwrap_or(user.login);
    let shown = |row: &str| {
        json!({
            "id": row, "resource": "user", "organisation": "{{org_number}}", "key": "{{first_key}}",
            "identifier": identifier, "state": user.end_user_state, "date_created": "$datetime",
        })
    };
    let list = |users: Value| {
        let count = users.as_array().map(Vec::len);
        let listed =
            json!({"resource": "list", "data": users, "has_more": false, "total_count": count, "url": "/users"});
        Ricloud.get(&format!("/users?identifier={identifier}")).gives(200, &listed)
    };
    if user.gone {
        return vec![list(json!([])), Ricloud.get("/users/{{user_row}}").status(404)];
    }
    vec![
        // the caller's own key is the organization's first
        Ricloud.get("/key").gives(200, &some_of(&json!({"id": "$capture:first_key"}))),
        list(json!([shown(user.row)])),
        Ricloud.get("/users/{{user_row}}").gives(200, &shown("{{user_row}}")),
    ]
}

const PASSWORD: &str = "Str0ng-Enough-Pass";

/// A user with a seat, tokens, groups, a binding, a password, a session and a key, who is then deleted.
pub(crate) fn deletion() -> Matter<impl Sized> {
    Matter::new("deletion", deletes, shows_deletion)
}

/// Whether the user is there still.
struct There(bool);

fn deletes(dialect: Dialect) -> Result<Stages<There>, Reason> {
    let person = json!([{"id": "ann.lee", "email": ANN, "firstName": "Ann", "lastName": "Lee", "groups": ["users"]}]);
    let credential = json!({
        "name": "{{user}}", "keyType": "passwordHash",
        "keyStore": {"cleartext": "U3RyMG5nLUVub3VnaC1QYXNz", "change": "ZmFsc2U="},
    });
    let binding = json!({"accountID": "{{org_id}}", "userID": "{{user}}", "role": "viewer"});
    let expiry = json!({"expires_at": "2031-01-01T00:00:00Z"});
    let token = astra("token", &json!({"name": "script"}));
    let in_list = |member: &str, kept: &str| {
        let one = json!({"email": ANN, member: format!("$capture:{kept}")});
        json!({"$contains": [some_of(&one)]})
    };
    let made = vec![
        AppOptima.post("/users/bulk", &person).status(200),
        Anaconda.get("/users").gives(200, &json!({"items": in_list("id", "user")})),
        Octane.get("/users").gives(200, &some_of(&json!({"data": in_list("id", "user_number")}))),
        Ricloud
            .get(&format!("/users?identifier={ANN}"))
            .gives(200, &some_of(&json!({"data": [some_of(&json!({"id": "$capture:user_row"}))]}))),
        Native.put("/users/{{user}}/seat", &json!(null)).status(201),
        Anaconda.post("/users/{{user}}/token", &expiry).status(200),
        Anaconda
            .get("/users/{{user}}/tokens")
            .gives(200, &json!({"items": [some_of(&json!({"id": "$capture:issued"}))]})),
        Astra
            .post("/users/{{user}}/tokens", &token)
            .gives(201, &some_of(&json!({"id": "$capture:script", "token": "$capture:secret"}))),
        Astra.post("/credentials", &astra("credential", &credential)).gives(201, &captures("credential")),
        Astra.post("/roleBindings", &astra("roleBinding", &binding)).gives(201, &captures("binding")),
        password_grant(ANN, PASSWORD).gives(200, &some_of(&json!({"access_token": "$capture:access"}))),
        sign_in(ANN, PASSWORD).status(200),
        Ricloud.post("/users/{{user_row}}", &json!({"state": "deactivated"})).status(200),
    ];
    let gone = match dialect {
        Native => vec![Native.delete("/users/{{user}}").status(204)],
        Anaconda => vec![
            Anaconda.delete("/users/{{user}}").status(409),
            Anaconda.delete("/users/{{user}}/tokens/{{script}}").status(204),
            Anaconda.delete("/users/{{user}}/tokens/{{issued}}").status(204),
            Anaconda.delete("/users/{{user}}").status(409),
            Anaconda.delete("/users/{{user}}/seats").status(204),
            Anaconda.delete("/users/{{user}}").status(204),
        ],
        AppOptima => vec![AppOptima.delete("/users/ann.lee").status(200)],
        // the last binding takes the user along
        Astra => vec![Astra.delete("/roleBindings/{{binding}}").status(204)],
        Octane => return Err(READS_USERS),
        Ricloud => return Err(NO_DELETE),
    };
    Ok(vec![(made, There(true)), (gone, There(false))])
}

#[expect(clippy::unnecessary_wraps, reason = "every dialect shows users")]
fn shows_deletion(dialect: Dialect, There(there): &There) -> Result<Vec<Step>, Reason> {
    let or = |yes: u16, no: u16| if *there { yes } else { no };
    let count = |one: Value| if *there { json!([some_of(&one)]) } else { json!([]) };
    let listed = |one: Value| json!({"items": count(one), "metadata": {}});
    Ok(match dialect {
        Native => vec![
            Native.get("/users/{{user}}").status(or(200, 404)),
            Native.get("/users/{{user}}/tokens").status(or(200, 404)),
            Native.get("/seats").gives(
                200,
                &some_of(&json!({"used": i32::from(*there), "data": count(json!({"user_id": "{{user}}"}))})),
            ),
            Native.get("/users").with("{{access}}").status(or(403, 401)),
        ],
        Anaconda => vec![
            Anaconda.get("/users/{{user}}/tokens").status(or(200, 404)),
            Anaconda.get("/service-accounts").with("{{access}}").status(or(403, 401)),
            password_grant(ANN, PASSWORD).status(or(200, 400)),
            Anaconda
                .post("/users_auto_registration", &json!({"user_emails": []}))
                .gives(200, &some_of(&json!({"available_organization_seats": if *there { "4" } else { "5" }}))),
        ],
        AppOptima => vec![
            AppOptima.get("/users/ann.lee").status(or(200, 404)),
            // who comes after under the same name is somebody else
            AppOptima
                .post(
                    "/users",
                    &json!({"id": "ann.lee", "email": ANN, "firstName": "Ann", "lastName": "Lee", "groups": []}),
                )
                .status(or(400, 200)),
            Anaconda.get("/users/{{user}}/tokens").status(or(200, 404)),
            password_grant(ANN, PASSWORD).status(or(200, 400)),
        ],
        Astra => vec![
            Astra.get("/users/{{user}}").status(or(200, 404)),
            Astra.get("/users").with("{{secret}}").status(or(200, 401)),
            Astra.get("/users/{{user}}/tokens").status(or(200, 404)),
            Astra.get("/roleBindings/{{binding}}").status(or(200, 404)),
            Astra
                .get("/roleBindings?filter=userID%20eq%20'{{user}}'")
                .gives(200, &listed(json!({"role": "viewer", "userID": "{{user}}"}))),
            Astra.get("/credentials/{{credential}}").status(or(200, 404)),
            Astra
                .get("/credentials?filter=name%20eq%20'{{user}}'")
                .gives(200, &listed(json!({"keyType": "passwordHash", "name": "{{user}}"}))),
        ],
        Octane => vec![
            Octane.get("/users/{{user_number}}").status(or(200, 404)),
            open("GET", "/api/shared_spaces/{{org_number}}/roles").status(or(200, 401)),
            Octane.get("/roles").basic(ANN, PASSWORD).status(or(200, 401)),
            sign_in(ANN, PASSWORD).status(or(200, 401)),
        ],
        Ricloud => vec![
            Ricloud.get("/users/{{user_row}}").status(or(200, 404)),
            Ricloud
                .get("/users?state=deactivated")
                .gives(200, &some_of(&json!({"data": count(json!({"identifier": ANN}))}))),
        ],
    })
}
