//! Passwords: set in one dialect, they open every other's sign-in.

use contract::vector::Step;
use serde_json::json;

use crate::call::Dialect::{self, Anaconda, AppOptima, Astra, Native, Octane, Ricloud};
use crate::call::{astra, open, password_grant, sign_in, some_of};
use crate::{Matter, Reason, Stages};

const NO_PASSWORDS: Reason = "it knows no passwords";
const ANN: &str = "ann-{{uniq}}@acme.test";
const FIRST: &str = "Str0ng-Enough-Pass";
const SECOND: &str = "An0ther-Strong-Pass";
/// The same in base64.
const FIRST_64: &str = "U3RyMG5nLUVub3VnaC1QYXNz";
const SECOND_64: &str = "QW4wdGhlci1TdHJvbmctUGFzcw==";

/// The password of the user Ann, and one that is not hers, or no more.
struct Password {
    right: Option<&'static str>,
    wrong: &'static str,
    /// Whether it was changed since the stage before.
    changed: bool,
}

/// Passwords, from the first to the next.
pub(crate) fn matter() -> Matter<impl Sized> {
    let matter = Matter::new("password", writes, shows);
    Matter { org: json!({"set_password_via_api": true}), ..matter }
}

fn writes(dialect: Dialect) -> Result<Stages<Password>, Reason> {
    let person = |password| {
        json!({
            "id": ANN, "email": ANN, "firstName": "Ann", "lastName": "Lee", "passwordClearText": password, "groups": [],
        })
    };
    let make = Native
        .post("/users", &json!({"email": ANN, "first_name": "Ann", "last_name": "Lee"}))
        .gives(201, &some_of(&json!({"id": "$capture:user"})));
    let credential = |cleartext| {
        let keys = json!({"cleartext": cleartext, "change": "ZmFsc2U="});
        astra("credential", &json!({"name": "{{user}}", "keyType": "passwordHash", "keyStore": keys}))
    };
    let set = |password| Native.call("PATCH", "/users/{{user}}").json(&json!({"password": password})).status(200);
    let first = match dialect {
        Native => vec![set(FIRST)],
        AppOptima => vec![AppOptima.put("/users", &person(FIRST)).status(200)],
        Astra => vec![
            Astra
                .post("/credentials", &credential(FIRST_64))
                .gives(201, &some_of(&json!({"id": "$capture:credential"}))),
        ],
        Anaconda | Octane | Ricloud => return Err("it sets no passwords"),
    };
    let mut stages = vec![
        (vec![make], Password { right: None, wrong: FIRST, changed: false }),
        (first, Password { right: Some(FIRST), wrong: SECOND, changed: false }),
    ];
    let second = Password { right: Some(SECOND), wrong: FIRST, changed: true };
    match dialect {
        Native => stages.push((vec![set(SECOND)], second)),
        Astra => {
            stages.push((vec![Astra.put("/credentials/{{credential}}", &credential(SECOND_64)).status(200)], second));
        }
        // it sets the first alone
        _ => {}
    }
    Ok(stages)
}

fn shows(dialect: Dialect, password: &Password) -> Result<Vec<Step>, Reason> {
    let roles = || open("GET", "/api/shared_spaces/{{org_number}}/roles");
    Ok(match dialect {
        Native | Ricloud => return Err(NO_PASSWORDS),
        Anaconda => {
            let mut steps = vec![password_grant(ANN, password.wrong).status(400)];
            steps.extend(password.right.map(|right| password_grant(ANN, right).status(200)));
            steps
        }
        // it tells of a password by refusing another
        AppOptima => {
            let person = |password: Option<&str>| {
                json!({
                    "id": ANN, "email": ANN, "firstName": "Ann", "lastName": "Lee", "passwordClearText": password,
                    "groups": [],
                })
            };
            let mut steps = vec![AppOptima.get(&format!("/users/{ANN}")).gives(200, &person(None))];
            let another = AppOptima.put("/users", &person(Some("Yet-An0ther-Pass")));
            steps.extend(password.right.map(|_| another.status(406)));
            steps
        }
        Astra => {
            let items = match password.right {
                None => json!([]),
                Some(_) => json!([{
                    "metadata": {
                        "creationTimestamp": "$datetime", "modificationTimestamp": "$datetime",
                        "createdBy": "00000000-0000-0000-0000-000000000000", "labels": [],
                    },
                    "type": "application/astra-credential", "version": "1.1", "id": "$uuid", "name": "{{user}}",
                    "keyType": "passwordHash", "valid": "true",
                }]),
            };
            let list = Astra.get("/credentials?filter=name%20eq%20'{{user}}'");
            vec![list.gives(200, &json!({"items": items, "metadata": {}}))]
        }
        Octane => {
            let mut steps = Vec::new();
            // the session of the password before
            steps.extend(password.changed.then(|| roles().status(401)));
            steps.push(sign_in(ANN, password.wrong).status(401));
            if let Some(right) = password.right {
                steps.extend([sign_in(ANN, right).status(200), roles().status(200)]);
            }
            steps
        }
    })
}
