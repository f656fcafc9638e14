//! Reincubate's ricloud, its organisation API.

use serde_json::json;
use tessera_directory::organization::OrganizationType;
use tessera_directory::{end_user, event, storage_config, task};
use tessera_validate::name;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};

use crate::Api;
use crate::operation::{Operation, operation};
use crate::schema::{
    Schema, any_of, anything, at_least, between, boolean, default, integer, length, list, map, map_by, named, null,
    object, open, or_null, pattern, text, time, told, uuid, word,
};

pub(crate) fn api() -> Api {
    let header = "`Token`, a blank, and a key of the organisation.";
    Api {
        vendor: "ricloud",
        title: "Reincubate ricloud, organisation API",
        description: "The organisation API of ricloud as Tessera speaks it. Tessera is not affiliated with the vendor.",
        security: SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description("Authorization", header))),
        authorization: "Token {{api_key}}",
        further: Vec::new(),
        schemas: schemas(),
        parameter: |_| text(),
        refusal: "Error",
        refusal_media: "application/json",
        operations: [organisation(), permissions(), configs(), keys(), users(), tasks(), last()]
            .into_iter()
            .flatten()
            .collect(),
        variables: &[],
    }
}

/// An object of the API, as an answer of its own shows it: one more member than as a part of another's.
fn resources() -> [(&'static str, Schema); 4] {
    let states = storage_config::State::WORDS;
    let storage = object([
        ("id", integer()),
        ("resource", word(&["storage_config"])),
        ("organisation", integer()),
        ("type", word(&["gs", "s3"])),
        ("url", text()),
        ("credentials", told(object([]), "Never told.")),
        ("signed_urls_enabled", boolean()),
        ("signed_urls_expiry", or_null(integer())),
        ("state", word(states)),
        ("date_created", time()),
    ]);
    let nested_storage = object([
        ("id", integer()),
        ("resource", word(&["storage_config"])),
        ("type", word(&["gs", "s3"])),
        ("url", text()),
        ("credentials", object([])),
        ("state", word(states)),
        ("date_created", time()),
    ]);
    let webhook = object([
        ("id", integer()),
        ("resource", word(&["webhook_config"])),
        ("organisation", integer()),
        ("url", text()),
        ("secret", told(text(), "What its events are signed with.")),
        ("state", word(states)),
        ("date_created", time()),
    ]);
    let nested_webhook = object([
        ("id", integer()),
        ("resource", word(&["webhook_config"])),
        ("url", text()),
        ("secret", text()),
        ("state", word(states)),
        ("date_created", time()),
    ]);
    [
        ("StorageConfig", storage),
        ("NestedStorageConfig", nested_storage),
        ("WebhookConfig", webhook),
        ("NestedWebhookConfig", nested_webhook),
    ]
}

fn permission_resource() -> Schema {
    word(&["permission", "permissions", "organisation_permissions"])
}

const SCOPES: &str = "Scopes, each with its limits.";

/// Scopes by their names, each with its limits.
pub(crate) fn scopes(is: &'static str) -> Schema {
    let name = r"^(source_type|task_type|data_type|file_type):([a-z0-9_-]+\.)*([a-z0-9_-]+|\*)$";
    let level = word(&["organisation", "key", "user"]);
    let limit = object([("level", level), ("type", word(&["count"])), ("value", at_least(0))]);
    told(map_by(name, list(limit)), is)
}

/// A list within another object.
fn nested(items: Schema, url: &str) -> Schema {
    object([("data", list(items)), ("has_more", boolean()), ("total_count", integer()), ("url", word(&[url]))])
}

fn listed(items: Schema, url: &str) -> Schema {
    object([
        ("resource", word(&["list"])),
        ("data", list(items)),
        ("has_more", boolean()),
        ("total_count", integer()),
        ("url", word(&[url])),
    ])
}

fn schemas() -> Vec<(&'static str, Schema)> {
    let nested_permission = object([
        ("id", integer()),
        ("resource", permission_resource()),
        ("identifier", text()),
        ("scopes", scopes(SCOPES)),
        ("date_created", time()),
    ]);
    let permission = object([
        ("id", integer()),
        ("resource", permission_resource()),
        ("organisation", integer()),
        ("identifier", text()),
        ("scopes", scopes(SCOPES)),
        ("date_created", time()),
    ]);
    // before the version 2020-02-20 a bare array
    let configs = |name: &str, url: &str| any_of([nested(named(name), url), list(named(name))]);
    let organisation = object([
        ("id", integer()),
        ("resource", word(&["organisation"])),
        ("type", word(OrganizationType::WORDS)),
        ("name", text()),
        ("slug", text()),
        ("api_version", text()),
        ("config", named("Config")),
        ("permissions", nested_permission),
        ("storage_configs", configs("NestedStorageConfig", "/configs/storage")),
        ("storage_config_default", or_null(integer())),
        ("webhook_configs", configs("NestedWebhookConfig", "/configs/webhook")),
        ("webhook_config_default", or_null(integer())),
        ("state", word(&["active", "unconfigured"])),
        ("date_created", time()),
    ]);
    let key = object([
        ("id", integer()),
        ("resource", word(&["key"])),
        ("organisation", integer()),
        ("type", word(&["standard"])),
        ("config", named("Config")),
        ("storage_config", or_null(integer())),
        ("webhook_config", or_null(integer())),
        ("token", told(text(), "Told of the key that calls, and of one that is made; of others, asterisks.")),
        ("state", word(&["active", "deactivated", "blocked", "expired"])),
        ("date_created", time()),
        ("date_expires", or_null(time())),
    ]);
    let user = object([
        ("id", integer()),
        ("resource", word(&["user"])),
        ("organisation", integer()),
        ("key", integer()),
        ("identifier", text()),
        ("state", word(end_user::State::WORDS)),
        ("date_created", time()),
    ]);
    let mut schemas = vec![
        ("Error", object([("error", text()), ("message", text()), ("params?", map(list(text())))])),
        ("Config", object([("publish_source_files?", boolean())])),
        ("Organisation", organisation),
        ("Permission", permission),
        ("Key", key),
        ("User", user),
        ("Event", event()),
        ("Task", task()),
    ];
    schemas.extend(resources());
    schemas
}

fn event() -> Schema {
    let data = object([
        ("id", integer()),
        ("resource", word(&["webhook_config"])),
        ("organisation", integer()),
        ("url", text()),
        ("state", word(storage_config::State::WORDS)),
        ("date_created", time()),
    ]);
    object([
        ("id", uuid()),
        ("resource", word(&["event"])),
        ("type", text()),
        ("action", text()),
        ("data", data),
        ("state", word(event::State::WORDS)),
        ("retries", integer()),
        ("date_created", time()),
        ("date_delivered", or_null(time())),
    ])
}

fn task() -> Schema {
    object([
        ("id", integer()),
        ("resource", word(&["task"])),
        ("organisation", integer()),
        ("key", integer()),
        ("user", null()),
        ("source", null()),
        ("session", null()),
        ("poll", null()),
        ("source_type", null()),
        ("type", word(task::Type::WORDS)),
        ("target", text()),
        ("state", word(task::State::WORDS)),
        ("results", nested(anything(), "/results")),
        ("error", or_null(word(task::Failure::WORDS))),
        ("date_created", time()),
        ("date_started", or_null(time())),
        ("date_completed", or_null(time())),
    ])
}

/// The id of an object, written as a number or as a text.
fn id() -> Schema {
    any_of([at_least(0), pattern("^(0|[1-9][0-9]*)$")])
}

fn identifier() -> Schema {
    length(1, name::MAX_LENGTH)
}

fn config() -> Schema {
    object([("publish_source_files?", boolean())])
}

/// Takes a part of a list.
fn paged(operation: Operation) -> Operation {
    operation
        .query("limit", default(between(1, 1000), 10), "How many at the most.")
        .query("after_id", text(), "Only those after this one.")
        .query("before_id", text(), "Only those before this one.")
}

/// Answers early unless it is waited for.
fn waits(operation: Operation) -> Operation {
    operation.header(
        "ricloud-await",
        text(),
        "For how many seconds to wait for the test, at the most 10; what is no number is ignored.",
    )
}

fn organisation() -> Vec<Operation> {
    vec![
        operation("get_organisation", "Tells of the organisation").gives(200, named("Organisation")),
        operation("update_organisation", "Changes the organisation; what is left out stays")
            .takes(or_null(open([
                ("name?", length(1, name::MAX_LENGTH)),
                ("config?", config()),
                ("storage_config_default?", or_null(id())),
                ("webhook_config_default?", or_null(id())),
            ])))
            .or_nothing()
            .gives(200, named("Organisation"))
            .sends(json!({ "name": "Acme" })),
    ]
}

fn permissions() -> Vec<Operation> {
    vec![
        paged(operation("list_permissions", "Lists the permissions"))
            .gives(200, listed(named("Permission"), "/permissions")),
        operation("create_permission", "Makes a permission, of scopes that the organisation has")
            .takes(open([("identifier", length(0, name::MAX_LENGTH)), ("scopes", scopes(SCOPES))]))
            .gives(201, named("Permission"))
            .sends(json!({ "identifier": "accounts {{uniq}}", "scopes": { "source_type:icloud.account": [] } }))
            .keeps("permission_id", "/id"),
        operation("get_permission", "Tells of a permission").gives(200, named("Permission")).at("id", "permission_id"),
        operation("update_permission", "Changes a permission")
            .takes(open([("identifier?", length(0, name::MAX_LENGTH)), ("scopes?", scopes(SCOPES))]))
            .gives(200, named("Permission"))
            .at("id", "permission_id")
            .sends(json!({ "identifier": "accounts of {{uniq}}" })),
    ]
}

fn configs() -> Vec<Operation> {
    let credentials = json!({ "type": "service_account", "project_id": "acme", "private_key": "not a key",
        "client_email": "results@acme.test" });
    let state = || told(text(), "`new` or `deactivated`, or the one that it has.");
    vec![
        waits(operation("create_storage_config", "Makes a storage config, and tests it"))
            .takes(open([
                ("url", text()),
                ("credentials", open([])),
                ("signed_urls_enabled?", boolean()),
                ("signed_urls_expiry?", or_null(at_least(1))),
            ]))
            .gives(201, named("StorageConfig"))
            .sends(json!({ "url": "gs://acme-results-{{uniq}}", "credentials": credentials }))
            .keeps("storage_config_id", "/id"),
        paged(operation("list_storage_configs", "Lists the storage configs"))
            .gives(200, listed(named("StorageConfig"), "/configs/storage")),
        operation("get_storage_config", "Tells of a storage config")
            .gives(200, named("StorageConfig"))
            .at("id", "storage_config_id"),
        waits(operation("update_storage_config", "Changes a storage config, and tests it anew"))
            .takes(or_null(open([
                ("url?", text()),
                ("credentials?", open([])),
                ("signed_urls_enabled?", boolean()),
                ("signed_urls_expiry?", or_null(at_least(1))),
                ("state?", state()),
            ])))
            .or_nothing()
            .gives(200, named("StorageConfig"))
            .at("id", "storage_config_id")
            .sends(json!({ "signed_urls_enabled": true })),
        waits(operation("test_storage_config", "Tests a storage config"))
            .gives(201, named("Task"))
            .at("id", "storage_config_id"),
        waits(operation("create_webhook_config", "Makes a webhook config, and tests it"))
            .takes(open([("url", text())]))
            .gives(201, named("WebhookConfig"))
            .sends(json!({ "url": "https://127.0.0.1:0/hooks" }))
            .keeps("webhook_config_id", "/id"),
        paged(operation("list_webhook_configs", "Lists the webhook configs"))
            .gives(200, listed(named("WebhookConfig"), "/configs/webhook")),
        operation("get_webhook_config", "Tells of a webhook config")
            .gives(200, named("WebhookConfig"))
            .at("id", "webhook_config_id"),
        waits(operation("update_webhook_config", "Changes a webhook config, and tests it anew"))
            .takes(or_null(open([("url?", text()), ("state?", state())])))
            .or_nothing()
            .gives(200, named("WebhookConfig"))
            .at("id", "webhook_config_id")
            .sends(json!({ "url": "https://127.0.0.1:0/hooks/2" })),
        waits(operation("test_webhook_config", "Tests a webhook config"))
            .gives(201, named("Task"))
            .at("id", "webhook_config_id"),
    ]
}

fn keys() -> Vec<Operation> {
    let preferences =
        || [("config?", config()), ("storage_config?", or_null(id())), ("webhook_config?", or_null(id()))];
    let [config, storage_config, webhook_config] = preferences();
    let state = told(text(), "`active` or `deactivated`, or the one that it has.");
    vec![
        operation("get_current_key", "Tells of the key that calls").gives(200, named("Key")),
        paged(operation("list_keys", "Lists the keys")).gives(200, listed(named("Key"), "/keys")),
        operation("create_key", "Makes a key")
            .takes(or_null(open(preferences())))
            .or_nothing()
            .gives(201, named("Key"))
            .sends(json!({ "config": { "publish_source_files": true } }))
            .keeps("key_id", "/id"),
        operation("get_key", "Tells of a key").gives(200, named("Key")).at("id", "key_id"),
        operation("rotate_key", "Gives a key another token").gives(200, named("Key")).at("id", "key_id"),
        operation("update_key", "Changes a key")
            .takes(or_null(open([config, storage_config, webhook_config, ("state?", state)])))
            .or_nothing()
            .gives(200, named("Key"))
            .at("id", "key_id")
            .sends(json!({ "state": "deactivated" })),
    ]
}

fn users() -> Vec<Operation> {
    vec![
        operation("create_user", "Makes a user, or tells of the one who has the identifier")
            .takes(open([
                ("identifier", identifier()),
                ("key?", id()),
                ("organisation?", told(id(), "Another one, which only a super organisation may name.")),
            ]))
            .gives(200, named("User"))
            .gives(201, named("User"))
            .sends(json!({ "identifier": "ada-{{uniq}}@acme.test" }))
            .keeps("user_id", "/id"),
        paged(operation("list_users", "Lists the users"))
            .query("identifier", text(), "Only the one who has it.")
            .query("key", text(), "Only those of this key.")
            .query("state", word(end_user::State::WORDS), "Only those in this state.")
            .gives(200, listed(named("User"), "/users")),
        operation("get_user", "Tells of a user").gives(200, named("User")).at("id", "user_id"),
        operation("update_user", "Changes a user; what is left out stays")
            .takes(or_null(open([
                ("identifier?", identifier()),
                ("key?", id()),
                ("state?", told(text(), "`active` or `deactivated`, or the one that it has.")),
            ])))
            .or_nothing()
            .gives(200, named("User"))
            .at("id", "user_id")
            .sends(json!({ "state": "deactivated" })),
    ]
}

fn tasks() -> Vec<Operation> {
    vec![
        paged(operation("list_events", "Lists the events, newest first"))
            .query("type", text(), "Only those of this type.")
            .query("action", text(), "Only those of this action.")
            .query("state", word(event::State::WORDS), "Only those in this state.")
            .gives(200, listed(named("Event"), "/events"))
            .keeps("event_id", "/data/0/id"),
        operation("get_event", "Tells of an event").gives(200, named("Event")).at("id", "event_id"),
        paged(operation("list_tasks", "Lists the tasks"))
            .gives(200, listed(named("Task"), "/tasks"))
            .keeps("task_id", "/data/0/id"),
        operation("get_task", "Tells of a task").gives(200, named("Task")).at("id", "task_id"),
        operation("retrieve_data", "Refuses to retrieve data, which Tessera has none of")
            .takes(or_null(open([])))
            .or_nothing()
            .sends(json!({ "source": { "type": "icloud.account" } }))
            .meets(404),
    ]
}

fn last() -> Vec<Operation> {
    vec![
        operation("delete_storage_config", "Deletes a storage config, and tells which it was")
            .gives(200, named("StorageConfig"))
            .at("id", "storage_config_id"),
        operation("delete_webhook_config", "Deletes a webhook config, and tells which it was")
            .gives(200, named("WebhookConfig"))
            .at("id", "webhook_config_id"),
    ]
}
