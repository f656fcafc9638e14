//! NetApp Astra Control's account API.

use serde_json::{Value, json};
use tessera_directory::keystore::KeyType;
use tessera_directory::{binding, user};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

use crate::Api;
use crate::operation::{JSON, Operation, operation};
use crate::schema::{
    Schema, any_of, anything, at_least, email, integer, length, list, map, named, object, open, text, time, told, uuid,
    with, word,
};

/// The longest text that has no other limit.
const TEXT: usize = 4096;

pub(crate) fn api() -> Api {
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer);
    let bearer = bearer.description(Some("A user's API token, or a key of the organization."));
    Api {
        vendor: "astra",
        title: "NetApp Astra Control, account API",
        description: "The account API of Astra Control as Tessera speaks it. Tessera is not affiliated with the vendor.",
        security: SecurityScheme::Http(bearer.build()),
        authorization: "Bearer {{api_key}}",
        further: Vec::new(),
        schemas: schemas(),
        parameter: |_| uuid(),
        refusal: "Problem",
        refusal_media: "application/problem+json",
        operations: [users(), groups(), bindings(), credentials(), tokens(), topology(), last()]
            .into_iter()
            .flatten()
            .collect(),
        variables: &[("account_id", "00000000-0000-4000-8000-000000000001")],
    }
}

fn truth() -> Schema {
    word(&["true", "false"])
}

/// What every resource has, and a kind's own members.
fn resource<const N: usize>(media: &str, version: &str, own: [(&str, Schema); N]) -> Schema {
    let common =
        [("metadata", named("Metadata")), ("type", word(&[media])), ("version", word(&[version])), ("id", uuid())];
    with(object(common), own)
}

/// A body, of a kind's own members.
fn body<const N: usize>(media: &str, versions: &[&str], own: [(&str, Schema); N]) -> Schema {
    let metadata =
        told(open([("labels?", list(named("Label")))]), "Of what is posted back of it, the labels are read.");
    let common = [("type", word(&[media])), ("version", word(versions)), ("id?", short(TEXT)), ("metadata?", metadata)];
    with(object(common), own)
}

fn short(most: usize) -> Schema {
    length(0, most)
}

fn schemas() -> Vec<(&'static str, Schema)> {
    let fault = || list(object([("name", text()), ("reason", text())]));
    let problem = object([
        ("type", text()),
        ("title", text()),
        ("detail", text()),
        ("status", told(text(), "The status, as a text.")),
        ("correlationID", uuid()),
        ("schemaValidationFailure?", text()),
        ("invalidFields?", fault()),
        ("invalidParams?", fault()),
    ]);
    let metadata = object([
        ("creationTimestamp", time()),
        ("modificationTimestamp", time()),
        ("createdBy", uuid()),
        ("labels", list(named("Label"))),
    ]);
    let list_metadata = object([("count?", integer()), ("continue?", text())]);
    let token = || [("name", text()), ("userID", uuid())];
    let [name, user_id] = token();
    let mut schemas = vec![
        ("Problem", problem),
        ("Metadata", metadata),
        ("ListMetadata", list_metadata),
        ("Label", object([("name", text()), ("value", text())])),
        ("User", user()),
        (
            "RoleBinding",
            resource(
                "application/astra-roleBinding",
                "1.1",
                [
                    ("principalType", word(&["user", "group"])),
                    ("userID", uuid()),
                    ("groupID", uuid()),
                    ("accountID", uuid()),
                    ("role", word(binding::Role::WORDS)),
                    ("roleConstraints", list(text())),
                ],
            ),
        ),
        (
            "Credential",
            resource(
                "application/astra-credential",
                "1.1",
                [
                    ("name", text()),
                    ("keyType?", word(KeyType::WORDS)),
                    ("valid", truth()),
                    ("validFromTimestamp?", text()),
                    ("validUntilTimestamp?", text()),
                ],
            ),
        ),
        (
            "Group",
            resource(
                "application/astra-group",
                "1.1",
                [("name", text()), ("authProvider", word(&["ldap"])), ("authID", text())],
            ),
        ),
        ("Token", resource("application/astra-token", "1.0", token())),
        (
            "TokenWithText",
            resource("application/astra-token", "1.0", [name, user_id, ("token", told(text(), "Told this once."))]),
        ),
    ];
    schemas.extend(landscape());
    schemas
}

