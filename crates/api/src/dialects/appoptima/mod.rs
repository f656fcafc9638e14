//! AppOptima's cluster API v1, `/api/v1.0/onpremise`: the users, groups and password policy of a cluster, which is an
//! organization. Its sources are named `[S]` (the seed), `[D]` (the vendor's pages), `[C]` (its clients), `[R]` (a rule
//! made because none of these settles it), as in the contract.

use std::future::Future;

use axum::response::{IntoResponse as _, Response};
use http::Method;
use tessera_directory::organization::Organization;

use crate::endpoint::{Call, Dialect, Endpoint, Handled, Refusal};
use crate::respond::uncached;
use error::Error;

mod auth;
mod error;
mod groups;
mod input;
mod judges;
mod password_policy;
mod users;

pub use judges::VENDOR;

const ROOT: &str = "/api/v1.0/onpremise";

/// A path below the root.
macro_rules! path {
    ($rest:literal) => {
        concat!("/api/v1.0/onpremise", $rest)
    };
}

/// The collection, which clients call with a slash at its end too [C].
const USERS: &[&str] = &[path!("/users"), path!("/users/")];
/// One user. `bulk` is a good id: it is an operation's path for POST and PUT alone.
const USER: &[&str] = &[path!("/users/{id}"), path!("/users/bulk")];
const USERS_BULK: &[&str] = &[path!("/users/bulk")];
const GROUPS: &[&str] = &[path!("/groups"), path!("/groups/")];
const GROUP: &[&str] = &[path!("/groups/{id}"), path!("/groups/bulk")];
const GROUPS_BULK: &[&str] = &[path!("/groups/bulk")];
const PASSWORD_POLICY: &[&str] = &[path!("/passwordPolicy")];
/// The vendor's path that looks like a group's and is none, for an id has no capitals.
const MANAGEMENT_ZONES: &str = path!("/groups/managementZones");

pub(crate) fn dialect() -> Dialect {
    Dialect {
        name: "appoptima",
        prefixes: &[ROOT],
        scheme: Some(auth::SCHEME),
        endpoints: vec![
            endpoint("list_users", Method::GET, USERS, users::list::list),
            endpoint("create_user", Method::POST, USERS, users::create::create),
            endpoint("update_user", Method::PUT, USERS, users::update::update),
            endpoint("delete_no_user", Method::DELETE, &[path!("/users/")], users::delete::delete).without_change(),
            endpoint("get_user", Method::GET, USER, users::get::get),
            endpoint("delete_user", Method::DELETE, USER, users::delete::delete),
            endpoint("create_users", Method::POST, USERS_BULK, users::bulk::create),
            // add_user_bulk of the vendor's Python client [C]
            endpoint("put_users", Method::PUT, USERS_BULK, users::bulk::create),
            endpoint("list_groups", Method::GET, GROUPS, groups::list::list),
            endpoint("create_group", Method::POST, GROUPS, groups::create::create),
            endpoint("update_group", Method::PUT, GROUPS, groups::update::update),
            endpoint("delete_no_group", Method::DELETE, &[path!("/groups/")], groups::delete::delete).without_change(),
            endpoint("get_group", Method::GET, GROUP, groups::get::get),
            endpoint("delete_group", Method::DELETE, GROUP, groups::delete::delete),
            endpoint("create_groups", Method::POST, GROUPS_BULK, groups::bulk::create),
            endpoint("get_password_policy", Method::GET, PASSWORD_POLICY, password_policy::get::get),
            endpoint("update_password_policy", Method::PUT, PASSWORD_POLICY, password_policy::update::update),
        ],
        refuse: |call, refusal| Box::pin(async move { uncached(refuse(call, refusal).await) }),
    }
}

/// An operation for whoever may call the API at all, with the organization that the token opens: token and permission
/// come before all else.
fn endpoint<F, Fut>(operation: &'static str, method: Method, paths: &'static [&'static str], handler: F) -> Endpoint
where
    F: Fn(Call, Organization) -> Fut + Copy + Send + Sync + 'static,
    Fut: Future<Output = Result<Response, Error>> + Send + 'static,
{
    Endpoint::answering(operation, method, paths, move |call| {
        Box::pin(answer(call, Box::new(move |call, organization| Box::pin(handler(call, organization)))))
    })
}

type Handler = Box<dyn FnOnce(Call, Organization) -> Handled<Error> + Send>;

async fn answer(call: Call, handler: Handler) -> Response {
    let answer = match auth::authorize(&call).await {
        Ok(organization) => handler(call, organization).await,
        Err(error) => Err(error),
    };
    uncached(answer.into_response())
}

/// Refuses a call that reached no operation. What is served is told to those only who may call the API.
async fn refuse(call: Call, refusal: Refusal) -> Response {
    let refusal = match refusal {
        Refusal::NoRoute | Refusal::NoMethod(_) => match auth::authorize(&call).await {
            Err(error) => return error.into_response(),
            Ok(_) if call.parts.uri.path() == MANAGEMENT_ZONES => Refusal::NoRoute,
            Ok(_) => refusal,
        },
        other => other,
    };
    Error::from(refusal).into_response()
}
