//! Reincubate's ricloud: an organization told as an organisation with its configs, keys, users and events. Its sources
//! are named `[S]` (the seed: the vendor's Organisation page), `[D]` (the vendor's other pages), `[C]` (its client
//! `ricloud` 3.1.1 and 3.2.0) and `[T]` (a rule made because none of these says it), as in the contract.

use std::future::Future;

use axum::response::{IntoResponse as _, Response};
use http::Method;
use tessera_directory::key::Scope;

use crate::endpoint::{Call, Dialect, Endpoint, Handled, Refusal};
use crate::respond::uncached;
use auth::Caller;
use error::Error;

mod auth;
mod configs;
mod error;
mod events;
mod input;
mod judges;
mod keys;
mod lists;
mod organisation;
mod permissions;
mod retrieval;
mod storage_configs;
mod tasks;
mod users;
mod webhook_configs;

pub(crate) use events::message::write as write_event;
pub use judges::VENDOR;

const ORGANISATION: &[&str] = &["/organisation"];
const PERMISSIONS: &[&str] = &["/permissions"];
const PERMISSION: &[&str] = &["/permissions/{id}"];
const STORAGE_CONFIGS: &[&str] = &["/configs/storage"];
const STORAGE_CONFIG: &[&str] = &["/configs/storage/{id}"];
const STORAGE_CONFIG_TEST: &[&str] = &["/configs/storage/{id}/test"];
const WEBHOOK_CONFIGS: &[&str] = &["/configs/webhook"];
const WEBHOOK_CONFIG: &[&str] = &["/configs/webhook/{id}"];
const WEBHOOK_CONFIG_TEST: &[&str] = &["/configs/webhook/{id}/test"];
const CURRENT_KEY: &[&str] = &["/key"];
const KEYS: &[&str] = &["/keys"];
const KEY: &[&str] = &["/keys/{id}"];
const KEY_ROTATE: &[&str] = &["/keys/{id}/rotate"];
const USERS: &[&str] = &["/users"];
const USER: &[&str] = &["/users/{id}"];
const EVENTS: &[&str] = &["/events"];
const EVENT: &[&str] = &["/events/{id}"];
const TASKS: &[&str] = &["/tasks"];
const TASK: &[&str] = &["/tasks/{id}"];
const RETRIEVAL: &[&str] = &["/sessions", "/polls", "/subscriptions"];

