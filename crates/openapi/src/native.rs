//! Tessera's own API.

use serde_json::json;
use tessera_directory::key::{Kind, Scope};
use tessera_directory::letter::Language;
use tessera_directory::organization::{self, IdentityMode, MAX_SEATS, OrganizationType, PermissionsResource};
use tessera_directory::user::Role;
use tessera_directory::{audit, delivery, event, outbox, page};
use tessera_validate::name;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

use crate::operation::{FORM, Operation, operation};
use crate::schema::{
    Schema, anything, between, boolean, default, email, integer, length, list, map, named, object, open, or_null,
    pattern, text, time, told, uuid, with, word,
};
use crate::{Api, ricloud};

pub(crate) fn api() -> Api {
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(
        "A key of the organization, or an access token of an admin of it; the root key opens every organization.",
    ));
    Api {
        vendor: "native",
        title: "Tessera",
        description: "Tessera's own API: organizations with their users, seats, tokens and keys, and what went out to them. \
            Its reference in words is docs/native-api.md.",
        security: SecurityScheme::Http(bearer.build()),
        authorization: "Bearer {{api_key}}",
        further: Vec::new(),
        schemas: schemas(),
        parameter: |_| uuid(),
        refusal: "Problem",
        refusal_media: "application/problem+json",
        operations: [organizations(), users(), keys(), sent(), last()].into_iter().flatten().collect(),
        variables: &[("organization_id", "00000000-0000-4000-8000-000000000001")],
    }
}

fn own_name(least: usize) -> Schema {
    length(least, name::MAX_LENGTH)
}

fn password() -> Schema {
    length(8, 128)
}

/// A list's answer.
fn listed(items: Schema) -> Schema {
    object([
        ("data", list(items)),
        ("next_cursor", told(or_null(text()), "What `cursor` takes to go on; null at the end.")),
    ])
}

fn schemas() -> Vec<(&'static str, Schema)> {
    vec![
        ("Problem", problem()),
        ("OrganizationName", object([("id", uuid()), ("number", integer()), ("slug", text()), ("name", own_name(1))])),
        ("Organization", organization()),
        ("NewOrganization", new_organization()),
        ("OrganizationChange", object(settings())),
        ("Caller", caller()),
        ("User", user()),
        ("Key", key()),
        ("KeyWithSecret", with(key(), [("secret", told(text(), "Told this once."))])),
        ("Token", token()),
        ("TokenWithText", with(token(), [("token", told(text(), "Told this once."))])),
        ("Verification", verification()),
        ("Introspection", introspection()),
        ("Metadata", metadata()),
        ("OAuthRefusal", object([("error", text()), ("error_description", text())])),
        ("Landscape", landscape()),
        ("Mail", mail()),
        ("Delivery", delivery()),
        ("Entry", entry()),
        ("Verified", verified()),
        ("DeliveryWithAttempts", with(delivery(), [("attempts", list(attempt()))])),
    ]
}

fn introspection() -> Schema {
    let introspection = object([
        ("active", boolean()),
        ("scope?", told(text(), "What it may do, apart by blanks.")),
        ("client_id?", text()),
        ("username?", told(text(), "The user's login.")),
        ("token_type?", word(&["Bearer"])),
        ("exp?", told(integer(), "When it ends, in seconds since 1970; left out where it never does.")),
        ("iat?", told(integer(), "When it was issued, or the key made.")),
        ("sub?", told(uuid(), "The key, or the user.")),
        ("iss?", text()),
        ("organization_id?", uuid()),
    ]);
    told(introspection, "What a token is (RFC 7662). Of one that is not active there is nothing but that.")
}

fn metadata() -> Schema {
    let texts = || list(text());
    let metadata = object([
        ("issuer", text()),
        ("token_endpoint", text()),
        ("token_endpoint_auth_methods_supported", texts()),
        ("grant_types_supported", texts()),
        ("response_types_supported", texts()),
        ("scopes_supported", list(word(Scope::WORDS))),
        ("introspection_endpoint", text()),
        ("introspection_endpoint_auth_methods_supported", texts()),
    ]);
    told(metadata, "What there is of OAuth, and where (RFC 8414).")
}

