//! Keys: a native key, an Anaconda service account, an Octane API access and a ricloud key are all keys of the
//! organization. Each opens what its kind opens, in that dialect's own form; ended in one, it opens nothing anywhere.

use contract::vector::Step;
use serde_json::{Value, json};

use crate::call::Dialect::{self, Anaconda, AppOptima, Astra, Native, Octane, Ricloud};
use crate::call::{Call, DIALECTS, open, sign_in, some_of};
use crate::{Matter, Reason, Stages};

/// What a secret is good for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A bearer in every dialect, as far as its scopes go; this one has all of them.
    Standard,
    /// Anaconda's OAuth client, and Octane's.
    ServiceAccount,
    /// Octane's client alone.
    ApiAccess,
}

use Kind::{ApiAccess, ServiceAccount, Standard};

/// How a key came to its end, if it did.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    No,
    /// For good.
    Revoked,
    /// By ricloud, which can turn it on again.
    TurnedOff,
}

/// A key as the directory holds it. Its secret, and its client id if it has one, are variables.
#[derive(Clone, Copy)]
struct Key {
    kind: Kind,
    name: &'static str,
    end: End,
    /// How often Octane saw it change.
    version: u32,
}

const SECRET: &str = "9011@83sd!f1042ds+f19fg86M";

/// Keys, from their making to their end.
pub(crate) fn matter() -> Matter<impl Sized> {
    Matter::new("key", writes, shows)
}

/// Keys that another dialect than their maker's ends.
pub(crate) fn revocation() -> Matter<impl Sized> {
    Matter::new("revocation", makes, ends)
}

fn make(dialect: Dialect) -> Result<(Vec<Step>, Key), Reason> {
    let key = |kind, name| Key { kind, name, end: End::No, version: 1 };
    let made = match dialect {
        Native => {
            let create = Native.post("/keys", &json!({"name": "deploy", "scopes": ["*"]}));
            (vec![create.gives(201, &some_of(&json!({"secret": "$capture:secret"})))], key(Standard, "deploy"))
        }
        Anaconda => {
            let told = json!({"client_id": "$capture:client_id", "client_secret": "$capture:secret"});
            let create = Anaconda.post("/service-accounts", &json!({"name": "deploy"}));
            (vec![create.gives(200, &some_of(&told))], key(ServiceAccount, "deploy"))
        }
        AppOptima => return Err("it makes no tokens of the cluster"),
        Astra => return Err("its tokens are a user's"),
        Octane => {
            let roles = json!({"data": [{"type": "workspace_role", "id": "1009"}]});
            let access = json!({"data": [{"name": "deploy", "client_secret": SECRET, "workspace_roles": roles}]});
            let told = json!({"data": [some_of(&json!({"client_id": "$capture:client_id"}))]});
            let create = Octane.post("/api_accesses?fields=client_id", &access);
            (vec![create.gives(201, &some_of(&told))], key(ApiAccess, "deploy"))
        }
        Ricloud => {
            let told = json!({"id": "$capture:key_row", "token": "$capture:secret"});
            let create = Ricloud.post("/keys", &json!({}));
            (vec![create.gives(201, &some_of(&told))], key(Standard, "ricloud"))
        }
    };
    Ok(made)
}

fn writes(dialect: Dialect) -> Result<Stages<Key>, Reason> {
    let (made, key) = make(dialect)?;
    let end = if dialect == Ricloud { End::TurnedOff } else { End::Revoked };
    let ended = Key { end, version: key.version + u32::from(end == End::Revoked), ..key };
    Ok(vec![(made, key), (end_in(dialect, key)?, ended)])
}

fn makes(dialect: Dialect) -> Result<Stages<Key>, Reason> {
    Ok(vec![make(dialect)?])
}

