//! AppOptima's cluster API v1.

use serde_json::json;
use tessera_directory::{group, member};
use tessera_validate::{email, name, password_policy};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};

use crate::Api;
use crate::operation::{Operation, operation};
use crate::schema::{
    Schema, any_of, between, boolean, integer, length, list, map, named, null, object, open, or_null, text, told, word,
};

pub(crate) fn api() -> Api {
    let header = "`Api-Token`, a blank, and a key of the organization that has the scope ServiceProviderAPI.";
    Api {
        vendor: "appoptima",
        title: "AppOptima, cluster API v1",
        description: "The users, groups and password policy of a cluster, as Tessera speaks them. Tessera is not affiliated \
            with the vendor.",
        security: SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description("Authorization", header))),
        authorization: "Api-Token {{api_key}}",
        further: vec![("query", SecurityScheme::ApiKey(ApiKey::Query(ApiKeyValue::new("Api-Token"))))],
        schemas: schemas(),
        parameter: |_| text(),
        refusal: "ErrorEnvelope",
        refusal_media: "application/json",
        operations: operations(),
        variables: &[],
    }
}

fn schemas() -> Vec<(&'static str, Schema)> {
    let violation = object([
        ("path", text()),
        ("message", text()),
        ("parameterLocation", word(&["PAYLOAD_BODY"])),
        ("location", null()),
    ]);
    let error = object([("code", integer()), ("message", text()), ("constraintViolations?", list(violation))]);
    let user = object([
        ("id", text()),
        ("email", text()),
        ("firstName", text()),
        ("lastName", text()),
        ("passwordClearText", told(null(), "Never told.")),
        ("groups", list(text())),
    ]);
    let new_user = open([
        ("id", length(1, name::MAX_LENGTH)),
        ("email", length(3, email::MAX_LENGTH)),
        ("firstName", length(1, name::MAX_LENGTH)),
        ("lastName", length(1, name::MAX_LENGTH)),
        ("passwordClearText?", told(or_null(text()), "Where the organization lets this API set passwords.")),
        ("groups?", or_null(list(text()))),
    ]);
    let group = object([
        ("isClusterAdminGroup", boolean()),
        ("isManageAccount", boolean()),
        ("isAccessAccount", boolean()),
        ("id", text()),
        ("name", text()),
        ("ldapGroupNames", list(text())),
        ("ssoGroupNames", list(text())),
        ("accessRight", map(list(text()))),
    ]);
    let settings = |id: (&'static str, Schema)| {
        open([
            id,
            ("name", length(1, name::MAX_LENGTH)),
            ("isClusterAdminGroup?", or_null(boolean())),
            ("isManageAccount?", or_null(boolean())),
            ("isAccessAccount?", or_null(boolean())),
            ("ldapGroupNames?", or_null(list(text()))),
            ("ssoGroupNames?", or_null(list(text()))),
            ("accessRight?", told(or_null(map(list(text()))), "Ids of environments, by the right.")),
        ])
    };
    vec![
        ("ErrorEnvelope", object([("error", error)])),
        ("UserConfig", user),
        ("NewUserConfig", new_user),
        ("GroupConfig", group),
        ("NewGroupConfig", settings(("id?", any_of([length(0, 0), null()])))),
        ("GroupConfigChange", settings(("id", length(1, name::MAX_LENGTH)))),
        ("PasswordPolicy", policy("realmId", text())),
        ("PasswordPolicyChange", open(counts())),
    ]
}