fn problem() -> Schema {
    let place = "A JSON pointer into the body.";
    let fault = object([("pointer?", told(text(), place)), ("parameter?", text()), ("detail", text())]);
    let problem = object([
        ("type", pattern("^urn:tessera:problem:[a-z-]+$")),
        ("title", text()),
        ("status", integer()),
        ("detail", text()),
        ("errors?", list(fault)),
    ]);
    told(problem, "A problem as RFC 9457 has it.")
}

fn organization() -> Schema {
    object([
        ("id", uuid()),
        ("number", integer()),
        ("slug", text()),
        ("name", own_name(1)),
        ("seats", object([("total", between(0, MAX_SEATS)), ("used", between(0, MAX_SEATS))])),
        ("type", word(OrganizationType::WORDS)),
        ("state", or_null(word(organization::State::WORDS))),
        ("identity_mode", word(IdentityMode::WORDS)),
        ("set_password_via_api", boolean()),
        ("subscription_expires_at", or_null(time())),
        ("api_version", date()),
        ("permission_scopes", scopes_with_limits()),
        ("permissions_resource", word(PermissionsResource::WORDS)),
        ("language", word(Language::WORDS)),
        ("created_at", time()),
        ("updated_at", time()),
    ])
}

fn date() -> Schema {
    pattern(r"^\d{4}-\d{2}-\d{2}$")
}

fn scopes_with_limits() -> Schema {
    ricloud::scopes("ricloud's base scopes, each with its limits.")
}

