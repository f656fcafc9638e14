//! OpenText ALM Octane: the API access keys of a shared space.

use serde_json::json;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};

use crate::Api;
use crate::operation::{JSON, Operation, operation};
use crate::schema::{
    Schema, any_of, anything, at_least, between, boolean, default, integer, length, list, named, object, open, or_null,
    some, text, time, told, with, word,
};

pub(crate) fn api() -> Api {
    let http =
        |scheme, told: &str| SecurityScheme::Http(HttpBuilder::new().scheme(scheme).description(Some(told)).build());
    Api {
        vendor: "octane",
        title: "OpenText ALM Octane, API access keys",
        description: "The API access keys of a shared space, with the roles that they hold, as Tessera speaks them. Tessera is \
            not affiliated with the vendor.",
        security: http(HttpAuthScheme::Bearer, "A key of the organization."),
        authorization: "Bearer {{api_key}}",
        further: vec![
            ("pair", http(HttpAuthScheme::Basic, "A user with a password, or a client id with its secret.")),
            (
                "session",
                SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
                    "LWSSO_COOKIE_KEY",
                    "The session that signing in gives.",
                ))),
            ),
        ],
        schemas: schemas(),
        parameter: |_| text(),
        refusal: "Refusal",
        refusal_media: JSON,
        operations: operations(),
        variables: &[
            ("space", "1001"),
            ("workspace", "1002"),
            ("admin_email", "admin@acme.test"),
            ("admin_password", "Acme-Admin-2026"),
        ],
    }
}

