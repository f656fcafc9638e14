//! Tessera's own API, `/v1`: what no vendor's API can do, such as making organizations. Errors are RFC 9457's.

use std::sync::Arc;

use axum::response::Response;
use http::Method;

use crate::endpoint::{Call, Dialect, Endpoint};

mod audit;
mod auth;
mod caller;
mod deliveries;
mod error;
mod fixtures;
mod idempotency;
mod input;
mod judges;
mod keys;
mod oauth;
mod organizations;
mod outbox;
mod seats;
mod tokens;
mod users;

pub(crate) use error::problem;
pub use judges::VENDOR;

const ORGANIZATIONS: &str = "/v1/organizations";
const ORGANIZATION: &str = "/v1/organizations/{organization_id}";
const USERS: &str = "/v1/organizations/{organization_id}/users";
const USER: &str = "/v1/organizations/{organization_id}/users/{user_id}";
const SEAT: &str = "/v1/organizations/{organization_id}/users/{user_id}/seat";
const SEATS: &str = "/v1/organizations/{organization_id}/seats";
const TOKENS: &str = "/v1/organizations/{organization_id}/users/{user_id}/tokens";
const TOKEN: &str = "/v1/organizations/{organization_id}/users/{user_id}/tokens/{token_id}";
const FIXTURES: &str = "/v1/organizations/{organization_id}/fixtures/astra";
const KEYS: &str = "/v1/organizations/{organization_id}/keys";
const KEY: &str = "/v1/organizations/{organization_id}/keys/{key_id}";
const ROTATE: &str = "/v1/organizations/{organization_id}/keys/{key_id}/rotate";
const METADATA: &str = "/.well-known/oauth-authorization-server";
const REPLAY_DELIVERY: &str = "/v1/deliveries/{delivery_id}/replay";

pub(crate) fn dialect() -> Dialect {
    Dialect {
        name: "native",
        // all that no other dialect claims
        prefixes: &[""],
        scheme: None,
        endpoints: vec![
            Endpoint::new("get_caller", Method::GET, &["/v1/caller"], caller::get::get),
            creating("create_organization", &[ORGANIZATIONS], organizations::create::create),
            Endpoint::new("list_organizations", Method::GET, &[ORGANIZATIONS], organizations::list::list),
            Endpoint::new("get_organization", Method::GET, &[ORGANIZATION], organizations::get::get),
            Endpoint::new("update_organization", Method::PATCH, &[ORGANIZATION], organizations::update::update),
            Endpoint::new("delete_organization", Method::DELETE, &[ORGANIZATION], organizations::delete::delete),
            creating("create_user", &[USERS], users::create::create),
            Endpoint::new("list_users", Method::GET, &[USERS], users::list::list),
            Endpoint::new("get_user", Method::GET, &[USER], users::get::get),
            Endpoint::new("update_user", Method::PATCH, &[USER], users::update::update),
            Endpoint::new("delete_user", Method::DELETE, &[USER], users::delete::delete),
            Endpoint::new("assign_seat", Method::PUT, &[SEAT], seats::assign::assign),
            Endpoint::new("remove_seat", Method::DELETE, &[SEAT], seats::remove::remove),
            Endpoint::new("list_seats", Method::GET, &[SEATS], seats::list::list),
            creating("issue_token", &[TOKENS], tokens::issue::issue),
            Endpoint::new("list_tokens", Method::GET, &[TOKENS], tokens::list::list),
            Endpoint::new("extend_token", Method::PATCH, &[TOKEN], tokens::extend::extend),
            Endpoint::new("revoke_token", Method::DELETE, &[TOKEN], tokens::revoke::revoke),
            Endpoint::new("get_fixtures", Method::GET, &[FIXTURES], fixtures::get::get),
            Endpoint::new("replace_fixtures", Method::PUT, &[FIXTURES], fixtures::replace::replace),
            creating("create_key", &[KEYS], keys::create::create),
            Endpoint::new("list_keys", Method::GET, &[KEYS], keys::list::list),
            Endpoint::new("get_key", Method::GET, &[KEY], keys::get::get),
            creating("rotate_key", &[ROTATE], keys::rotate::rotate),
            Endpoint::new("revoke_key", Method::DELETE, &[KEY], keys::revoke::revoke),
            Endpoint::new("verify_key", Method::POST, &["/v1/keys/verify"], keys::verify::verify).without_change(),
            Endpoint::new("introspect", Method::POST, &["/oauth2/introspect"], oauth::introspect::introspect)
                .without_change(),
            Endpoint::new("get_metadata", Method::GET, &[METADATA], oauth::metadata::get),
            Endpoint::new("list_outbox", Method::GET, &["/v1/outbox"], outbox::list::list),
            Endpoint::new("replay_mail", Method::POST, &["/v1/outbox/{mail_id}/replay"], outbox::replay::replay),
            Endpoint::new("list_deliveries", Method::GET, &["/v1/deliveries"], deliveries::list::list),
            Endpoint::new("get_delivery", Method::GET, &["/v1/deliveries/{delivery_id}"], deliveries::get::get),
            Endpoint::new("replay_delivery", Method::POST, &[REPLAY_DELIVERY], deliveries::replay::replay),
            Endpoint::new("list_audit", Method::GET, &["/v1/audit"], audit::list::list),
            Endpoint::new("export_audit", Method::GET, &["/v1/audit/export"], audit::export::export),
            Endpoint::new("verify_audit", Method::GET, &["/v1/audit/verify"], audit::verify::verify),
        ],
        refuse: |_, refusal| {
            Box::pin(async move { axum::response::IntoResponse::into_response(error::Error::Refused(refusal)) })
        },
    }
}

/// An operation that makes something, and does so once for each `Idempotency-Key`.
fn creating<F, Fut>(operation: &'static str, paths: &'static [&'static str], handler: F) -> Endpoint
where
    F: Fn(Call) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Response, error::Error>> + Send + 'static,
{
    Endpoint::answering(operation, Method::POST, paths, move |call| {
        let (directory, key) = (Arc::clone(&call.directory), idempotency::key(&call));
        Box::pin(idempotency::once(directory, key, Box::pin(handler(call))))
    })
}