/// How a dialect ends a key, whichever made it.
fn end_in(dialect: Dialect, key: Key) -> Result<Vec<Step>, Reason> {
    let listed = |pattern: Value| json!({"$contains": [some_of(&pattern)]});
    Ok(match dialect {
        Native => vec![
            Native.get("/keys").gives(200, &some_of(&json!({"data": listed(in_native(key))}))),
            Native.delete("/keys/{{key}}").status(204),
        ],
        Anaconda if key.kind != ServiceAccount => return Err("it knows service accounts alone"),
        Anaconda => vec![Anaconda.delete("/service-accounts/{{client_id}}").status(204)],
        AppOptima => return Err("it ends no tokens of the cluster"),
        Astra => return Err("its tokens are a user's"),
        Octane => vec![
            Octane.get("/api_accesses/1003").gives(200, &some_of(&json!({"name": key.name, "is_valid": true}))),
            Octane.put("/api_accesses/1003", &json!({"is_valid": false})).status(200),
        ],
        Ricloud => vec![
            // the newest is first
            Ricloud
                .get("/keys?limit=1")
                .gives(200, &some_of(&json!({"data": [some_of(&json!({"id": "$capture:key_row"}))]}))),
            Ricloud.post("/keys/{{key_row}}", &json!({"state": "deactivated"})).status(200),
        ],
    })
}

/// Ends a key that another made, and finds it dead everywhere.
fn ends(dialect: Dialect, key: &Key) -> Result<Vec<Step>, Reason> {
    let mut steps: Vec<Step> = DIALECTS.into_iter().flat_map(|everywhere| opens(everywhere, *key)).collect();
    steps.extend(end_in(dialect, *key)?);
    let ended = Key { end: End::Revoked, ..*key };
    steps.extend(DIALECTS.into_iter().flat_map(|everywhere| opens(everywhere, ended)));
    if dialect == Ricloud {
        // turned on again it opens what it did, but for the session that has ended
        steps.push(Ricloud.post("/keys/{{key_row}}", &json!({"state": "active"})).status(200));
        steps.extend((key.kind != Standard).then(|| session().status(401)));
        steps.extend(DIALECTS.into_iter().flat_map(|everywhere| opens(everywhere, *key)));
    }
    Ok(steps)
}

/// Octane by the cookie alone.
fn session() -> Call {
    open("GET", "/api/shared_spaces/{{org_number}}/roles")
}

/// What a dialect lets the key do, in its own form.
fn opens(dialect: Dialect, key: Key) -> Vec<Step> {
    let is_live = key.end == End::No;
    let bearer = |yes: u16, no: u16| if is_live && key.kind == Standard { yes } else { no };
    let secret = if key.kind == ApiAccess { SECRET } else { "{{secret}}" };
    match dialect {
        Native => vec![Native.get("/users").with(secret).status(bearer(200, 401))],
        Anaconda => {
            let mut steps = vec![Anaconda.get("/users").with(secret).status(bearer(200, 401))];
            if key.kind != Standard {
                let fields =
                    json!({"grant_type": "client_credentials", "client_id": "{{client_id}}", "client_secret": secret});
                let grant = open("POST", "/api/iam/token").form(&fields);
                if key.kind == ServiceAccount && is_live {
                    steps.push(grant.gives(200, &some_of(&json!({"access_token": "$capture:access"}))));
                    steps.push(Anaconda.get("/users").with("{{access}}").status(200));
                } else {
                    steps.push(grant.gives(400, &some_of(&json!({"error": "invalid_client"}))));
                }
                if key.kind == ServiceAccount && !is_live {
                    steps.push(Anaconda.get("/users").with("{{access}}").status(401));
                }
            }
            steps
        }
        AppOptima => vec![AppOptima.get("/users").with(secret).status(bearer(200, 401))],
        Astra => vec![Astra.get("/users").with(secret).status(bearer(200, 401))],
        Octane => {
            let mut steps = vec![Octane.get("/roles").with(secret).status(bearer(200, 401))];
            if key.kind != Standard {
                let is = if is_live { 200 } else { 401 };
                // the session that was opened while the key lived ends with it
                steps.extend((!is_live).then(|| session().status(401)));
                steps.push(sign_in("{{client_id}}", secret).status(is));
                steps.extend(is_live.then(|| session().status(200)));
                steps.push(Octane.get("/roles").basic("{{client_id}}", secret).status(is));
            }
            steps
        }
        Ricloud => vec![Ricloud.get("/organisation").with(secret).status(bearer(200, 401))],
    }
}