pub(crate) fn dialect() -> Dialect {
    use Scope::{KeysRead, KeysWrite, OrganizationRead as Read, OrganizationWrite as Write, UsersRead, UsersWrite};

    let (get, post, delete) = (Method::GET, Method::POST, Method::DELETE);
    Dialect {
        name: "ricloud",
        prefixes: &[
            "/organisation",
            "/permissions",
            "/configs",
            "/keys",
            "/key",
            "/users",
            "/events",
            "/tasks",
            "/sessions",
            "/polls",
            "/subscriptions",
            "/results",
        ],
        scheme: Some(auth::SCHEME),
        endpoints: vec![
            endpoint("get_organisation", &get, ORGANISATION, Read, organisation::get::get),
            endpoint("update_organisation", &post, ORGANISATION, Write, organisation::update::update),
            endpoint("list_permissions", &get, PERMISSIONS, Read, permissions::list::list),
            endpoint("create_permission", &post, PERMISSIONS, Write, permissions::create::create),
            endpoint("get_permission", &get, PERMISSION, Read, permissions::get::get),
            endpoint("update_permission", &post, PERMISSION, Write, permissions::update::update),
            endpoint("list_storage_configs", &get, STORAGE_CONFIGS, Read, storage_configs::list::list),
            endpoint("create_storage_config", &post, STORAGE_CONFIGS, Write, storage_configs::create::create),
            endpoint("get_storage_config", &get, STORAGE_CONFIG, Read, storage_configs::get::get),
            endpoint("update_storage_config", &post, STORAGE_CONFIG, Write, storage_configs::update::update),
            endpoint("delete_storage_config", &delete, STORAGE_CONFIG, Write, storage_configs::delete::delete),
            endpoint("test_storage_config", &post, STORAGE_CONFIG_TEST, Write, storage_configs::test::test),
            // a webhook config tells its secret
            endpoint("list_webhook_configs", &get, WEBHOOK_CONFIGS, Read, webhook_configs::list::list),
            endpoint("create_webhook_config", &post, WEBHOOK_CONFIGS, Write, webhook_configs::create::create),
            endpoint("get_webhook_config", &get, WEBHOOK_CONFIG, Read, webhook_configs::get::get),
            endpoint("update_webhook_config", &post, WEBHOOK_CONFIG, Write, webhook_configs::update::update),
            endpoint("delete_webhook_config", &delete, WEBHOOK_CONFIG, Write, webhook_configs::delete::delete),
            endpoint("test_webhook_config", &post, WEBHOOK_CONFIG_TEST, Write, webhook_configs::test::test),
            endpoint("get_current_key", &get, CURRENT_KEY, None, keys::current::current),
            endpoint("list_keys", &get, KEYS, KeysRead, keys::list::list),
            endpoint("create_key", &post, KEYS, KeysWrite, keys::create::create),
            endpoint("get_key", &get, KEY, KeysRead, keys::get::get),
            endpoint("update_key", &post, KEY, KeysWrite, keys::update::update),
            endpoint("rotate_key", &post, KEY_ROTATE, KeysWrite, keys::rotate::rotate),
            endpoint("list_users", &get, USERS, UsersRead, users::list::list),
            endpoint("create_user", &post, USERS, UsersWrite, users::create::create),
            endpoint("get_user", &get, USER, UsersRead, users::get::get),
            endpoint("update_user", &post, USER, UsersWrite, users::update::update),
            endpoint("list_events", &get, EVENTS, Read, events::list::list),
            endpoint("get_event", &get, EVENT, Read, events::get::get),
            endpoint("list_tasks", &get, TASKS, Read, tasks::list::list),
            endpoint("get_task", &get, TASK, Read, tasks::get::get),
            endpoint("retrieve_data", &post, RETRIEVAL, None, retrieval::create::create).without_change(),
        ],
        refuse: |call, refusal| Box::pin(async move { uncached(refuse(call, refusal).await) }),
    }
}

/// An operation for a key with this scope, if any: token, the organisation's state and the body's size come before all
/// else [T].
fn endpoint<F, Fut>(
    operation: &'static str,
    method: &Method,
    paths: &'static [&'static str],
    scope: impl Into<Option<Scope>>,
    handler: F,
) -> Endpoint
where
    F: Fn(Call, Caller) -> Fut + Copy + Send + Sync + 'static,
    Fut: Future<Output = Result<Response, Error>> + Send + 'static,
{
    let scope = scope.into();
    Endpoint::answering(operation, method.clone(), paths, move |call| {
        Box::pin(answer(call, scope, Box::new(move |call, caller| Box::pin(handler(call, caller)))))
    })
}

type Handler = Box<dyn FnOnce(Call, Caller) -> Handled<Error> + Send>;

async fn answer(call: Call, scope: Option<Scope>, handler: Handler) -> Response {
    let answer = match admit(&call, scope).await {
        Ok(caller) => handler(call, caller).await,
        Err(error) => Err(error),
    };
    uncached(answer.into_response())
}

async fn admit(call: &Call, scope: Option<Scope>) -> Result<Caller, Error> {
    let caller = auth::authorize(call).await?;
    caller.require(scope)?;
    call.body()?;
    Ok(caller)
}

/// Refuses a call that reached no operation: a path that is not there at once, a method only to those who may call [T].
async fn refuse(call: Call, refusal: Refusal) -> Response {
    if matches!(refusal, Refusal::NoMethod(_))
        && let Err(error) = auth::authorize(&call).await
    {
        return error.into_response();
    }
    Error::from(refusal).into_response()
}
