//! An entity as it is answered: the fields that are asked for, references as their targets.

use chrono::SecondsFormat;
use serde_json::{Map, Value as Json, json};
use tessera_directory::Timestamp;
use tessera_directory::api_access::{self, ApiAccess};
use tessera_directory::filter::Value;
use tessera_directory::roster;
use tessera_directory::user::User;

use super::entity::{Entity, Field, Kind, Shown};
use super::fixed::{Fixed, SPACE};

/// An entity with the values of its fields; a reference is its target's id, a time is in milliseconds.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) entity: Entity,
    values: Vec<(&'static str, Value)>,
}

impl Record {
    pub(super) fn new(entity: Entity, mut values: Vec<(&'static str, Value)>) -> Self {
        values.push(("type", entity.word().into()));
        Self { entity, values }
    }

    /// What a field holds.
    pub(super) fn value(&self, name: &str) -> Value {
        self.values.iter().find(|(known, _)| *known == name).map_or(Value::Null, |(_, value)| value.clone())
    }

    pub(super) fn id(&self) -> Option<i64> {
        match self.value("id") {
            Value::Number(id) => Some(id),
            _ => None,
        }
    }

    pub(super) fn of_api_access(key: &ApiAccess) -> Self {
        use api_access::Attribute;
        Self::new(
            Entity::ApiAccess,
            vec![
                ("id", key.value(Attribute::Number)),
                ("client_id", key.value(Attribute::ClientId)),
                ("is_valid", key.value(Attribute::IsValid)),
                ("name", key.value(Attribute::Name)),
                ("workspace_roles", key.value(Attribute::WorkspaceRoles)),
                ("expiration", key.value(Attribute::ExpiresAt)),
                ("workspace_id", SPACE.into()),
                ("version_stamp", key.value(Attribute::Version)),
                ("creation_time", key.value(Attribute::CreatedAt)),
                ("last_modified", key.value(Attribute::UpdatedAt)),
            ],
        )
    }

    /// A user of the space, or of one of its workspaces.
    pub(super) fn of_user(user: &User, workspace: Option<i64>) -> Self {
        use roster::Attribute;
        Self::new(
            if workspace.is_some() { Entity::WorkspaceUser } else { Entity::SharedspaceUser },
            vec![
                ("id", user.value(Attribute::Number)),
                ("name", user.value(Attribute::Name)),
                ("email", user.value(Attribute::Email)),
                ("first_name", user.value(Attribute::FirstName)),
                ("last_name", user.value(Attribute::LastName)),
                ("full_name", user.value(Attribute::FullName)),
                ("workspace_id", workspace.unwrap_or(SPACE).into()),
                ("version_stamp", 1.into()),
                ("creation_time", user.value(Attribute::CreatedAt)),
                ("last_modified", user.value(Attribute::UpdatedAt)),
            ],
        )
    }

    /// The entity with these fields.
    pub(super) fn shown(&self, fields: &Fields, fixed: &Fixed) -> Json {
        let mut shown = Map::new();
        for field in self.entity.fields() {
            if let Some(inner) = fields.of(field) {
                shown.insert(field.name.to_owned(), self.shown_field(field, inner, fixed));
            }
        }
        Json::Object(shown)
    }

    fn shown_field(&self, field: &Field, inner: Option<&Fields>, fixed: &Fixed) -> Json {
        match (field.kind, self.value(field.name)) {
            (Kind::References(target), Value::Numbers(ids)) => {
                let data: Vec<Json> = ids.iter().map(|id| reference(target, *id, inner, fixed)).collect();
                json!({"total_count": data.len(), "data": data})
            }
            (Kind::Reference(target), Value::Number(id)) => reference(target, id, inner, fixed),
            (Kind::Id, Value::Number(id)) => Json::String(id.to_string()),
            (Kind::Time, Value::Number(time)) => Json::String(written(time)),
            (_, Value::Number(number)) => number.into(),
            (_, Value::Boolean(truth)) => truth.into(),
            (_, Value::Text(text)) => text.into(),
            (_, Value::Null | Value::Numbers(_)) => Json::Null,
        }
    }
}

/// A target with the fields that are asked for, or else with what tells which it is.
fn reference(target: Entity, id: i64, inner: Option<&Fields>, fixed: &Fixed) -> Json {
    let record = fixed.find(target, id);
    match (record, inner) {
        (Some(record), Some(fields)) => record.shown(fields, fixed),
        (Some(record), None) => record.shown(&Fields::telling(target), fixed),
        (None, _) => json!({"type": target.word(), "id": id.to_string()}),
    }
}

fn written(milliseconds: i64) -> String {
    Timestamp::from_timestamp_millis(milliseconds)
        .map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true))
        .unwrap_or_default()
}

/// Which fields are shown, those of a target perhaps named themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fields {
    Default,
    Named(Vec<(&'static str, Option<Fields>)>),
}

impl Fields {
    /// Those of a reference: type, id, and the names that the target has.
    fn telling(target: Entity) -> Self {
        let names = ["logical_name", "name"].into_iter().filter_map(|name| target.field(name));
        Self::Named(names.map(|field| (field.name, None)).collect())
    }

    /// Whether a field is shown, and what of its target.
    fn of(&self, field: &Field) -> Option<Option<&Self>> {
        let is_always = field.shown == Shown::Always;
        match self {
            Self::Default => (is_always || field.shown == Shown::ByDefault).then_some(None),
            Self::Named(names) => {
                let found = names.iter().find(|(name, _)| *name == field.name).map(|(_, inner)| inner.as_ref());
                found.or(is_always.then_some(None))
            }
        }
    }
}