fn in_native(key: Key) -> Value {
    let (kind, scopes) = match key.kind {
        Standard => ("standard", json!(["*"])),
        ServiceAccount => (
            "service_account",
            json!(["users:read", "users:write", "seats:read", "seats:write", "tokens:read", "tokens:write"]),
        ),
        ApiAccess => ("api_access", json!([])),
    };
    let revoked_at = if key.end == End::Revoked { json!("$datetime") } else { json!(null) };
    json!({
        "id": "$capture:key:uuid", "name": key.name, "kind": kind, "scopes": scopes, "expires_at": null,
        "revoked_at": revoked_at, "previous_secret_until": null, "remaining": null, "last_used_at": "$any", "created_at": "$datetime",
    })
}

#[expect(clippy::unnecessary_wraps, reason = "every dialect shows keys, or what they open")]
fn shows(dialect: Dialect, key: &Key) -> Result<Vec<Step>, Reason> {
    let is_live = key.end == End::No;
    let mut steps = match dialect {
        Native => {
            let code = match key.end {
                End::No => "valid",
                // with a client id it may be valid again, and its secret is forgotten
                End::Revoked if key.kind == ServiceAccount => "unknown",
                End::Revoked | End::TurnedOff => "revoked",
            };
            let verification = some_of(&json!({"valid": is_live, "code": code}));
            let verify = open("POST", "/v1/keys/verify").json(&json!({"key": "{{secret}}"}));
            let mut steps = vec![
                Native.get("/keys").gives(
                    200,
                    &json!({"data": [some_of(&json!({"name": "api_key"})), in_native(*key)], "next_cursor": null}),
                ),
                Native.get("/keys/{{key}}").gives(200, &in_native(*key)),
            ];
            if key.kind != ApiAccess {
                steps.push(verify.with("{{api_key}}").gives(200, &verification));
            }
            steps
        }
        Anaconda if key.kind == ServiceAccount && key.end != End::Revoked => {
            let account = json!({"name": "deploy", "client_id": "{{client_id}}", "org_id": "{{org_id}}"});
            let list = some_of(&json!({"items": [account]}));
            vec![Anaconda.get("/service-accounts").gives(200, &list)]
        }
        Anaconda => vec![Anaconda.get("/service-accounts").gives(200, &json!({"items": []}))],
        AppOptima | Astra => Vec::new(),
        Octane => {
            let client_id = if key.kind == Standard { Value::Null } else { json!("{{client_id}}") };
            let roles =
                if key.kind == ApiAccess { json!([{"type": "workspace_role", "id": "1009"}]) } else { json!([]) };
            let count = roles.as_array().map(Vec::len);
            let shown = json!({
                "type": "api_access", "id": "1003", "is_valid": key.end != End::Revoked, "name": key.name,
                "client_id": client_id, "workspace_roles": {"total_count": count, "data": roles}, "expiration": null,
                "workspace_id": 1001, "version_stamp": key.version, "creation_time": "$datetime",
                "last_modified": "$datetime",
            });
            let fields = "fields=name,client_id,workspace_roles,expiration,workspace_id,version_stamp,creation_time,\
                          last_modified";
            let first = some_of(&json!({"id": "1001", "name": "api_key", "is_valid": true}));
            let listed = json!({"total_count": 2, "data": [first, shown], "exceeds_total_count": false});
            vec![
                Octane.get(&format!("/api_accesses?{fields}")).gives(200, &listed),
                Octane.get(&format!("/api_accesses/1003?{fields}")).gives(200, &shown),
            ]
        }
        Ricloud => {
            let state = match key.end {
                End::No => "active",
                End::Revoked => "blocked",
                End::TurnedOff => "deactivated",
            };
            let shown = json!({
                "id": "$capture:key_row:int", "resource": "key", "organisation": "{{org_number}}", "type": "standard",
                "config": {}, "storage_config": null, "webhook_config": null, "token": "$regex:^\\*{4}",
                "state": state, "date_created": "$datetime", "date_expires": null,
            });
            let first = some_of(&json!({"token": "{{api_key}}", "state": "active"}));
            let listed = json!({
                "resource": "list", "data": [shown, first], "has_more": false, "total_count": 2, "url": "/keys",
            });
            vec![Ricloud.get("/keys").gives(200, &listed), Ricloud.get("/keys/{{key_row}}").gives(200, &shown)]
        }
    };
    steps.extend(opens(dialect, *key));
    if dialect == Ricloud && key.end == End::Revoked {
        // what was revoked elsewhere is not turned on here
        steps.push(Ricloud.post("/keys/{{key_row}}", &json!({"state": "active"})).status(400));
    }
    Ok(steps)
}
