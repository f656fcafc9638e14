//! `/__admin/mappings`: the stubs, in WireMock's form.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::Error;
use super::input::{Body, Path, Query};
use super::wiremock::{Done, Meta};
use crate::control::Control;
use crate::stubs::{Mapping, metadata_pattern};

/// Which of the mappings are listed.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Page {
    /// So many.
    limit: Option<usize>,
    /// Behind so many.
    #[serde(default)]
    offset: usize,
}

/// Mappings, in the order in which they are asked.
#[derive(Serialize, JsonSchema)]
pub(super) struct Mappings {
    #[schemars(with = "Vec<Mapping>")]
    mappings: Vec<Value>,
    meta: Meta,
}

fn listed(mappings: &[Arc<Mapping>], page: &Page) -> Json<Mappings> {
    let shown = mappings.iter().skip(page.offset).take(page.limit.unwrap_or(usize::MAX));
    Json(Mappings { mappings: shown.map(|mapping| mapping.told()).collect(), meta: Meta { total: mappings.len() } })
}

fn missing(id: &str) -> Error {
    Error::NotFound(format!("There is no stub {id}"))
}

/// Lists the mappings, in the order in which they are asked.
pub(super) async fn list(State(control): State<Control>, Query(page): Query<Page>) -> Json<Mappings> {
    listed(&control.stubs().all(), &page)
}

/// Adds one.
pub(super) async fn create(State(control): State<Control>, body: Body) -> Result<(StatusCode, Json<Value>), Error> {
    let mapping = control.stubs().add(&body.wiremock()?)?;
    Ok((StatusCode::CREATED, Json(mapping.told())))
}

/// Tells one.
pub(super) async fn get(State(control): State<Control>, Path(id): Path) -> Result<Json<Value>, Error> {
    let mapping = control.stubs().find(&id).ok_or_else(|| missing(&id))?;
    Ok(Json(mapping.told()))
}

/// Puts another in its place.
pub(super) async fn update(State(control): State<Control>, Path(id): Path, body: Body) -> Result<Json<Value>, Error> {
    let mapping = control.stubs().replace(&id, &body.wiremock()?)?.ok_or_else(|| missing(&id))?;
    Ok(Json(mapping.told()))
}

/// Forgets one.
pub(super) async fn remove(State(control): State<Control>, Path(id): Path) -> Result<Json<Done>, Error> {
    let mapping = control.stubs().find(&id).ok_or_else(|| missing(&id))?;
    control.stubs().remove(|other| other.id() == mapping.id());
    Ok(Json(Done {}))
}

/// Forgets all.
pub(super) async fn remove_all(State(control): State<Control>) -> Json<Done> {
    control.stubs().remove(|_| true);
    Json(Done {})
}

/// Does nothing: mappings are in memory alone.
pub(super) async fn save() -> Json<Done> {
    Json(Done {})
}

/// Adds many, all or none.
pub(super) async fn import(State(control): State<Control>, body: Body) -> Result<Json<Done>, Error> {
    control.stubs().import(&body.wiremock()?)?;
    Ok(Json(Done {}))
}

/// Lists those whose metadata is like a pattern.
pub(super) async fn find_by_metadata(State(control): State<Control>, body: Body) -> Result<Json<Mappings>, Error> {
    let is_like = metadata_pattern(&body.wiremock()?)?;
    let mut found = control.stubs().all();
    found.retain(|mapping| is_like(mapping));
    Ok(listed(&found, &Page { limit: None, offset: 0 }))
}

/// Forgets those whose metadata is like a pattern.
pub(super) async fn remove_by_metadata(State(control): State<Control>, body: Body) -> Result<Json<Done>, Error> {
    let is_like = metadata_pattern(&body.wiremock()?)?;
    control.stubs().remove(is_like);
    Ok(Json(Done {}))
}