const ADDRESS: [&str; 6] =
    ["addressCountry", "addressLocality", "addressRegion", "streetAddress1", "streetAddress2", "postalCode"];

fn user() -> Schema {
    resource(
        "application/astra-user",
        "1.2",
        [
            ("authProvider", word(user::AuthProvider::WORDS)),
            ("authID", text()),
            ("firstName", text()),
            ("lastName", text()),
            ("companyName", text()),
            ("email", text()),
            ("postalAddress", object(ADDRESS.map(|name| (name, text())))),
            ("state", word(user::State::WORDS)),
            ("sendWelcomeEmail", truth()),
            ("isEnabled", truth()),
            ("isInviteAccepted", truth()),
            ("enableTimestamp", text()),
            ("lastActTimestamp", text()),
            ("phone?", text()),
        ],
    )
}

fn landscape() -> [(&'static str, Schema); 4] {
    let cluster = |media: &str| {
        resource(
            media,
            "1.1",
            [
                ("name", text()),
                ("state", text()),
                ("stateUnready", list(text())),
                ("managedState", text()),
                ("managedStateUnready", list(text())),
                ("inUse", truth()),
                ("clusterType", text()),
                ("clusterVersion", text()),
                ("namespaces", list(text())),
                ("cloudID", text()),
            ],
        )
    };
    let cloud = resource(
        "application/astra-cloud",
        "1.1",
        [("name", text()), ("state", text()), ("stateUnready", list(text())), ("cloudType", text())],
    );
    let namespace = resource(
        "application/astra-namespace",
        "1.2",
        [
            ("links", list(anything())),
            ("name", text()),
            ("namespaceState", text()),
            ("namespaceStateDetails", list(anything())),
            ("kubernetesUID", text()),
            ("kubernetesLabels", list(named("Label"))),
            ("clusterID", text()),
            ("systemType?", text()),
        ],
    );
    [
        ("Cloud", cloud),
        ("Cluster", cluster("application/astra-cluster")),
        ("ManagedCluster", cluster("application/astra-managedCluster")),
        ("Namespace", namespace),
    ]
}

/// Lists a collection.
fn lists(id: &'static str, summary: &'static str, items: Schema) -> Operation {
    let picked = told(list(list(anything())), "With `include`, of each item those members in that order.");
    let page = object([("items", any_of([list(items), picked])), ("metadata", named("ListMetadata"))]);
    operation(id, summary)
        .query("filter", text(), "Only those that it holds for, such as `email eq 'a@acme.test'`.")
        .query("include", text(), "The members to tell of each, by commas.")
        .query("orderBy", text(), "A member, or a member and `desc`.")
        .query("limit", at_least(1), "How many at the most.")
        .query("skip", at_least(1), "How many to leave out first.")
        .query("count", word(&["true"]), "Whether to tell how many there are.")
        .query("continue", text(), "What the list before said.")
        .gives(200, page)
}

/// Tells of one resource.
fn gets(id: &'static str, summary: &'static str, media: &'static [&'static str], schema: &'static str) -> Operation {
    operation(id, summary).gives_as(200, media, named(schema)).with(&[("ETag", "What the resource is like.")])
}

/// Makes a resource.
fn makes(
    id: &'static str,
    summary: &'static str,
    body: Schema,
    (media, schema): (&'static [&'static str], &'static str),
) -> Operation {
    operation(id, summary)
        .takes(body)
        .gives_as(201, media, named(schema))
        .with(&[("ETag", "What the resource is like."), ("Location", "Where it is.")])
}

/// Changes a resource, if it is as the caller saw it.
fn changes(id: &'static str, summary: &'static str, body: Schema) -> Operation {
    operation(id, summary).takes(body).header("If-Match", text(), "Only if this is its tag.").header(
        "If-Unmodified-Since",
        text(),
        "Only if it has not changed since.",
    )
}

const USER: &[&str] = &[JSON, "application/astra-user+json"];
const BINDING: &[&str] = &[JSON, "application/astra-roleBinding+json"];
const CREDENTIAL: &[&str] = &[JSON, "application/astra-credential+json"];
const GROUP: &[&str] = &[JSON, "application/astra-group+json"];
const TOKEN: &[&str] = &[JSON, "application/astra-token+json"];

