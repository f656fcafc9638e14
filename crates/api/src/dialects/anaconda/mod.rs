//! Anaconda Cloud's organization API. Its sources are named `[S]` (the seed), `[O]` (the vendor's OpenAPI document),
//! `[D]` (its pages), `[C]` (its client `anaconda-auth`), as in the contract.

use http::Method;

use crate::endpoint::{Dialect, Endpoint};

mod auth;
mod error;
mod input;
mod judges;
mod oauth;
mod seats;
mod service_accounts;
mod tokens;
mod users;

pub use judges::VENDOR;

/// A path below an organization, under the three prefixes that lead to the same handlers.
macro_rules! paths {
    ($rest:literal) => {
        &[
            concat!("/organizations/{org_id}", $rest),
            concat!("/api/organizations/{org_id}", $rest),
            concat!("/api/v1/organizations/{org_id}", $rest),
        ]
    };
}

pub(crate) fn dialect() -> Dialect {
    Dialect {
        name: "anaconda",
        prefixes: &["/organizations", "/api"],
        scheme: None,
        endpoints: vec![
            Endpoint::new(
                "create_token",
                Method::POST,
                &["/api/auth/oauth2/token", "/api/iam/token"],
                oauth::token::create,
            )
            .without_change(),
            Endpoint::new(
                "create_password_token",
                Method::POST,
                &["/api/auth/oauth2/token/password"],
                oauth::token::create_by_password,
            )
            .without_change(),
            Endpoint::new(
                "create_service_account",
                Method::POST,
                paths!("/service-accounts"),
                service_accounts::create::create,
            ),
            Endpoint::new(
                "list_service_accounts",
                Method::GET,
                paths!("/service-accounts"),
                service_accounts::list::list,
            ),
            Endpoint::new(
                "delete_service_account",
                Method::DELETE,
                paths!("/service-accounts/{client_id}"),
                service_accounts::delete::delete,
            ),
            Endpoint::new(
                "auto_register_users",
                Method::POST,
                paths!("/users_auto_registration"),
                users::onboard::onboard,
            ),
            Endpoint::new("add_user", Method::POST, paths!("/users"), users::create::create),
            Endpoint::new("list_users", Method::GET, paths!("/users"), users::list::list),
            Endpoint::new("remove_user", Method::DELETE, paths!("/users/{user_id}"), users::delete::delete),
            Endpoint::new("assign_seat", Method::POST, paths!("/users/{user_id}/seats"), seats::create::create),
            Endpoint::new("revoke_seat", Method::DELETE, paths!("/users/{user_id}/seats"), seats::delete::delete),
            Endpoint::new("create_user_token", Method::POST, paths!("/users/{user_id}/token"), tokens::create::create),
            Endpoint::new("update_user_token", Method::PATCH, paths!("/users/{user_id}/token"), tokens::update::update),
            Endpoint::new(
                "delete_user_token",
                Method::DELETE,
                paths!("/users/{user_id}/token"),
                tokens::delete::delete,
            ),
            Endpoint::new("list_user_tokens", Method::GET, paths!("/users/{user_id}/tokens"), tokens::list::list),
            Endpoint::new(
                "revoke_user_token",
                Method::DELETE,
                paths!("/users/{user_id}/tokens/{token_id}"),
                tokens::revoke::revoke,
            ),
        ],
        refuse: |_, refusal| {
            Box::pin(async move { axum::response::IntoResponse::into_response(error::Error::Refused(refusal)) })
        },
    }
}
