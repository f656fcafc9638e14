//! Every endpoint asks the store a bounded number of times: reading at most twice, changing at most three times, and no
//! more often where there are more rows. At the edge each of these batches is a journey to the database.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

#[expect(dead_code, reason = "another test needs more of it")]
mod in_process;

use std::collections::BTreeMap;
use std::mem;

use axum::body::Body;
use axum::http::{Request, header};
use in_process::{App, Organization, PASSWORD, Payload, ROOT, client, text};
use serde_json::{Value, json};
use tessera_api::Route;

const READING: usize = 2;
const CHANGING: usize = 3;

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Caller {
    Nobody,
    Root,
    Key,
    Admin,
    ServiceAccount,
    Session,
}

use Caller::{Admin, Key, Nobody, Root, ServiceAccount, Session};

/// How an operation is called so that it succeeds.
struct Plan {
    callers: &'static [Caller],
    payload: Payload,
    limit: usize,
}

fn reads(callers: &'static [Caller], payload: Payload) -> Plan {
    Plan { callers, payload, limit: READING }
}

fn changes(callers: &'static [Caller], json: Value) -> Plan {
    let payload = if json.is_null() { Payload::Nothing } else { Payload::Json(json) };
    Plan { callers, payload, limit: CHANGING }
}

/// A path of AppOptima's with the token that opens it.
fn on_premise(rest: &str, key: &str) -> String {
    format!("/api/v1.0/onpremise{rest}?api-token={key}")
}

/// A user as AppOptima has it.
fn person(id: &str) -> Value {
    let email = if id.contains('@') { id.to_owned() } else { format!("{id}@acme.test") };
    json!({"id": id, "email": email, "firstName": "A", "lastName": "B", "passwordClearText": null, "groups": ["group0"]})
}

/// A group as AppOptima has it.
fn group(id: &str, name: &str) -> Value {
    let no = false;
    json!({"isClusterAdminGroup": no, "isAccessAccount": no, "isManageAccount": no, "id": id, "name": name, "ldapGroupNames": []})
}

/// A directory with so many rows of each kind.
struct World {
    app: App,
    rows: usize,
    organization: Organization,
    /// A user who holds no seat and has so many tokens.
    user: String,
    /// A user who was made for the next call of Astra's.
    fresh: String,
    /// How many things were made since.
    made: usize,
}

impl World {
    async fn new(rows: usize) -> Self {
        let app = App::new();
        let organization = app.organization("acme", json!({})).await;
        let key = &organization.key;
        for at in 0..rows {
            app.ask("POST", "/v1/organizations", ROOT, json!({"name": format!("Other {at}")})).await;
            app.ask("POST", &organization.path("/keys"), key, json!({"name": "ci", "scopes": []})).await;
            let user = json!({"email": format!("user-{at}@acme.test"), "seat": true});
            app.ask("POST", &organization.path("/users"), key, user).await;
            app.ask("POST", &on_premise("/groups", key), "", group("", &format!("Group {at}"))).await;
        }
        let user = text(&app.ask("POST", &organization.path("/users"), key, json!({})).await, "id");
        let world = Self { app, rows, organization, user, fresh: String::new(), made: 0 };
        world.give_tokens(&world.user).await;
        world
    }

    async fn give_tokens(&self, user: &str) {
        for _ in 0..self.rows {
            self.token(user).await;
        }
    }

    async fn token(&self, user: &str) -> String {
        let path = self.organization.path(&format!("/users/{user}/tokens"));
        text(&self.app.ask("POST", &path, &self.organization.key, json!({"mail": true})).await, "id")
    }

    async fn new_user(&mut self, seat: bool) -> String {
        self.made += 1;
        let user = json!({"email": format!("new-{}@acme.test", self.made), "seat": seat});
        text(&self.app.ask("POST", &self.organization.path("/users"), &self.organization.key, user).await, "id")
    }

