//! Users' tokens.

use contract::vector::Step;
use serde_json::{Value, json};

use crate::call::Dialect::{self, Anaconda, AppOptima, Astra, Native, Octane, Ricloud};
use crate::call::{astra, some_of};
use crate::{Matter, Reason, Stages};

const NO_TOKENS: Reason = "it knows no users' tokens";

/// A user's token as the directory holds it.
#[derive(Clone)]
struct Token {
    name: Option<&'static str>,
    expires_at: Option<&'static str>,
    revoked: bool,
}

/// Tokens, from their issue to their revocation.
pub(crate) fn matter() -> Matter<impl Sized> {
    Matter::new("token", writes, shows)
}

fn writes(dialect: Dialect) -> Result<Stages<Token>, Reason> {
    const NATIVE: &str = "/users/{{user}}/tokens/{{token}}";
    const ASTRA: &str = "/users/{{user}}/tokens/{{token}}";
    let mut made = user();
    let (end, later) = (Some("2031-01-01T00:00:00"), Some("2032-02-02T00:00:00"));
    let told = some_of(&json!({"id": "$capture:token", "token": "$capture:secret"}));
    let patch = |at: Option<&str>| json!({"expires_at": at.map(|at| format!("{at}Z"))});
    Ok(match dialect {
        Native => {
            let body = json!({"name": "ci", "expires_at": "2031-01-01T00:00:00Z"});
            made.push(Native.post("/users/{{user}}/tokens", &body).gives(201, &told));
            let token = Token { name: Some("ci"), expires_at: end, revoked: false };
            let extended = Token { expires_at: later, ..token.clone() };
            let endless = Token { expires_at: None, ..token.clone() };
            let revoked = Token { revoked: true, ..endless.clone() };
            vec![
                (made, token),
                (vec![Native.call("PATCH", NATIVE).json(&patch(later)).status(200)], extended),
                (vec![Native.call("PATCH", NATIVE).json(&patch(None)).status(200)], endless),
                (vec![Native.delete(NATIVE).status(204)], revoked),
            ]
        }
        Anaconda => {
            let issue = Anaconda.post("/users/{{user}}/token", &patch(end));
            made.push(issue.gives(200, &json!({"token": "$capture:secret", "expires_at": null})));
            let items = json!({"items": [some_of(&json!({"id": "$capture:token"}))]});
            made.push(Anaconda.get("/users/{{user}}/tokens").gives(200, &items));
            let token = Token { name: None, expires_at: end, revoked: false };
            let extended = Token { expires_at: later, ..token.clone() };
            let revoked = Token { revoked: true, ..extended.clone() };
            vec![
                (made, token),
                (vec![Anaconda.call("PATCH", "/users/{{user}}/token").json(&patch(later)).status(200)], extended),
                (vec![Anaconda.delete("/users/{{user}}/token").status(204)], revoked),
            ]
        }
        Astra => {
            made.push(Astra.post("/users/{{user}}/tokens", &astra("token", &json!({"name": "ci"}))).gives(201, &told));
            let token = Token { name: Some("ci"), expires_at: None, revoked: false };
            let renamed = Token { name: Some("cd"), ..token.clone() };
            let revoked = Token { revoked: true, ..renamed.clone() };
            vec![
                (made, token),
                (vec![Astra.put(ASTRA, &astra("token", &json!({"name": "cd"}))).status(204)], renamed),
                (vec![Astra.delete(ASTRA).status(204)], revoked),
            ]
        }
        AppOptima | Octane | Ricloud => return Err(NO_TOKENS),
    })
}

/// A user who may look at Astra's account.
fn user() -> Vec<Step> {
    let binding = json!({"accountID": "{{org_id}}", "userID": "{{user}}", "role": "viewer"});
    vec![
        Native
            .post("/users", &json!({"email": "ann-{{uniq}}@acme.test"}))
            .gives(201, &some_of(&json!({"id": "$capture:user"}))),
        Astra.post("/roleBindings", &astra("roleBinding", &binding)).status(201),
    ]
}

fn shows(dialect: Dialect, token: &Token) -> Result<Vec<Step>, Reason> {
    let opens = |yes: u16, no: u16| if token.revoked { no } else { yes };
    Ok(match dialect {
        Native => {
            let shown = json!({
                "id": "{{token}}", "name": token.name, "expires_at": token.expires_at.map(|at| format!("{at}Z")),
                "revoked_at": if token.revoked { json!("$datetime") } else { Value::Null }, "created_at": "$datetime",
            });
            vec![Native.get("/users/{{user}}/tokens").gives(200, &json!({"data": [shown], "next_cursor": null}))]
        }
        Anaconda => {
            let shown = json!({
                "id": "{{token}}", "expires_at": format!("{}+00:00", token.expires_at.unwrap_or("9999-12-31T23:59:59")), "metadata": {},
                "revoked": token.revoked,
            });
            vec![
                Anaconda.get("/users/{{user}}/tokens").gives(200, &json!({"items": [shown]})),
                Anaconda.get("/users").with("{{secret}}").status(401),
            ]
        }
        Astra => {
            let shown = json!({
                "metadata": {
                    "creationTimestamp": "$datetime", "modificationTimestamp": "$datetime",
                    "createdBy": "00000000-0000-0000-0000-000000000000", "labels": [],
                },
                "type": "application/astra-token", "version": "1.0", "id": "{{token}}",
                "name": token.name.unwrap_or_default(), "userID": "{{user}}",
            });
            let items = if token.revoked { json!([]) } else { json!([shown]) };
            let one = Astra.get("/users/{{user}}/tokens/{{token}}");
            vec![
                Astra.get("/users/{{user}}/tokens").gives(200, &json!({"items": items, "metadata": {}})),
                if token.revoked { one.status(404) } else { one.gives(200, &shown) },
                Astra.get("/users").with("{{secret}}").status(opens(200, 401)),
            ]
        }
        AppOptima | Octane | Ricloud => return Err(NO_TOKENS),
    })
}
