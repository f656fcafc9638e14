//! `GET /api/shared_spaces/{space}/workspaces/{workspace}/workspace_users` [C]

use axum::response::Response;

use crate::dialects::octane::entity::Entity;
use crate::dialects::octane::error::Error;
use crate::dialects::octane::{Place, users};
use crate::endpoint::Call;

/// Lists the users of the workspace.
pub(in crate::dialects::octane) async fn list(call: Call, place: Place) -> Result<Response, Error> {
    users::list_users(&call, &place, Entity::WorkspaceUser).await
}
