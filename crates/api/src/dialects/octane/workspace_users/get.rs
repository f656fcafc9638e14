//! `GET /api/shared_spaces/{space}/workspaces/{workspace}/workspace_users/{id}` [C]

use axum::response::Response;

use crate::dialects::octane::entity::Entity;
use crate::dialects::octane::error::Error;
use crate::dialects::octane::{Place, users};
use crate::endpoint::Call;

/// Tells of one user of the workspace.
pub(in crate::dialects::octane) async fn get(call: Call, place: Place) -> Result<Response, Error> {
    users::get_user(&call, &place, Entity::WorkspaceUser).await
}