fn users() -> Vec<Operation> {
    let own = |email: (&'static str, Schema)| {
        [
            email,
            ("firstName?", short(63)),
            ("lastName?", short(63)),
            ("companyName?", short(63)),
            ("authProvider?", word(user::AuthProvider::WORDS)),
            ("authID?", short(TEXT)),
            ("phone?", short(TEXT)),
            ("postalAddress?", address()),
            ("state?", word(user::State::WORDS)),
            ("sendWelcomeEmail?", truth()),
            ("isEnabled?", truth()),
            ("isInviteAccepted?", truth()),
            ("enableTimestamp?", short(TEXT)),
            ("lastActTimestamp?", short(TEXT)),
        ]
    };
    let body = |email| body("application/astra-user", &["1.0", "1.1", "1.2"], own(email));
    vec![
        makes("create_user", "Makes a user", body(("email", email())), (USER, "User"))
            .sends(json!({ "type": "application/astra-user", "version": "1.2", "email": "ada-{{uniq}}@acme.test",
                "firstName": "Ada", "lastName": "Adder" }))
            .keeps("user_id", "/id"),
        lists("list_users", "Lists the users", named("User")),
        gets("get_user", "Tells of a user", USER, "User"),
        changes("update_user", "Changes a user; what is left out stays", body(("email?", email())))
            .does(204)
            .sends(json!({ "type": "application/astra-user", "version": "1.2", "companyName": "Acme" })),
    ]
}

fn address() -> Schema {
    let names =
        ["addressCountry?", "addressLocality?", "addressRegion?", "streetAddress1?", "streetAddress2?", "postalCode?"];
    object(names.map(|name| (name, short(TEXT))))
}

fn groups() -> Vec<Operation> {
    let versions = &["1.0", "1.1"];
    let new = [("authProvider", word(&["ldap"])), ("authID", length(1, 2048)), ("name?", length(1, 2048))];
    let change = [("authProvider?", word(&["ldap"])), ("authID?", length(1, 2048)), ("name?", length(1, 2048))];
    let group = |members: Value| joined(json!({ "type": "application/astra-group", "version": "1.1" }), members);
    vec![
        makes("create_group", "Makes a group", body("application/astra-group", versions, new), (GROUP, "Group"))
            .sends(group(json!({ "authProvider": "ldap", "authID": "CN={{uniq}},OU=groups,DC=acme,DC=test" })))
            .keeps("group_id", "/id"),
        lists("list_groups", "Lists the groups", named("Group")),
        gets("get_group", "Tells of a group", GROUP, "Group"),
        changes("update_group", "Changes a group", body("application/astra-group", versions, change))
            .does(204)
            .sends(group(json!({ "name": "Platform {{uniq}}" }))),
    ]
}

/// The members of both objects.
fn joined(mut one: Value, other: Value) -> Value {
    if let (Value::Object(one), Value::Object(other)) = (&mut one, other) {
        one.extend(other);
    }
    one
}

fn bindings() -> Vec<Operation> {
    let own = |account: &'static str| {
        [
            (account, short(TEXT)),
            ("userID?", short(TEXT)),
            ("groupID?", short(TEXT)),
            ("principalType?", word(&["user", "group"])),
            ("role", word(binding::Role::WORDS)),
            ("roleConstraints?", list(text())),
        ]
    };
    let body = |account| body("application/astra-roleBinding", &["1.0", "1.1"], own(account));
    let binding =
        |members: Value| joined(json!({ "type": "application/astra-roleBinding", "version": "1.1" }), members);
    vec![
        makes("create_role_binding", "Gives a user or a group a role", body("accountID"), (BINDING, "RoleBinding"))
            .sends(binding(json!({ "accountID": "{{account_id}}", "userID": "{{user_id}}", "role": "viewer" })))
            .keeps("binding_id", "/id"),
        lists("list_role_bindings", "Lists the role bindings", named("RoleBinding")),
        gets("get_role_binding", "Tells of a role binding", BINDING, "RoleBinding"),
        changes("update_role_binding", "Gives a role binding another role", body("accountID?"))
            .does(204)
            .sends(binding(json!({ "role": "member" }))),
    ]
}

