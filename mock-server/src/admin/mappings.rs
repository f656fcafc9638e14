//! `/__admin/mappings`: the stubs, in WireMock's form.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::Error;
use super::input;
use crate::control::Control;
use crate::stubs::{Mapping, metadata_pattern};

/// Which of the mappings are listed.
#[derive(Deserialize)]
pub(super) struct Page {
    limit: Option<usize>,
    #[serde(default)]
    offset: usize,
}

fn listed(mappings: &[Arc<Mapping>], page: &Page) -> Json<Value> {
    let shown = mappings.iter().skip(page.offset).take(page.limit.unwrap_or(usize::MAX));
    let shown: Vec<Value> = shown.map(|mapping| mapping.told()).collect();
    Json(json!({ "mappings": shown, "meta": { "total": mappings.len() } }))
}

fn missing(id: &str) -> Error {
    Error::NotFound(format!("There is no stub {id}"))
}

/// Lists the mappings, in the order in which they are asked.
pub(super) async fn list(State(control): State<Control>, Query(page): Query<Page>) -> Json<Value> {
    listed(&control.stubs().all(), &page)
}

/// Adds one.
pub(super) async fn create(State(control): State<Control>, body: Bytes) -> Result<(StatusCode, Json<Value>), Error> {
    let mapping = control.stubs().add(&input::wiremock(&body)?)?;
    Ok((StatusCode::CREATED, Json(mapping.told())))
}

/// Tells one.
pub(super) async fn get(State(control): State<Control>, Path(id): Path<String>) -> Result<Json<Value>, Error> {
    let mapping = control.stubs().find(&id).ok_or_else(|| missing(&id))?;
    Ok(Json(mapping.told()))
}

/// Puts another in its place.
pub(super) async fn update(
    State(control): State<Control>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Error> {
    let mapping = control.stubs().replace(&id, &input::wiremock(&body)?)?.ok_or_else(|| missing(&id))?;
    Ok(Json(mapping.told()))
}

/// Forgets one.
pub(super) async fn remove(State(control): State<Control>, Path(id): Path<String>) -> Result<Json<Value>, Error> {
    let mapping = control.stubs().find(&id).ok_or_else(|| missing(&id))?;
    control.stubs().remove(|other| other.id() == mapping.id());
    Ok(Json(json!({})))
}

/// Forgets all.
pub(super) async fn remove_all(State(control): State<Control>) -> Json<Value> {
    control.stubs().remove(|_| true);
    Json(json!({}))
}

/// Does nothing: mappings are in memory alone.
pub(super) async fn save() -> Json<Value> {
    Json(json!({}))
}

/// Adds many, all or none.
pub(super) async fn import(State(control): State<Control>, body: Bytes) -> Result<Json<Value>, Error> {
    control.stubs().import(&input::wiremock(&body)?)?;
    Ok(Json(json!({})))
}

/// Lists those whose metadata is like a pattern.
pub(super) async fn find_by_metadata(State(control): State<Control>, body: Bytes) -> Result<Json<Value>, Error> {
    let is_like = metadata_pattern(&input::wiremock(&body)?)?;
    let mut found = control.stubs().all();
    found.retain(|mapping| is_like(mapping));
    Ok(listed(&found, &Page { limit: None, offset: 0 }))
}

/// Forgets those whose metadata is like a pattern.
pub(super) async fn remove_by_metadata(State(control): State<Control>, body: Bytes) -> Result<Json<Value>, Error> {
    let is_like = metadata_pattern(&input::wiremock(&body)?)?;
    control.stubs().remove(is_like);
    Ok(Json(json!({})))
}