    /// How an operation is called; nothing where this test does not know it.
    #[expect(clippy::match_same_arms, reason = "each dialect has its own arms")]
    fn plan(&self, dialect: &str, operation: &str, service_account: &(String, String)) -> Option<Plan> {
        let email = format!("fresh-{}@acme.test", self.made);
        let end = json!({"expires_at": "2031-01-01T00:00:00Z"});
        Some(match (dialect, operation) {
            ("native", "create_organization") => {
                changes(&[Root], json!({"name": "Acme", "admin": {"email": "admin@globex.test", "password": PASSWORD}}))
            }
            ("native", "list_organizations") => reads(&[Root], Payload::Nothing),
            ("native", "update_organization") => changes(&[Root, Key, Admin], json!({"name": "Acme"})),
            ("native", "delete_organization") => changes(&[Root], Value::Null),
            ("native", "create_user") => {
                changes(&[Root, Key, Admin], json!({"email": email, "seat": true, "password": PASSWORD}))
            }
            ("native", "update_user") => {
                changes(&[Root, Key, Admin], json!({"email": email, "role": "member", "password": PASSWORD}))
            }
            ("native", "issue_token") => changes(&[Root, Key, Admin], json!({"mail": true})),
            ("native", "extend_token") => changes(&[Root, Key, Admin], end),
            ("native", "create_key") => changes(&[Root, Key, Admin], json!({"name": "ci", "scopes": ["*"]})),
            ("native", "rotate_key") => changes(&[Root, Key, Admin], json!({"grace_seconds": 60})),
            ("native", "delete_user" | "assign_seat" | "remove_seat" | "revoke_token" | "revoke_key") => {
                changes(&[Root, Key, Admin], Value::Null)
            }
            ("native", "verify_key") => reads(&[Root, Key, Admin], Payload::Json(json!({"key": service_account.1}))),
            ("native", "introspect") => {
                // of a key that was verified of late the store is asked nothing, and so nothing at all by the root key
                reads(&[Key, Admin], Payload::Form(format!("token={}", self.organization.key)))
            }
            // it is the same for everybody
            ("native", "get_metadata") => reads(&[], Payload::Nothing),
            // the root key is known without the store
            ("native", "get_caller") => reads(&[Key, Admin], Payload::Nothing),
            ("native", "replay_mail" | "replay_delivery") => changes(&[Key, Admin], Value::Null),
            ("native", "list_outbox" | "list_deliveries" | "get_delivery") => reads(&[Key, Admin], Payload::Nothing),
            ("native", "list_audit" | "export_audit") => reads(&[Root, Key, Admin], Payload::Nothing),
            // what it finds unsealed it seals; the root key names an organization
            ("native", "verify_audit") => changes(&[Key, Admin], Value::Null),
            (
                "native",
                "get_organization" | "list_users" | "get_user" | "list_seats" | "list_tokens" | "list_keys" | "get_key",
            ) => reads(&[Root, Key, Admin], Payload::Nothing),

            ("anaconda", "create_token") => reads(&[Nobody], client(&service_account.0, &service_account.1)),
            ("anaconda", "create_password_token") => {
                reads(&[Nobody], Payload::Form(format!("username={}&password={PASSWORD}", self.organization.admin)))
            }
            ("anaconda", "create_service_account") => changes(&[Key, Admin], json!({"name": "bot"})),
            ("anaconda", "list_service_accounts") => reads(&[Key, Admin], Payload::Nothing),
            ("anaconda", "delete_service_account") => changes(&[Key, Admin], Value::Null),
            ("anaconda", "auto_register_users") => {
                let emails: Vec<String> = (0..self.many()).map(|at| format!("{at}-{email}")).collect();
                changes(&[Key, ServiceAccount], json!({"user_emails": emails}))
            }
            ("anaconda", "add_user") => changes(&[Key, ServiceAccount], json!({"email": email})),
            ("anaconda", "list_users" | "list_user_tokens") => reads(&[Key, ServiceAccount], Payload::Nothing),
            ("anaconda", "create_user_token" | "update_user_token") => changes(&[Key, ServiceAccount], end),
            ("anaconda", "remove_user" | "assign_seat" | "revoke_seat" | "delete_user_token" | "revoke_user_token") => {
                changes(&[Key, ServiceAccount], Value::Null)
            }

            ("appoptima", "list_users" | "get_user" | "list_groups" | "get_group" | "get_password_policy") => {
                reads(&[Key], Payload::Nothing)
            }
            ("appoptima", "create_user") => changes(&[Key], person(&email)),
            ("appoptima", "update_user") => changes(&[Key], person("user-0@acme.test")),
            ("appoptima", "create_users" | "put_users") => {
                changes(&[Key], (0..self.many()).map(|at| person(&format!("{at}-{email}"))).collect())
            }
            ("appoptima", "create_group") => changes(&[Key], group("", &format!("Fresh {}", self.made))),
            ("appoptima", "update_group") => changes(&[Key], group("group0", "Group 0")),
            ("appoptima", "create_groups") => changes(
                &[Key],
                (0..self.many()).map(|at| group("", &format!("Fresh {} of {}", at, self.made))).collect(),
            ),
            ("appoptima", "update_password_policy") => changes(
                &[Key],
                json!({
                    "minPasswordLength": 16,
                    "minNumberOfUppercaseChars": 1,
                    "minNumberOfLowercaseChars": 1,
                    "minNumberOfDigits": 1,
                    "minNumberOfNonAlphanumericChars": 1,
                }),
            ),
            ("appoptima", "delete_user" | "delete_group" | "delete_no_user" | "delete_no_group") => {
                changes(&[Key], Value::Null)
            }
            ("octane", "sign_in") => changes(&[Nobody], json!({"user": self.organization.admin, "password": PASSWORD})),
            ("octane", "create_api_accesses") => {
                let keys = (0..self.many().min(200))
                    .map(|at| json!({"name": format!("key {at}"), "client_secret": "Abcdefghi1"}));
                changes(&[Key], json!({"data": keys.collect::<Value>()}))
            }
            ("octane", "update_api_access") => changes(&[Key, Session], json!({"name": email})),
            ("octane", "sign_out") => changes(&[Session], Value::Null),
            ("octane", _) => reads(&[Key, Session], Payload::Nothing),
            ("native", "get_fixtures") => reads(&[Root, Key, Admin], Payload::Nothing),
            ("native", "replace_fixtures") => {
                let cluster = json!({"name": "c", "namespaces": [{"name": "n"}]});
                changes(&[Root, Key, Admin], json!({"clouds": [{"name": "a", "clusters": [cluster]}]}))
            }
            ("astra", operation) => self.astra(operation)?,
            ("ricloud", operation) => ricloud(operation, &email),
            _ => return None,
        })
    }