fn credentials() -> Vec<Operation> {
    let own = |name: &'static str, keys: &'static str| {
        [
            (name, length(1, 127)),
            ("keyType?", word(KeyType::WORDS)),
            (keys, told(map(text()), "Strings in base64.")),
            ("valid?", truth()),
            ("validFromTimestamp?", short(64)),
            ("validUntilTimestamp?", short(64)),
        ]
    };
    let body = |name, keys| body("application/astra-credential", &["1.0", "1.1"], own(name, keys));
    let credential =
        |members: Value| joined(json!({ "type": "application/astra-credential", "version": "1.1" }), members);
    vec![
        makes("create_credential", "Keeps a credential", body("name", "keyStore"), (CREDENTIAL, "Credential"))
            .sends(credential(json!({ "name": "s3 {{uniq}}", "keyType": "s3",
                    "keyStore": { "accessKey": "QUtJQQ==", "accessSecret": "c2VjcmV0" } })))
            .keeps("credential_id", "/id"),
        lists("list_credentials", "Lists the credentials, never with what they hold", named("Credential")),
        gets("get_credential", "Tells of a credential", CREDENTIAL, "Credential"),
        changes("update_credential", "Changes a credential", body("name", "keyStore?"))
            .gives_as(200, CREDENTIAL, named("Credential"))
            .with(&[("ETag", "What the resource is like.")])
            .sends(credential(json!({ "name": "s3 {{uniq}}", "valid": "false" }))),
    ]
}

fn tokens() -> Vec<Operation> {
    let own = |name: &'static str| [(name, length(1, 63)), ("userID?", short(TEXT)), ("token?", short(TEXT))];
    let body = |name| body("application/astra-token", &["1.0"], own(name));
    let token = |members: Value| joined(json!({ "type": "application/astra-token", "version": "1.0" }), members);
    let of_user = |operation: Operation| operation.at("parent_id", "user_id");
    vec![
        of_user(makes("create_token", "Issues an API token of a user", body("name"), (TOKEN, "TokenWithText")))
            .sends(token(json!({ "name": "Script" })))
            .keeps("token_id", "/id"),
        of_user(lists("list_tokens", "Lists a user's API tokens", named("Token"))),
        of_user(gets("get_token", "Tells of an API token", TOKEN, "Token")),
        of_user(changes("update_token", "Gives an API token another name", body("name?")))
            .does(204)
            .sends(token(json!({ "name": "Snapshot Script" }))),
        of_user(operation("delete_token", "Revokes an API token").does(204)),
    ]
}

fn topology() -> Vec<Operation> {
    const CLOUD: &[&str] = &[JSON, "application/astra-cloud+json"];
    const CLUSTER: &[&str] = &[JSON, "application/astra-cluster+json"];
    const NAMESPACE: &[&str] = &[JSON, "application/astra-namespace+json"];
    vec![
        lists("list_clouds", "Lists the clouds", named("Cloud")).keeps("cloud_id", "/items/0/id"),
        gets("get_cloud", "Tells of a cloud", CLOUD, "Cloud"),
        lists("list_clusters", "Lists the clusters", named("Cluster")).keeps("cluster_id", "/items/0/id"),
        gets("get_cluster", "Tells of a cluster", CLUSTER, "Cluster"),
        lists("list_managed_clusters", "Lists the clusters that are managed", named("ManagedCluster")),
        lists("list_namespaces", "Lists the namespaces that the caller's role reaches", named("Namespace"))
            .keeps("namespace_id", "/items/0/id"),
        gets("get_namespace", "Tells of a namespace", NAMESPACE, "Namespace"),
        lists("list_apps", "Lists the apps", open([])),
        lists("list_ldap_users", "Lists the users of the directory server", open([])),
        lists("list_ldap_groups", "Lists the groups of the directory server", open([])),
    ]
}

fn last() -> Vec<Operation> {
    vec![
        operation("delete_credential", "Deletes a credential").does(204),
        operation("delete_group", "Deletes a group").does(204),
        operation("delete_user", "Deletes a user, with the role").does(204),
        operation("delete_role_binding", "Takes a role away, with the user who has no other").does(204).meets(404),
    ]
}
