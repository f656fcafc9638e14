//! What OAuth has an authorization server say of itself and of its tokens.

pub(super) mod introspect;
pub(super) mod metadata;

const INTROSPECTION: &str = "/oauth2/introspect";
