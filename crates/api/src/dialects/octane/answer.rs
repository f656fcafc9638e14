//! Answers: one entity bare, several in an envelope [S].

use axum::response::Response;
use http::StatusCode;
use serde_json::{Value as Json, json};
use tessera_directory::filter::{Filter, Selected, Selection, Source, Value};

use super::entity::Entity;
use super::error::Error;
use super::fixed::Fixed;
use super::input::{self, Listing};
use super::record::{Fields, Record};
use crate::endpoint::Call;
use crate::respond;

/// The envelope of several entities.
pub(super) fn envelope(total: usize, data: &[Json]) -> Json {
    json!({"total_count": total, "data": data, "exceeds_total_count": false})
}

/// An answer with a part of a list.
pub(super) fn list(selected: &Selected<Record>, fields: &Fields, fixed: &Fixed) -> Response {
    let data: Vec<Json> = selected.items.iter().map(|record| record.shown(fields, fixed)).collect();
    respond::json(StatusCode::OK, &envelope(selected.total, &data))
}

/// An answer with one entity.
pub(super) fn one(record: &Record, fields: &Fields, fixed: &Fixed) -> Response {
    respond::json(StatusCode::OK, &record.shown(fields, fixed))
}

/// Answers a list of rows that are at hand: of the rows that pass, the first of each id.
pub(super) fn list_rows(call: &Call, entity: Entity, rows: Vec<Record>, fixed: &Fixed) -> Result<Response, Error> {
    let Listing { fields, selection } = input::listing(call, entity, fixed)?;
    let mut passed: Vec<Record> = Vec::new();
    for row in rows {
        if selection.filter.matches(&|field| row.value(field)) && passed.iter().all(|other| other.id() != row.id()) {
            passed.push(row);
        }
    }
    let selected = selection.arrange(passed, &|row, field| row.value(field));
    Ok(list(&selected, &fields, fixed))
}

/// Answers one of the rows that are at hand.
pub(super) fn one_row(call: &Call, entity: Entity, rows: Vec<Record>, fixed: &Fixed) -> Result<Response, Error> {
    let fields = input::fields(call, entity)?;
    let id = input::id(call);
    let row = rows.into_iter().find(|row| id.is_some() && row.id() == id);
    let row = row.ok_or_else(|| Error::NotFound(entity, call.parameter("id").to_owned()))?;
    Ok(one(&row, &fields, fixed))
}

/// What is asked of a list whose rows are stored: of its fields some are columns, and others the same in every row.
pub(super) fn stored<G: Copy>(
    selection: Selection<&'static str>,
    source: &dyn Fn(&'static str) -> Source<G>,
) -> Selection<G> {
    let Selection { filter, order, limit, offset } = selection;
    let order = order.into_iter().filter_map(|(field, backwards)| match source(field) {
        Source::Column(column) => Some((column, backwards)),
        Source::Constant(_) => None,
    });
    Selection { order: order.collect(), filter: Filter::map(filter, source), limit, offset }
}

/// A field that is the same in every row.
pub(super) fn constant<G>(value: impl Into<Value>) -> Source<G> {
    Source::Constant(value.into())
}

/// A filter that the store does not take, on more rows than are looked through in its place.
pub(super) fn too_many() -> Error {
    Error::InvalidQuery("The query is too complex for so many entities".into(), None)
}
