//! The seed's JSON Schema, by which editors complete a file and tell what is wrong in it.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::Value;
use tessera_directory::letter::Language;
use tessera_directory::organization::{IdentityMode, OrganizationType, PermissionsResource, State};
use tessera_directory::{binding, key, user};

use super::Seed;

/// The JSON Schema of a seed.
pub fn schema() -> Value {
    schemars::schema_for!(Seed).to_value()
}

/// One of the directory's words, for each set of them that a seed names.
macro_rules! words {
    ($($function:ident = $words:ty),+ $(,)?) => {
        $(pub(super) fn $function(_: &mut SchemaGenerator) -> Schema {
            json_schema!({ "type": "string", "enum": <$words>::WORDS })
        })+
    };
}

words!(
    organization_type = OrganizationType,
    state = State,
    identity_mode = IdentityMode,
    permissions_resource = PermissionsResource,
    language = Language,
    role = user::Role,
    binding_role = binding::Role,
    key_kind = key::Kind,
);

pub(super) fn scopes(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": { "type": "string", "enum": key::Scope::WORDS } })
}