    /// How an operation of Astra's is called.
    fn astra(&self, operation: &str) -> Option<Plan> {
        let made = self.made;
        let body = |kind: &str, more: Value| {
            let mut body = json!({"type": format!("application/astra-{kind}"), "version": "1.0"});
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            changes(&[Key], body)
        };
        Some(match operation {
            "create_user" => body("user", json!({"email": format!("astra-{made}@acme.test")})),
            "update_user" => body("user", json!({"firstName": "A"})),
            "create_role_binding" => {
                let (account, user) = (&self.organization.id, &self.fresh);
                body("roleBinding", json!({"accountID": account, "userID": user, "role": "viewer"}))
            }
            "update_role_binding" => body("roleBinding", json!({"role": "member"})),
            "create_credential" => {
                let keys = json!({"cleartext": "VGhpc0lzQVN0cm9uZ1Bhc3MxMjMk", "change": "ZmFsc2U="});
                body("credential", json!({"name": self.fresh, "keyType": "passwordHash", "keyStore": keys}))
            }
            "update_credential" => {
                let keys = json!({"cleartext": "QW5vdGhlci1TdHJvbmdQYXNzMTIz", "change": "ZmFsc2U="});
                body("credential", json!({"name": self.fresh, "keyStore": keys}))
            }
            "create_group" => body("group", json!({"authProvider": "ldap", "authID": format!("CN=Made {made}")})),
            "update_group" => body("group", json!({"name": "A"})),
            "create_token" | "update_token" => body("token", json!({"name": "a"})),
            _ if operation.starts_with("delete_") => changes(&[Key], Value::Null),
            _ if operation.starts_with("get_") || operation.starts_with("list_") => reads(&[Key], Payload::Nothing),
            _ => return None,
        })
    }