fn counts() -> [(&'static str, Schema); 5] {
    let range = |range: &std::ops::RangeInclusive<i64>| between(*range.start(), *range.end());
    let count = || range(&password_policy::COUNT_RANGE);
    [
        ("minPasswordLength", range(&password_policy::LENGTH_RANGE)),
        ("minNumberOfUppercaseChars", count()),
        ("minNumberOfLowercaseChars", count()),
        ("minNumberOfDigits", count()),
        ("minNumberOfNonAlphanumericChars", count()),
    ]
}

fn policy(name: &'static str, schema: Schema) -> Schema {
    let [length, uppercase, lowercase, digits, marks] = counts();
    object([(name, schema), length, uppercase, lowercase, digits, marks])
}

fn operations() -> Vec<Operation> {
    let user = |first_name: &str| {
        json!({ "id": "ada.{{uniq}}", "email": "ada.{{uniq}}@acme.test", "firstName": first_name, "lastName": "Adder",
            "groups": ["users"] })
    };
    let one = |name: &str| {
        json!([{ "id": format!("{name}.{{{{uniq}}}}"), "email": format!("{name}.{{{{uniq}}}}@acme.test"),
            "firstName": name, "lastName": "Boa" }])
    };
    // a limit that is a keyword would have each who tries it send that many
    let many = |schema: &str, most: usize| told(list(named(schema)), &format!("At the most {most}."));
    let users = || many("NewUserConfig", member::MAX_ADDED);
    let groups = || many("NewGroupConfig", group::MAX_ADDED);
    vec![
        operation("list_users", "Lists every user").gives(200, list(named("UserConfig"))),
        operation("create_user", "Makes a user")
            .takes(named("NewUserConfig"))
            .gives(200, named("UserConfig"))
            .sends(user("Ada"))
            .keeps("user_id", "/id"),
        operation("update_user", "Replaces a user, who is named in the body")
            .takes(named("NewUserConfig"))
            .gives(200, named("UserConfig"))
            .sends(user("Augusta")),
        operation("get_user", "Tells of a user").gives(200, named("UserConfig")).at("id", "user_id"),
        operation("create_users", "Makes users: all of them, or with 406 those whose password the policy admits")
            .takes(users())
            .gives(200, list(named("UserConfig")))
            .gives(406, any_of([list(named("UserConfig")), named("ErrorEnvelope")]))
            .sends(one("boas")),
        operation("put_users", "Makes users, as one of the vendor's clients does")
            .takes(users())
            .gives(200, list(named("UserConfig")))
            .sends(one("cora")),
        operation("delete_user", "Deletes a user and tells who it was; of nobody it tells nothing")
            .gives(200, named("UserConfig"))
            .at("id", "user_id"),
        operation("delete_no_user", "Refuses to delete a user who is not named").meets(400),
        operation("list_groups", "Lists every group").gives(200, list(named("GroupConfig"))),
        operation("create_group", "Makes a group; its id is made of its name")
            .takes(named("NewGroupConfig"))
            .gives(200, named("GroupConfig"))
            .sends(json!({ "name": "Sales {{uniq}}", "ldapGroupNames": ["sales"] }))
            .keeps("group_id", "/id"),
        operation("update_group", "Replaces a group, which is named in the body")
            .takes(named("GroupConfigChange"))
            .gives(200, named("GroupConfig"))
            .sends(json!({ "id": "{{group_id}}", "name": "Sales {{uniq}}", "isAccessAccount": true })),
        operation("get_group", "Tells of a group").gives(200, named("GroupConfig")).at("id", "group_id"),
        operation("create_groups", "Makes groups: all of them, or with 406 those that can be made")
            .takes(groups())
            .gives(200, list(named("GroupConfig")))
            .gives(406, any_of([list(named("GroupConfig")), named("ErrorEnvelope")]))
            .sends(json!([{ "name": "Support {{uniq}}" }])),
        operation("delete_group", "Deletes a group and tells which it was; of none it tells nothing")
            .gives(200, named("GroupConfig"))
            .at("id", "group_id"),
        operation("delete_no_group", "Refuses to delete a group that is not named").meets(400),
        operation("get_password_policy", "Tells the password policy").gives(200, named("PasswordPolicy")),
        operation("update_password_policy", "Replaces the password policy")
            .takes(named("PasswordPolicyChange"))
            .does(204)
            .sends(json!({ "minPasswordLength": 8, "minNumberOfUppercaseChars": 0, "minNumberOfLowercaseChars": 0,
                "minNumberOfDigits": 0, "minNumberOfNonAlphanumericChars": 0 })),
    ]
}