/// What every entity has; all but type and id may be left out with `fields`.
fn entity<const N: usize>(kind: &str, further: [(&'static str, Schema); N]) -> Schema {
    let entity = object([
        ("type", word(&[kind])),
        ("id", text()),
        ("version_stamp?", integer()),
        ("creation_time?", time()),
        ("last_modified?", time()),
    ]);
    with(entity, further)
}

/// Entities, as many as are asked for.
fn listed(name: &str) -> Schema {
    object([("total_count", integer()), ("data", list(named(name))), ("exceeds_total_count", boolean())])
}

fn error() -> Schema {
    let field = object([("entity_type", text()), ("field_name", text())]);
    object([
        ("error_code", text()),
        ("correlation_id", text()),
        ("description", text()),
        ("description_translated", text()),
        ("properties", or_null(field)),
    ])
}

fn schemas() -> Vec<(&'static str, Schema)> {
    let made_in_part = object([
        ("total_count", integer()),
        ("data", list(named("ApiAccess"))),
        ("exceeds_total_count", boolean()),
        ("errors", list(with(error(), [("index", integer()), ("entity_index", integer())]))),
    ]);
    let user = |kind: &str| {
        entity(
            kind,
            [
                ("name?", text()),
                ("email?", or_null(text())),
                ("first_name?", or_null(text())),
                ("last_name?", or_null(text())),
                ("full_name?", text()),
                ("workspace_id?", integer()),
            ],
        )
    };
    let roles = object([("total_count", integer()), ("data", list(named("WorkspaceRole")))]);
    vec![
        ("Refusal", any_of([named("Error"), named("MadeInPart")])),
        ("Error", error()),
        ("MadeInPart", told(made_in_part, "What was made, and for each of the others why it was not.")),
        ("SharedSpace", entity("shared_space", [("name?", text()), ("logical_name?", text())])),
        (
            "Workspace",
            entity("workspace", [("name?", text()), ("logical_name?", text()), ("workspace_id?", integer())]),
        ),
        (
            "Role",
            entity(
                "role",
                [
                    ("name?", text()),
                    ("logical_name?", text()),
                    ("based_on_system?", or_null(named("Role"))),
                    ("is_system?", boolean()),
                    ("workspace_id?", integer()),
                ],
            ),
        ),
        (
            "WorkspaceRole",
            entity(
                "workspace_role",
                [("role?", named("Role")), ("workspace?", or_null(named("Workspace"))), ("workspace_id?", integer())],
            ),
        ),
        ("SharedspaceUser", user("sharedspace_user")),
        ("WorkspaceUser", user("workspace_user")),
        (
            "ApiAccess",
            entity(
                "api_access",
                [
                    ("name?", text()),
                    ("client_id?", or_null(text())),
                    ("is_valid", boolean()),
                    ("workspace_roles?", roles),
                    ("expiration?", or_null(time())),
                    ("workspace_id?", integer()),
                ],
            ),
        ),
    ]
}

fn name() -> Schema {
    length(1, 255)
}

fn secret() -> Schema {
    told(length(10, 30), "Of at least three classes: A-Z, a-z, 0-9, any other.")
}

/// Which workspace roles a key is to hold.
fn roles() -> Schema {
    let id = any_of([integer(), text()]);
    or_null(open([("data", list(open([("id", id), ("type?", word(&["workspace_role"]))])))]))
}

/// Takes the names of the fields that are to be told.
fn told_in_part(operation: Operation) -> Operation {
    operation.query("fields", text(), "The fields to tell, by commas; a reference's own in braces.")
}

/// Takes a part of a list.
fn searched(operation: Operation) -> Operation {
    told_in_part(operation)
        .query("query", text(), "Only those that it holds for, such as `\"name EQ ^Viewer^\"`.")
        .query("order_by", text(), "Fields by commas, each with a minus to go downwards.")
        .query("limit", default(between(1, 10_000), 1000), "How many at the most.")
        .query("offset", default(at_least(0), 0), "How many to leave out first.")
}

fn operations() -> Vec<Operation> {
    let list = |id, summary, name| searched(operation(id, summary)).gives(200, listed(name));
    let get = |id, summary, name| told_in_part(operation(id, summary)).gives(200, named(name));
    let new = object([
        ("name", name()),
        ("client_secret", secret()),
        ("workspace_roles?", roles()),
        ("expiration?", or_null(time())),
        ("is_valid?", told(boolean(), "A new key is valid.")),
        ("type?", word(&["api_access"])),
    ]);
    let change = object([
        ("name?", name()),
        ("client_secret?", secret()),
        ("workspace_roles?", roles()),
        ("expiration?", or_null(time())),
        ("is_valid?", boolean()),
        ("type?", word(&["api_access"])),
        ("id?", any_of([integer(), text()])),
    ]);
    let key = json!({ "name": "ci-{{uniq}}", "client_secret": "9011@83sd!f1042ds+f19fg86M",
        "workspace_roles": { "data": [{ "type": "workspace_role", "id": "1037" }] } });
    let cookie = &[("Set-Cookie", "The session, LWSSO_COOKIE_KEY.")];
    vec![
        operation("sign_in", "Signs in with `user` and `password`, or with `client_id` and `client_secret`")
            .takes(anything())
            .does(200)
            .with(cookie)
            .for_everybody()
            .sends(json!({ "user": "{{admin_email}}", "password": "{{admin_password}}" })),
        list("list_shared_spaces", "Lists the one shared space that the caller opens", "SharedSpace"),
        get("get_shared_space", "Tells of the shared space", "SharedSpace"),
        list("list_workspaces", "Lists the workspaces", "Workspace"),
        get("get_workspace", "Tells of a workspace", "Workspace"),
        list("list_roles", "Lists the roles", "Role").keeps("role_id", "/data/0/id"),
        get("get_role", "Tells of a role", "Role").at("id", "role_id"),
        list("list_workspace_roles", "Lists the roles in the space and in its workspaces", "WorkspaceRole")
            .asks("query=%22id%20EQ%201037%22")
            .keeps("workspace_role_id", "/data/0/id"),
        get("get_workspace_role", "Tells of a role in a workspace", "WorkspaceRole").at("id", "workspace_role_id"),
        list("list_users", "Lists the users of the space", "SharedspaceUser").keeps("user_id", "/data/0/id"),
        get("get_user", "Tells of a user", "SharedspaceUser").at("id", "user_id"),
        list("list_workspace_users", "Lists the users of a workspace", "WorkspaceUser"),
        get("get_workspace_user", "Tells of a user of a workspace", "WorkspaceUser").at("id", "user_id"),
        told_in_part(operation("create_api_accesses", "Makes keys: of many, those that are good"))
            .takes(open([("data", some(1, 200, new))]))
            .gives(201, listed("ApiAccess"))
            .sends(json!({ "data": [key] }))
            .asks("fields=client_id,name")
            .keeps("api_access_id", "/data/0/id"),
        list("list_api_accesses", "Lists the keys", "ApiAccess"),
        get("get_api_access", "Tells of a key", "ApiAccess").at("id", "api_access_id"),
        told_in_part(operation("update_api_access", "Changes a key; its secret is told nowhere"))
            .takes(change)
            .gives(200, named("ApiAccess"))
            .at("id", "api_access_id")
            .sends(json!({ "is_valid": false })),
        operation("sign_out", "Ends the session that the cookie names").does(200).with(cookie).for_everybody(),
    ]
}