    /// Makes what an operation of Astra's needs, and puts its ids into the path.
    async fn astra_path(&mut self, route: &Route) -> String {
        self.fresh = self.new_user(false).await;
        let (account, user) = (format!("/accounts/{}", self.organization.id), self.fresh.clone());
        let key = self.organization.key.clone();
        let token = if route.path.contains("{token_id}") { self.token(&user).await } else { String::new() };
        let app = &self.app;
        let first = async |path: &str| {
            let listed = app.ask("GET", &format!("{account}{path}?include=id&limit=1"), &key, Value::Null).await;
            listed.pointer("/items/0/0").and_then(Value::as_str).unwrap().to_owned()
        };
        let make = async |path: &str, plan: Option<Plan>| {
            let Some(Plan { payload: Payload::Json(body), .. }) = plan else { panic!("{path} is not made") };
            text(&app.ask("POST", &format!("{account}{path}"), &key, body).await, "id")
        };
        let mut path = route.path.replace("{account_id}", &self.organization.id);
        if path.contains("{binding_id}") {
            path =
                path.replace("{binding_id}", &make("/core/v1/roleBindings", self.astra("create_role_binding")).await);
        }
        if path.contains("{credential_id}") {
            let body = json!({"type": "application/astra-credential", "version": "1.1", "name": "a", "keyStore": {"a": "SGkh"}});
            let plan = if route.operation == "delete_credential" {
                Some(changes(&[Key], body))
            } else {
                self.astra("create_credential")
            };
            path = path.replace("{credential_id}", &make("/core/v1/credentials", plan).await);
        }
        if path.contains("{group_id}") {
            path = path.replace("{group_id}", &make("/core/v1/groups", self.astra("create_group")).await);
        }
        for (parameter, list) in [
            ("{cloud_id}", "/topology/v1/clouds"),
            ("{cluster_id}", "/topology/v1/clusters"),
            ("{namespace_id}", "/topology/v1/namespaces"),
        ] {
            if path.contains(parameter) {
                path = path.replace(parameter, &first(list).await);
            }
        }
        path.replace("{token_id}", &token).replace("{parent_id}", &user).replace("{user_id}", &user)
    }

    /// How many of what is made at once: more where there is more.
    fn many(&self) -> usize {
        if self.rows < 100 { 2 } else { 500 }
    }

    /// The id of a new user or a new group of AppOptima's. A path's literal `bulk` is an id too.
    async fn on_premise_id(&mut self, route: &Route) -> String {
        self.made += 1;
        let id = if route.path.ends_with("/bulk") { "bulk".to_owned() } else { format!("one{}", self.made) };
        let (key, is_group) = (self.organization.key.clone(), route.path.contains("/groups/"));
        let (path, body) = if is_group { ("/groups", group("", &id)) } else { ("/users", person(&id)) };
        // one of this id may be there from the call before
        self.app.send("POST", &on_premise(path, &key), "", Payload::Json(body)).await;
        id
    }

    /// The id of something new of ricloud's.
    async fn ricloud_id(&mut self, route: &Route) -> String {
        self.made += 1;
        let token = format!("Token {}", self.organization.key);
        let storage = json!({"url": "gs://acme", "credentials": {}});
        let webhook = json!({"url": "https://hooks.acme.test/"});
        let collection = route.path.split("/{id}").next().unwrap_or_default();
        let new = match collection {
            "/configs/storage" | "/tasks" => storage,
            "/configs/webhook" | "/events" => webhook,
            "/permissions" => json!({"identifier": "mine", "scopes": {}}),
            "/users" => json!({"identifier": format!("device {}", self.made)}),
            _ => json!({}),
        };
        match collection {
            "/tasks" => self.app.ask("POST", "/configs/storage", &token, new).await,
            "/events" => self.app.ask("POST", "/configs/webhook", &token, new).await,
            _ => self.app.ask("POST", collection, &token, new).await,
        };
        let newest = self.app.ask("GET", &format!("{collection}?limit=1"), &token, Value::Null).await;
        let id = newest.pointer("/data/0/id").unwrap();
        id.as_str().map_or_else(|| id.to_string(), str::to_owned)
    }

    /// A delivery to a new webhook.
    async fn delivery(&self) -> String {
        let token = format!("Token {}", self.organization.key);
        self.app.ask("POST", "/configs/webhook", &token, json!({"url": "https://hooks.acme.test/"})).await;
        let newest = self.app.ask("GET", "/events?limit=1", &token, Value::Null).await;
        newest.pointer("/data/0/id").and_then(Value::as_str).unwrap().to_owned()
    }

    /// A mail of the outbox.
    async fn mail(&mut self) -> String {
        let user = self.new_user(false).await;
        self.token(&user).await;
        let newest = self.app.ask("GET", "/v1/outbox?order=newest&limit=1", &self.organization.key, Value::Null).await;
        newest.pointer("/data/0/id").and_then(Value::as_str).unwrap().to_owned()
    }

