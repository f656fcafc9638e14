//! NetApp Astra Control's account API. Its sources are named `[S]` (the seed), `[L]` (captures of a real one), `[C]` (the
//! vendor's client `actoolkit`), `[D]` (the vendor's pages), `[O]` (its OpenAPI document), as in the contract.

use std::future::Future;
use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::Method;
use tessera_directory::Directory;

use crate::endpoint::{Call, Dialect, Endpoint, Handled, Refusal};
use error::{Error, Problem};

mod apps;
mod auth;
mod body;
mod clouds;
mod clusters;
mod credentials;
mod error;
mod filter;
mod groups;
mod judges;
mod landscape;
mod ldap_groups;
mod ldap_users;
mod list;
mod managed_clusters;
mod media;
mod namespaces;
mod precondition;
mod read;
mod role_bindings;
mod time;
mod tokens;
mod users;

pub use judges::{VENDOR, rewritten_filter};

/// A path below an account, under the two prefixes that lead to the same handlers: the seed spells it either way.
macro_rules! paths {
    ($($rest:literal),+) => {
        &[$(concat!("/accounts/{account_id}", $rest), concat!("/accouns/{account_id}", $rest)),+]
    };
}

pub(crate) fn dialect() -> Dialect {
    let mut endpoints = resources();
    endpoints.extend(topology());
    Dialect {
        name: "astra",
        prefixes: &["/accounts", "/accouns", "/account"],
        scheme: None,
        endpoints,
        refuse: |call, refusal| {
            Box::pin(async move {
                // whoever is nobody is not told what there is
                let error = match refusal {
                    Refusal::NoRoute | Refusal::NoMethod(_) => {
                        auth::authenticate(&call).await.err().unwrap_or(Error::Refused(refusal))
                    }
                    other => Error::Refused(other),
                };
                let correlation = call.directory.new_id();
                Problem { error, correlation }.into_response()
            })
        },
    }
}

/// What the account's people and their rights are written with.
fn resources() -> Vec<Endpoint> {
    let users = paths!("/core/v1/users");
    let user = paths!("/core/v1/users/{user_id}");
    let bindings = paths!("/core/v1/roleBindings", "/core/v1/users/{parent_id}/roleBindings");
    let binding = paths!("/core/v1/roleBindings/{binding_id}", "/core/v1/users/{parent_id}/roleBindings/{binding_id}");
    let credentials = paths!("/core/v1/credentials");
    let credential = paths!("/core/v1/credentials/{credential_id}");
    let groups = paths!("/core/v1/groups");
    let group = paths!("/core/v1/groups/{group_id}");
    let tokens = paths!("/core/v1/users/{parent_id}/tokens");
    let token = paths!("/core/v1/users/{parent_id}/tokens/{token_id}");
    vec![
        endpoint("list_users", Method::GET, users, users::list::list),
        endpoint("create_user", Method::POST, users, users::create::create),
        endpoint("get_user", Method::GET, user, users::get::get),
        endpoint("update_user", Method::PUT, user, users::update::update),
        endpoint("delete_user", Method::DELETE, user, users::delete::delete),
        endpoint("list_role_bindings", Method::GET, bindings, role_bindings::list::list),
        endpoint("create_role_binding", Method::POST, bindings, role_bindings::create::create),
        endpoint("get_role_binding", Method::GET, binding, role_bindings::get::get),
        endpoint("update_role_binding", Method::PUT, binding, role_bindings::update::update),
        endpoint("delete_role_binding", Method::DELETE, binding, role_bindings::delete::delete),
        endpoint("list_credentials", Method::GET, credentials, credentials::list::list),
        endpoint("create_credential", Method::POST, credentials, credentials::create::create),
        endpoint("get_credential", Method::GET, credential, credentials::get::get),
        endpoint("update_credential", Method::PUT, credential, credentials::update::update),
        endpoint("delete_credential", Method::DELETE, credential, credentials::delete::delete),
        endpoint("list_groups", Method::GET, groups, groups::list::list),
        endpoint("create_group", Method::POST, groups, groups::create::create),
        endpoint("get_group", Method::GET, group, groups::get::get),
        endpoint("update_group", Method::PUT, group, groups::update::update),
        endpoint("delete_group", Method::DELETE, group, groups::delete::delete),
        endpoint("list_tokens", Method::GET, tokens, tokens::list::list),
        endpoint("create_token", Method::POST, tokens, tokens::create::create),
        endpoint("get_token", Method::GET, token, tokens::get::get),
        endpoint("update_token", Method::PUT, token, tokens::update::update),
        endpoint("delete_token", Method::DELETE, token, tokens::delete::delete),
    ]
}

/// What the vendor's client reads on the way.
fn topology() -> Vec<Endpoint> {
    let clusters = paths!("/topology/v1/clusters", "/topology/v1/clouds/{cloud_id}/clusters");
    let namespaces = paths!("/topology/v1/namespaces", "/topology/v1/clusters/{cluster_id}/namespaces");
    vec![
        endpoint("list_clouds", Method::GET, paths!("/topology/v1/clouds"), clouds::list::list),
        endpoint("get_cloud", Method::GET, paths!("/topology/v1/clouds/{cloud_id}"), clouds::get::get),
        endpoint("list_clusters", Method::GET, clusters, clusters::list::list),
        endpoint("get_cluster", Method::GET, paths!("/topology/v1/clusters/{cluster_id}"), clusters::get::get),
        endpoint(
            "list_managed_clusters",
            Method::GET,
            paths!("/topology/v1/managedClusters"),
            managed_clusters::list::list,
        ),
        endpoint("list_namespaces", Method::GET, namespaces, namespaces::list::list),
        endpoint("get_namespace", Method::GET, paths!("/topology/v1/namespaces/{namespace_id}"), namespaces::get::get),
        endpoint("list_apps", Method::GET, paths!("/k8s/v2/apps"), apps::list::list),
        endpoint("list_ldap_users", Method::GET, paths!("/core/v1/ldapUsers"), ldap_users::list::list),
        endpoint("list_ldap_groups", Method::GET, paths!("/core/v1/ldapGroups"), ldap_groups::list::list),
    ]
}

/// An operation whose errors get the id by which they are found again.
fn endpoint<F, Fut>(operation: &'static str, method: Method, paths: &'static [&'static str], handler: F) -> Endpoint
where
    F: Fn(Call) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Response, Error>> + Send + 'static,
{
    Endpoint::answering(operation, method, paths, move |call| {
        Box::pin(answer(Arc::clone(&call.directory), Box::pin(handler(call))))
    })
}

async fn answer(directory: Arc<Directory>, handled: Handled<Error>) -> Response {
    handled.await.unwrap_or_else(|error| Problem { error, correlation: directory.new_id() }.into_response())
}

/// Whether the text has the form of a UUID.
fn is_uuid(text: &str) -> bool {
    let is_hyphen = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    text.len() == 36
        && text
            .bytes()
            .enumerate()
            .all(|(at, byte)| if is_hyphen(at) { byte == b'-' } else { byte.is_ascii_hexdigit() })
}
