//! `GET /organizations/{org_id}/users` [O:`list_users`]

use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use tessera_directory::key::Scope;
use tessera_directory::user::{self, User};

use crate::dialects::anaconda::auth::{Half, authorize};
use crate::dialects::anaconda::error::Error;
use crate::dialects::anaconda::input;
use crate::endpoint::Call;
use crate::respond;

#[derive(Serialize)]
struct Listed {
    items: Vec<Item>,
}

#[derive(Serialize)]
struct Item {
    id: String,
    email: String,
    first_name: Option<String>,
    last_name: Option<String>,
    role: &'static str,
    subscriptions: &'static [&'static str],
    groups: Option<&'static [()]>,
}

/// The subscription of who holds a seat; [C] skips those whose code says "starter".
const SEATED: &[&str] = &["business_subscription"];

impl Item {
    fn of(user: User, include_groups: bool) -> Self {
        Self {
            // the schema wants an address, and a managed user has none: one that nothing is delivered to
            email: user.email.unwrap_or_else(|| format!("{}@managed.invalid", user.id)),
            id: user.id,
            first_name: user.first_name,
            last_name: user.last_name,
            role: user.role.as_str(),
            subscriptions: if user.seated_at.is_some() { SEATED } else { &[] },
            // the directory holds no groups yet
            groups: include_groups.then_some(&[]),
        }
    }
}

/// Lists every user, the admin too; there are no pages.
pub(in crate::dialects::anaconda) async fn list(call: Call) -> Result<Response, Error> {
    let organization = authorize(&call, Half::People, Scope::UsersRead).await?;
    let include_groups = input::boolean(&call, "include_groups", false)?;
    let users = user::list_all(&call.directory, &organization).await?;
    let items = users.into_iter().map(|user| Item::of(user, include_groups)).collect();
    Ok(respond::json(StatusCode::OK, &Listed { items }))
}