    /// The path of a route, its parameters those of things that are there, made for the call where it takes them away.
    async fn path(&mut self, route: &Route, service_account: &str) -> String {
        if route.dialect == "astra" {
            return self.astra_path(route).await;
        }
        let organization = if route.operation == "delete_organization" {
            self.made += 1;
            let doomed = self.app.organization(&format!("doomed-{}", self.made), json!({})).await;
            let emails: Vec<String> = (0..self.rows).map(|at| format!("{at}@doomed-{}.test", self.made)).collect();
            let path = format!("/organizations/{}/users_auto_registration", doomed.id);
            self.app.ask("POST", &path, &doomed.key, json!({"user_emails": emails})).await;
            doomed.id
        } else {
            self.organization.id.clone()
        };
        let user = match route.operation {
            "remove_seat" | "revoke_seat" => self.new_user(true).await,
            "update_user" | "assign_seat" | "remove_user" => self.new_user(false).await,
            "delete_user" => {
                let user = self.new_user(true).await;
                self.give_tokens(&user).await;
                user
            }
            _ => self.user.clone(),
        };
        let mut path = route.path.to_owned();
        if path.contains("{token_id}") || route.operation.ends_with("_user_token") {
            path = path.replace("{token_id}", &self.token(&user).await);
        }
        if path.contains("{delivery_id}") {
            path = path.replace("{delivery_id}", &self.delivery().await);
        }
        if path.contains("{mail_id}") {
            path = path.replace("{mail_id}", &self.mail().await);
        }
        if path.contains("{key_id}") {
            let new = json!({"name": "ci", "scopes": ["*"]});
            let key = self.app.ask("POST", &self.organization.path("/keys"), &self.organization.key, new).await;
            path = path.replace("{key_id}", &text(&key, "id"));
        }
        if route.dialect == "appoptima"
            && matches!(route.operation, "get_user" | "delete_user" | "get_group" | "delete_group")
        {
            path = path.replace("{id}", &self.on_premise_id(route).await);
        }
        if route.dialect == "octane" {
            let collections = [("/roles/", "1007"), ("/workspace_roles/", "1037")];
            let id = collections.iter().find(|(part, _)| path.contains(part)).map_or("1001", |(_, id)| id);
            path = path.replace("{space}", "acme").replace("{workspace}", "1002").replace("{id}", id);
        }
        if route.dialect == "ricloud" && path.contains("{id}") {
            path = path.replace("{id}", &self.ricloud_id(route).await);
        }
        path.replace("{organization_id}", &organization)
            .replace("{org_id}", &organization)
            .replace("{user_id}", &user)
            .replace("{client_id}", service_account)
    }

