//! The demo: two organizations that both hosts start with in development. Its secrets are constants, known to everybody.

use serde_json::{Value, json};

use crate::database::Statement;
use crate::user::last_number;
use crate::vault::Vault;
use crate::{group, key, organization, permission};

/// The demo's root key. A Worker deployed for real refuses to start with it.
pub const ROOT_KEY: &str = "tsr_root_DemoRootKeyForLocalTestingOnly14fVYG";
/// The demo's pepper. A Worker deployed for real refuses to start with it.
pub const PEPPER: &str = "tessera-demo-pepper";
/// When the demo was made: 2026-01-01T00:00:00Z.
const MADE_AT: i64 = 1_767_225_600_000;

struct Demo {
    id: &'static str,
    number: i64,
    slug: &'static str,
    name: &'static str,
    seats: i64,
    api_key: &'static str,
    key_id: &'static str,
    admin_id: &'static str,
    group_ids: [&'static str; 3],
    admin_email: &'static str,
    admin_password: &'static str,
    /// The password's hash, made beforehand: hashing is slow, and a host must start fast.
    hash: &'static str,
}

const DEMOS: &[Demo] = &[
    Demo {
        id: "00000000-0000-4000-8000-000000000001",
        number: 1001,
        slug: "acme",
        name: "Acme",
        seats: 1000,
        api_key: "tsr_key_DemoAcmeKeyForLocalTestingOnly0gIwS3",
        key_id: "00000000-0000-4000-8000-000000000101",
        admin_id: "00000000-0000-4000-8000-000000000201",
        group_ids: [
            "00000000-0000-4000-8000-000000000301",
            "00000000-0000-4000-8000-000000000302",
            "00000000-0000-4000-8000-000000000303",
        ],
        admin_email: "admin@acme.test",
        admin_password: "Acme-Admin-2026",
        hash: "$pbkdf2-sha256$i=100000,l=32$dGVzc2VyYS1kZW1vLTAwMQ$7gotW2z7MLPfnKaz4IuGAUHHkxSLU44C585pDv9T6MA",
    },
    Demo {
        id: "00000000-0000-4000-8000-000000000002",
        number: 2001,
        slug: "globex",
        name: "Globex",
        seats: 5,
        api_key: "tsr_key_DemoGlobexKeyForLocalTestOnly04dH9Rf",
        key_id: "00000000-0000-4000-8000-000000000102",
        admin_id: "00000000-0000-4000-8000-000000000202",
        group_ids: [
            "00000000-0000-4000-8000-000000000311",
            "00000000-0000-4000-8000-000000000312",
            "00000000-0000-4000-8000-000000000313",
        ],
        admin_email: "admin@globex.test",
        admin_password: "Globex-Admin-2026",
        hash: "$pbkdf2-sha256$i=100000,l=32$dGVzc2VyYS1kZW1vLTAwMg$tUCgxDyJtyh+mP/8IG5s+ufBnjFz98ZcPTU8p0YOTL4",
    },
];

/// The statements that load the demo into an empty store, its keys hashed under the pepper; in a store that has it
/// they change nothing.
pub fn statements(pepper: &str) -> Vec<Statement> {
    let vault = Vault::new(ROOT_KEY, pepper);
    let mut statements = vec![Statement::new(
        "UPDATE counters SET value = MAX(value, 2001) \
         WHERE name = 'organization'",
    )];
    for demo in DEMOS {
        statements.push(
            Statement::new(
                "INSERT OR IGNORE INTO organizations (number, id, slug, name, seats, type, identity_mode, \
                 set_password_via_api, api_version, permission_scopes, permissions_resource, language, created_at, \
                 updated_at) VALUES (?1, ?2, ?3, ?4, ?5, 'standard', 'local', 0, ?6, ?7, 'auto', 'en', ?8, ?8)",
            )
            .bind(demo.number)
            .bind(demo.id)
            .bind(demo.slug)
            .bind(demo.name)
            .bind(demo.seats)
            .bind(organization::API_VERSION)
            .bind(organization::PERMISSION_SCOPES)
            .bind(MADE_AT),
        );
        statements.push(
            Statement::new(concat!(
                "INSERT OR IGNORE INTO users (id, organization, number, email, email_key, login, role, password, \
                     created_at, updated_at) VALUES (?1, ?2, ",
                last_number!("?2"),
                " + 1, ?3, ?3, ?3, 'admin', ?4, ?5, ?5)"
            ))
            .bind(demo.admin_id)
            .bind(demo.number)
            .bind(demo.admin_email)
            .bind(demo.hash)
            .bind(MADE_AT),
        );
        statements.push(
            Statement::new(
                "INSERT OR IGNORE INTO keys (id, organization, kind, name, scopes, digest, created_at) \
                 VALUES (?1, ?2, ?3, 'api_key', ?4, ?5, ?6)",
            )
            .bind(demo.key_id)
            .bind(demo.number)
            .bind(key::Kind::Standard.as_str())
            .bind(key::Scope::All.as_str())
            .bind(vault.digest(demo.api_key))
            .bind(MADE_AT),
        );
        statements.push(permission::insert_base(demo.id, MADE_AT.into()));
        statements.push(group::insert_defaults(demo.id, demo.group_ids.map(str::to_owned), MADE_AT.into()));
    }
    statements
}

/// The demo as one JSON object: `{"root_key", "organizations": [{"id", "number", "slug", "api_key", "admin_email",
/// "admin_password"}]}`.
pub fn json() -> Value {
    let organizations: Vec<Value> = DEMOS
        .iter()
        .map(|demo| {
            json!({
                "id": demo.id,
                "number": demo.number,
                "slug": demo.slug,
                "api_key": demo.api_key,
                "admin_email": demo.admin_email,
                "admin_password": demo.admin_password,
            })
        })
        .collect();
    json!({ "root_key": ROOT_KEY, "organizations": organizations })
}
