//! `GET /organizations/{org_id}/users` [O:`list_users`]

use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use tessera_directory::group::{self, Group};
use tessera_directory::key::Scope;
use tessera_directory::organization::Organization;
use tessera_directory::user::{self, User};

use crate::dialects::anaconda::auth::{Half, authorize};
use crate::dialects::anaconda::error::Error;
use crate::dialects::anaconda::input;
use crate::endpoint::Call;
use crate::{respond, time};

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
    groups: Option<Vec<GroupItem>>,
}

/// A group that a user is in.
#[derive(Serialize)]
struct GroupItem {
    id: String,
    name: String,
    org_id: String,
    created_at: String,
    updated_at: String,
    user_count: usize,
}

impl GroupItem {
    fn of(group: &Group, user_count: usize, organization: &Organization) -> Self {
        Self {
            id: group.id.clone(),
            name: group.settings.name.clone(),
            org_id: organization.id.clone(),
            created_at: time::with_offset(group.created_at),
            updated_at: time::with_offset(group.updated_at),
            user_count,
        }
    }
}

/// The subscription of who holds a seat; [C] skips those whose code says "starter".
const SEATED: &[&str] = &["business_subscription"];

impl Item {
    fn of(user: User, groups: Option<Vec<GroupItem>>) -> Self {
        Self {
            // the schema wants an address, and a managed user has none: one that nothing is delivered to
            email: user.email.unwrap_or_else(|| format!("{}@managed.invalid", user.id)),
            id: user.id,
            first_name: user.first_name,
            last_name: user.last_name,
            role: user.role.as_str(),
            subscriptions: if user.seated_at.is_some() { SEATED } else { &[] },
            groups,
        }
    }
}

/// Lists every user, the admin too; there are no pages.
pub(in crate::dialects::anaconda) async fn list(call: Call) -> Result<Response, Error> {
    let organization = authorize(&call, Half::People, Scope::UsersRead).await?;
    let items = if input::boolean(&call, "include_groups", false)? {
        list_with_groups(&call, &organization).await?
    } else {
        let users = user::list_all(&call.directory, &organization).await?;
        users.into_iter().map(|user| Item::of(user, None)).collect()
    };
    Ok(respond::json(StatusCode::OK, &Listed { items }))
}

async fn list_with_groups(call: &Call, organization: &Organization) -> Result<Vec<Item>, Error> {
    let memberships = group::memberships(&call.directory, organization).await?;
    let items = memberships.users.into_iter().map(|(user, ids)| {
        let groups = ids.iter().filter_map(|id| memberships.groups.get(id));
        Item::of(user, Some(groups.map(|(group, count)| GroupItem::of(group, *count, organization)).collect()))
    });
    Ok(items.collect())
}