    /// The cookie of a session of the admin's.
    async fn session(&self) -> String {
        let body = json!({"user": self.organization.admin, "password": PASSWORD}).to_string();
        let request = Request::builder().method("POST").uri("/authentication/sign_in").body(Body::from(body));
        let answer = self.app.answer(request.unwrap()).await;
        let cookie = answer.headers().get(header::SET_COOKIE).unwrap().to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    /// How often each endpoint asked the store, for each caller, with and without a use of the key to be noted.
    async fn measure(&mut self) -> BTreeMap<String, (usize, usize)> {
        let mut counts = BTreeMap::new();
        for route in tessera_api::routes() {
            let name = format!("{}::{} {} {}", route.dialect, route.operation, route.method, route.path);
            let account = self.app.service_account(&self.organization).await;
            let callers = self
                .plan(route.dialect, route.operation, &account)
                .unwrap_or_else(|| panic!("say in World::plan how {name} is called"))
                .callers;
            assert!(!callers.is_empty() || route.operation == "get_metadata", "say in World::plan who calls {name}");
            for &caller in callers {
                for is_due in [true, false] {
                    let account = self.app.service_account(&self.organization).await;
                    let mut path = self.path(&route, &account.0).await;
                    assert!(!path.contains('{'), "say in World::path what stands in {path}");
                    self.made += 1;
                    let Plan { payload, limit, .. } = self.plan(route.dialect, route.operation, &account).unwrap();
                    if is_due {
                        self.app.pass(61_000);
                    }
                    let mut bearer = match caller {
                        Nobody => String::new(),
                        Root => ROOT.to_owned(),
                        Key => self.organization.key.clone(),
                        Admin => self.app.sign_in(&self.organization.admin).await,
                        ServiceAccount => self.app.exchange(&account).await,
                        Session => format!("Cookie {}", self.session().await),
                    };
                    if !is_due && caller == ServiceAccount {
                        // the secret and the id are noted each by itself
                        let users = format!("/organizations/{}/users", self.organization.id);
                        self.app.status(&users, &bearer).await;
                    }
                    if route.dialect == "appoptima" {
                        path = format!("{path}?api-token={}", mem::take(&mut bearer));
                    }
                    if route.dialect == "ricloud" {
                        bearer = format!("Token {bearer}");
                    }
                    self.app.batches();
                    let (status, answer) = self.app.send(&route.method, &path, &bearer, payload).await;
                    let batches = self.app.batches();
                    let label = format!("{name} by {caller:?}, a use {}", if is_due { "due" } else { "not due" });
                    // the vendor's operation without an id is there to be refused, and there is no data to retrieve
                    let is_refused = route.operation.starts_with("delete_no_") || route.operation == "retrieve_data";
                    assert!(status.is_success() != is_refused, "{label} -> {status} {answer}");
                    let notes = batches.iter().flatten().any(|sql| sql.contains("SET last_used_at"));
                    if matches!(caller, Key | ServiceAccount) {
                        assert_eq!(notes, is_due || route.operation == "verify_key", "{label}: {batches:#?}");
                    }
                    counts.insert(label, (batches.len(), limit));
                }
            }
        }
        counts
    }
}

/// How an operation of ricloud's is called.
fn ricloud(operation: &str, email: &str) -> Plan {
    match operation {
        "create_permission" | "update_permission" => {
            changes(&[Key], json!({"identifier": "mine", "scopes": {"task_type:a": []}}))
        }
        "update_organisation" => changes(&[Key], json!({"name": "Acme", "webhook_config_default": null})),
        "create_storage_config" => changes(&[Key], json!({"url": "gs://acme", "credentials": {}})),
        "update_storage_config" => changes(&[Key], json!({"url": "s3://acme"})),
        "create_webhook_config" | "update_webhook_config" => {
            changes(&[Key], json!({"url": "https://hooks.acme.test/"}))
        }
        "create_key" | "rotate_key" => changes(&[Key], json!({"config": {}})),
        "update_key" => changes(&[Key], json!({"state": "deactivated"})),
        "create_user" => changes(&[Key], json!({"identifier": email})),
        "update_user" => changes(&[Key], json!({"identifier": email, "state": "deactivated"})),
        name if ["delete_", "test_"].iter().any(|verb| name.starts_with(verb)) => changes(&[Key], Value::Null),
        _ => reads(&[Key], Payload::Nothing),
    }
}

#[tokio::test]
async fn every_endpoint_asks_the_store_a_bounded_number_of_times() {
    let few = World::new(3).await.measure().await;
    let many = World::new(300).await.measure().await;
    assert_eq!(few.len(), many.len());
    let mut faults = Vec::new();
    for ((label, &(count, limit)), &(later, _)) in few.iter().zip(many.values()) {
        if count > limit {
            faults.push(format!("{label}: {count} batches, more than {limit}"));
        }
        if later != count {
            faults.push(format!("{label}: {count} batches with 3 rows, {later} with 300"));
        }
        if count == 0 {
            faults.push(format!("{label}: no batch, so it was not reached"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn a_refusal_costs_no_more_than_a_change() {
    let world = World::new(3).await;
    let (app, organization) = (&world.app, &world.organization);
    let users = organization.path("/users");
    for bearer in [ROOT, &organization.key] {
        // which of two that are taken is asked afterwards
        app.batches();
        let taken = Payload::Json(json!({"email": "user-1@acme.test"}));
        let (status, answer) = app.send("POST", &users, bearer, taken).await;
        assert_eq!((status.as_u16(), &answer["type"]), (409, &json!("urn:tessera:problem:email-taken")));
        assert!(app.batches().len() <= CHANGING);
    }
    for (bearer, batches) in [("", 0), ("nonsense", 0), ("tsr_key_NobodyHasThisKeyAndNobodyWill0000000", 0)] {
        assert_eq!(app.status(&users, bearer).await, 401);
        assert_eq!(app.batches().len(), batches, "what is no key is refused with no look-up");
    }
}