/// What an organization is set to; whatever is left out stays.
fn settings() -> [(&'static str, Schema); 11] {
    [
        ("name?", own_name(1)),
        ("seats?", between(0, MAX_SEATS)),
        ("type?", word(OrganizationType::WORDS)),
        ("state?", or_null(word(organization::State::WORDS))),
        ("identity_mode?", word(IdentityMode::WORDS)),
        ("set_password_via_api?", boolean()),
        ("subscription_expires_at?", or_null(time())),
        ("api_version?", date()),
        ("permission_scopes?", scopes_with_limits()),
        ("permissions_resource?", word(PermissionsResource::WORDS)),
        ("language?", word(Language::WORDS)),
    ]
}

fn new_organization() -> Schema {
    let admin = object([("email", email()), ("password?", or_null(password()))]);
    let [_, settings @ ..] = settings();
    with(with(object([("name", own_name(1))]), settings), [("admin?", admin)])
}

fn caller() -> Schema {
    object([
        ("kind", word(&["root", "key", "admin"])),
        ("id", or_null(uuid())),
        ("name", or_null(text())),
        ("scopes", list(word(Scope::WORDS))),
        ("organization", or_null(named("OrganizationName"))),
    ])
}

fn user() -> Schema {
    object([
        ("id", uuid()),
        ("email", or_null(text())),
        ("login", text()),
        ("first_name", or_null(text())),
        ("last_name", or_null(text())),
        ("role", word(Role::WORDS)),
        ("seated_at", told(or_null(time()), "Since when the user has a seat; null without one.")),
        ("created_at", time()),
        ("updated_at", time()),
    ])
}

/// The most verifications that a key may have.
const MAX_REMAINING: i64 = 1_000_000_000;

fn key() -> Schema {
    object([
        ("id", uuid()),
        ("name", text()),
        ("kind", word(Kind::WORDS)),
        ("scopes", list(word(Scope::WORDS))),
        ("expires_at", or_null(time())),
        ("revoked_at", or_null(time())),
        ("previous_secret_until", or_null(time())),
        (
            "remaining",
            told(or_null(between(0, MAX_REMAINING)), "How many verifications it has left; null: any number."),
        ),
        ("last_used_at", or_null(time())),
        ("created_at", time()),
    ])
}

fn token() -> Schema {
    object([
        ("id", uuid()),
        ("name", or_null(text())),
        ("expires_at", or_null(time())),
        ("revoked_at", or_null(time())),
        ("created_at", time()),
    ])
}

fn verification() -> Schema {
    object([
        ("valid", boolean()),
        ("code", word(&["valid", "malformed", "unknown", "expired", "revoked", "usage_exceeded"])),
        ("key?", named("Key")),
        ("organization?", named("OrganizationName")),
    ])
}

/// What Astra's clients find. An id that is left out is made up.
fn landscape() -> Schema {
    let namespace =
        object([("id?", text()), ("name", text()), ("labels?", map(text())), ("system_type?", or_null(text()))]);
    let cluster = object([("id?", text()), ("name", text()), ("version?", text()), ("namespaces?", list(namespace))]);
    let cloud = object([("id?", text()), ("name", text()), ("kind?", text()), ("clusters?", list(cluster))]);
    object([
        ("clouds?", list(cloud)),
        ("apps?", list(open([]))),
        ("ldap_users?", list(open([]))),
        ("ldap_groups?", list(open([]))),
    ])
}

fn mail() -> Schema {
    let content =
        object([("organization", text()), ("token?", text()), ("count?", integer()), ("emails?", list(text()))]);
    object([
        ("id", uuid()),
        ("kind", word(&["mail"])),
        ("to", text()),
        ("template", word(outbox::Template::WORDS)),
        ("content", content),
        ("language", word(Language::WORDS)),
        ("subject", text()),
        ("text", text()),
        ("html", text()),
        ("created_at", time()),
        ("state", word(outbox::State::WORDS)),
        ("attempt_count", integer()),
        ("next_attempt_at", or_null(time())),
        ("last_error", or_null(text())),
        ("sent_at", or_null(time())),
    ])
}

fn delivery() -> Schema {
    object([
        ("id", uuid()),
        ("webhook_config", integer()),
        ("url", told(or_null(text()), "Null where the webhook is gone.")),
        ("type", text()),
        ("action", text()),
        ("state", word(event::State::WORDS)),
        ("attempt_count", integer()),
        ("next_attempt_at", or_null(time())),
        ("created_at", time()),
        ("delivered_at", or_null(time())),
    ])
}

fn entry() -> Schema {
    let kinds = ["root", "key", "service_account", "api_access", "user"];
    let actor = object([("kind", word(&kinds)), ("id", or_null(uuid())), ("name", or_null(text()))]);
    let shown = |what| told(or_null(map(anything())), what);
    object([
        ("organization", uuid()),
        ("seq", told(integer(), "1, 2, … in the organization.")),
        ("at", time()),
        ("request_id", text()),
        ("operation", told(text(), "With its dialect: `anaconda.assign_seat`.")),
        ("actor", actor),
        ("client", object([("address", or_null(text())), ("agent", or_null(text()))])),
        ("target", object([("kind", text()), ("id", or_null(text()))])),
        ("before", shown("Null where it was made.")),
        ("after", shown("Null where it was deleted.")),
        ("hash", told(or_null(text()), "Null until it is sealed.")),
    ])
}

fn verified() -> Schema {
    let fault = object([("seq", integer()), ("what", word(audit::Flaw::WORDS))]);
    object([
        ("organization", uuid()),
        ("valid", boolean()),
        ("entries", integer()),
        ("sealed", integer()),
        ("hash", told(or_null(text()), "Of the last that is sealed.")),
        ("verified", told(integer(), "Up to which entry.")),
        ("first_fault", or_null(fault)),
        ("next_cursor", or_null(text())),
    ])
}

/// Takes a part of the audit log.
fn of_log(operation: Operation) -> Operation {
    paged(of_organization(operation))
        .query("since", time(), "Only those that were written then or later.")
        .query("operation", text(), "Only those of this operation: `anaconda.assign_seat`.")
        .query("actor", text(), "Only those of the actor of this id, or of this kind.")
}

fn of_organization(operation: Operation) -> Operation {
    operation.query("organization", uuid(), "For the root key: of this organization alone.")
}

/// Makes one thing, however often it is sent with one key.
fn creating(operation: Operation) -> Operation {
    let key = pattern("^[!-~]{1,255}$");
    let description = "The same key and body give the same answer for 24 hours; another body is 422; while the first is answered, 409.";
    operation.header("Idempotency-Key", key, description).replays().refuses(409)
}

fn attempt() -> Schema {
    object([
        ("started_at", time()),
        ("duration_ms", integer()),
        ("status", or_null(integer())),
        ("error", or_null(word(delivery::Failure::WORDS))),
        ("detail", or_null(text())),
    ])
}

/// Takes a part of a list.
fn paged(operation: Operation) -> Operation {
    operation.query("limit", default(between(1, 1000), 100), "How many at the most.").query(
        "cursor",
        text(),
        "What `next_cursor` said.",
    )
}

fn organizations() -> Vec<Operation> {
    vec![
        operation("get_caller", "Tells whose the credential is, and what it opens").gives(200, named("Caller")),
        paged(operation("list_organizations", "Lists the organizations, oldest first"))
            .gives(200, listed(named("Organization")))
            .for_root(),
        creating(operation("create_organization", "Makes an organization, with a key of its own"))
            .takes(named("NewOrganization"))
            .gives(201, with(organization(), [("api_key", told(text(), "Told this once."))]))
            .for_root()
            .sends(
                json!({ "name": "Initech {{uniq}}", "seats": 5, "admin": { "email": "admin-{{uniq}}@initech.test" } }),
            )
            .keeps("new_organization_id", "/id"),
        operation("get_organization", "Tells of an organization").gives(200, named("Organization")),
        operation("update_organization", "Changes an organization; a key of its own may change the name alone")
            .takes(named("OrganizationChange"))
            .gives(200, named("Organization"))
            .sends(json!({ "name": "Acme" })),
    ]
}

fn users() -> Vec<Operation> {
    let new = object([
        ("email?", or_null(email())),
        ("login?", own_name(1)),
        ("first_name?", or_null(own_name(0))),
        ("last_name?", or_null(own_name(0))),
        ("role?", default(word(Role::WORDS), "member")),
        ("password?", or_null(password())),
        ("seat?", default(boolean(), false)),
    ]);
    let change = object([
        ("email?", email()),
        ("login?", own_name(1)),
        ("first_name?", or_null(own_name(0))),
        ("last_name?", or_null(own_name(0))),
        ("role?", word(Role::WORDS)),
        ("password?", password()),
    ]);
    let holder = object([("user_id", uuid()), ("email", or_null(text())), ("seated_at", or_null(time()))]);
    let counts = [("total", between(0, MAX_SEATS)), ("used", between(0, MAX_SEATS)), ("free", integer())];
    let seats = with(listed(holder), counts);
    let new_token = object([
        ("name?", or_null(own_name(0))),
        ("expires_at?", or_null(time())),
        ("mail?", told(default(boolean(), false), "Whether the user is mailed the token.")),
    ]);
    vec![
        creating(operation("create_user", "Makes a user, on request with a seat"))
            .takes(new)
            .gives(201, named("User"))
            .sends(json!({ "email": "ada-{{uniq}}@acme.test", "first_name": "Ada", "last_name": "Adder" }))
            .keeps("user_id", "/id"),
        paged(operation("list_users", "Lists the users, oldest first"))
            .query("search", text(), "Only those in whose e-mail, login or name this is.")
            .gives(200, listed(named("User"))),
        operation("get_user", "Tells of a user").gives(200, named("User")),
        operation("update_user", "Changes a user; what is left out stays")
            .takes(change)
            .gives(200, named("User"))
            .sends(json!({ "first_name": "Augusta" })),
        operation("assign_seat", "Gives a user a seat, unless the user has one").does(201).does(204),
        paged(operation("list_seats", "Tells how many seats there are, how many are left, and who has one"))
            .gives(200, seats),
        creating(operation("issue_token", "Issues a token, beside those that the user has"))
            .takes(new_token)
            .gives(201, named("TokenWithText"))
            .sends(json!({ "name": "laptop", "expires_at": "2031-01-01T00:00:00Z" }))
            .keeps("token_id", "/id"),
        paged(operation("list_tokens", "Lists a user's tokens, the revoked too, oldest first"))
            .gives(200, listed(named("Token"))),
        operation("extend_token", "Gives a token another end, or with null none")
            .takes(object([("expires_at", or_null(time()))]))
            .gives(200, named("Token"))
            .sends(json!({ "expires_at": null })),
        operation("revoke_token", "Revokes a token").does(204),
        operation("remove_seat", "Takes a user's seat away").does(204),
    ]
}

const FRESHNESS: &str = "With `no-cache` the store is asked; else the answer may be what was so up to 55 seconds ago.";

fn keys() -> Vec<Operation> {
    let new = object([
        ("name", own_name(1)),
        ("scopes", told(list(word(Scope::WORDS)), "None that the caller has not.")),
        ("expires_at?", or_null(time())),
        ("remaining?", told(or_null(between(0, MAX_REMAINING)), "How many verifications it has; null: any number.")),
    ]);
    let remaining = told(or_null(between(0, MAX_REMAINING)), "How many verifications it has from now on.");
    let cost = told(default(between(0, MAX_REMAINING), 1), "What is taken off what it has left, if that is counted.");
    let grace = told(default(between(0, 2_592_000), 0), "How long the secret before it is still good.");
    vec![
        creating(operation("create_key", "Makes a key"))
            .takes(new)
            .gives(201, named("KeyWithSecret"))
            .sends(json!({ "name": "ci {{uniq}}", "scopes": ["users:read", "seats:read"] }))
            .keeps("key_id", "/id")
            .keeps("key_secret", "/secret"),
        paged(operation("list_keys", "Lists the keys, the revoked too, oldest first")).gives(200, listed(named("Key"))),
        operation("get_key", "Tells of a key").gives(200, named("Key")),
        operation("verify_key", "Tells whether a key is good, and whose it is")
            .header("Cache-Control", text(), FRESHNESS)
            .takes(object([("key", text()), ("cost?", cost)]))
            .gives(200, named("Verification"))
            .sends(json!({ "key": "{{key_secret}}" })),
        operation("introspect", "Tells whether a token is good, whose it is and what it opens, as RFC 7662 has it")
            .header("Cache-Control", text(), FRESHNESS)
            .takes_as(&[FORM], open([("token", text()), ("token_type_hint?", text())]))
            .gives(200, named("Introspection"))
            .gives(400, named("OAuthRefusal"))
            .gives(401, named("OAuthRefusal"))
            .for_clients()
            .sends(json!({ "token": "{{key_secret}}" })),
        operation("get_metadata", "Tells clients what there is of OAuth, and where, as RFC 8414 has it")
            .gives(200, named("Metadata"))
            .for_everybody(),
        creating(operation("rotate_key", "Gives a key another secret"))
            .takes(object([("grace_seconds?", grace), ("remaining?", remaining)]))
            .or_nothing()
            .gives(200, named("KeyWithSecret"))
            .sends(json!({ "grace_seconds": 60 })),
        operation("revoke_key", "Revokes a key").does(204),
    ]
}

fn sent() -> Vec<Operation> {
    let landscape = json!({ "clouds": [{ "name": "private", "clusters": [{ "name": "cluster-1",
        "namespaces": [{ "name": "default" }, { "name": "shop", "labels": { "team": "blue" } }] }] }] });
    vec![
        operation("replace_fixtures", "Gives an organization another landscape of clouds, clusters and namespaces")
            .takes(named("Landscape"))
            .gives(200, named("Landscape"))
            .sends(landscape),
        operation("get_fixtures", "Tells the landscape of an organization").gives(200, named("Landscape")),
        paged(operation("list_outbox", "Lists the mail that went out, with all that its receivers are told"))
            .query("order", default(word(page::Order::WORDS), "oldest"), "Which come first.")
            .query("state", word(outbox::State::WORDS), "Only those so far.")
            .gives(200, listed(named("Mail"))),
        operation("replay_mail", "Has a mail that was given up sent again; another stays as it is")
            .gives(200, named("Mail"))
            .at("mail_id", "organization_id")
            .meets(404),
        paged(operation("list_deliveries", "Lists what webhooks were told, oldest first"))
            .query("state", word(event::State::WORDS), "Only those so far.")
            .gives(200, listed(named("Delivery"))),
        operation("get_delivery", "Tells of a delivery and of each attempt at it")
            .gives(200, named("DeliveryWithAttempts"))
            .at("delivery_id", "organization_id")
            .meets(404),
        operation("replay_delivery", "Has a delivery that was given up made again; another stays as it is")
            .gives(200, named("Delivery"))
            .at("delivery_id", "organization_id")
            .meets(404),
        of_log(operation("list_audit", "Lists the audit log, oldest first")).gives(200, listed(named("Entry"))),
        of_log(operation("export_audit", "Gives the audit log as JSON Lines, an entry a line"))
            .gives_as(200, &["application/x-ndjson"], text())
            .with(&[("Link", "Where the entries behind these are, if there are more.")]),
        of_organization(operation(
            "verify_audit",
            "Tells whether the audit log is as it was written, a thousand entries at a time",
        ))
        .query("cursor", text(), "What `next_cursor` said.")
        .gives(200, named("Verified")),
    ]
}

fn last() -> Vec<Operation> {
    vec![
        operation("delete_user", "Deletes a user, with seat and tokens").does(204),
        operation("delete_organization", "Deletes an organization, with all that belongs to it")
            .does(204)
            .for_root()
            .at("organization_id", "new_organization_id"),
    ]
}
