//! Schemas in few words. An object is closed: it has the members that it names, and no other.

use serde_json::Value;
use utoipa::openapi::schema::{AdditionalProperties, AnyOfBuilder, ArrayBuilder, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{KnownFormat, Ref, RefOr, SchemaFormat};

/// A schema, or the name of one.
pub(crate) type Schema = RefOr<utoipa::openapi::Schema>;

fn of(kind: Type) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(kind)
}

fn formatted(format: KnownFormat) -> Schema {
    of(Type::String).format(Some(SchemaFormat::KnownFormat(format))).into()
}

/// A text.
pub(crate) fn text() -> Schema {
    of(Type::String).into()
}

/// A text of so many characters.
pub(crate) fn length(least: usize, most: usize) -> Schema {
    of(Type::String).min_length(Some(least)).max_length(Some(most)).into()
}

/// A text that a regular expression matches.
pub(crate) fn pattern(expression: &str) -> Schema {
    of(Type::String).pattern(Some(expression)).into()
}

/// One of these texts.
pub(crate) fn word(words: &[&str]) -> Schema {
    of(Type::String).enum_values(Some(words.iter().copied())).into()
}

/// An id in the form of a UUID.
pub(crate) fn uuid() -> Schema {
    of(Type::String).format(Some(SchemaFormat::Custom("uuid".to_owned()))).into()
}

/// A time as RFC 3339 has it.
pub(crate) fn time() -> Schema {
    formatted(KnownFormat::DateTime)
}

/// An e-mail address.
pub(crate) fn email() -> Schema {
    of(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Email)))
        .max_length(Some(tessera_validate::email::MAX_LENGTH))
        .into()
}

/// A whole number.
pub(crate) fn integer() -> Schema {
    of(Type::Integer).into()
}

/// A whole number in a range.
pub(crate) fn between(least: i64, most: i64) -> Schema {
    // the document is built where an `isize` has 64 bits
    let bound = |number: i64| isize::try_from(number).ok();
    of(Type::Integer).minimum(bound(least)).maximum(bound(most)).into()
}

/// A whole number from there on.
pub(crate) fn at_least(least: i64) -> Schema {
    of(Type::Integer).minimum(isize::try_from(least).ok()).into()
}

/// True or false.
pub(crate) fn boolean() -> Schema {
    of(Type::Boolean).into()
}

/// Null, and nothing else.
pub(crate) fn null() -> Schema {
    of(Type::Null).into()
}

/// Whatever JSON has.
pub(crate) fn anything() -> Schema {
    ObjectBuilder::new().schema_type(SchemaType::AnyValue).into()
}

/// An array of such items.
pub(crate) fn list(items: Schema) -> Schema {
    ArrayBuilder::new().items(items).into()
}

/// An array of so many such items.
pub(crate) fn some(least: usize, most: usize, items: Schema) -> Schema {
    ArrayBuilder::new().items(items).min_items(Some(least)).max_items(Some(most)).into()
}

/// An object of values by names that are not told.
pub(crate) fn map(values: Schema) -> Schema {
    of(Type::Object).additional_properties(Some(AdditionalProperties::RefOr(values))).into()
}

/// An object of values by names of this pattern.
pub(crate) fn map_by(expression: &str, values: Schema) -> Schema {
    let names = of(Type::String).pattern(Some(expression)).build();
    of(Type::Object).property_names(Some(names)).additional_properties(Some(AdditionalProperties::RefOr(values))).into()
}

/// An object of these members. One whose name ends in `?` may be left out.
pub(crate) fn object<const N: usize>(members: [(&str, Schema); N]) -> Schema {
    let closed = of(Type::Object).additional_properties(Some(AdditionalProperties::FreeForm(false)));
    with(closed.into(), members)
}

/// The same, with other members beside them, which are not read.
pub(crate) fn open<const N: usize>(members: [(&str, Schema); N]) -> Schema {
    let open = of(Type::Object).additional_properties(Some(AdditionalProperties::FreeForm(true)));
    with(open.into(), members)
}

/// An object with further members.
pub(crate) fn with<const N: usize>(mut object: Schema, members: [(&str, Schema); N]) -> Schema {
    if let RefOr::T(utoipa::openapi::Schema::Object(object)) = &mut object {
        for (name, schema) in members {
            let optional = name.strip_suffix('?');
            if optional.is_none() {
                object.required.push(name.to_owned());
            }
            object.properties.insert(optional.unwrap_or(name).to_owned(), schema);
        }
    }
    object
}

/// One of these.
pub(crate) fn any_of<const N: usize>(schemas: [Schema; N]) -> Schema {
    schemas.into_iter().fold(AnyOfBuilder::new(), AnyOfBuilder::item).into()
}

/// The same, or null.
pub(crate) fn or_null(schema: Schema) -> Schema {
    any_of([schema, null()])
}

/// The schema of this name.
pub(crate) fn named(name: &str) -> Schema {
    Ref::from_schema_name(name).into()
}

/// A schema with words about it.
pub(crate) fn told(schema: Schema, description: &str) -> Schema {
    let told = Some(description.to_owned());
    match schema {
        RefOr::Ref(mut reference) => {
            description.clone_into(&mut reference.description);
            reference.into()
        }
        RefOr::T(mut schema) => {
            match &mut schema {
                utoipa::openapi::Schema::Object(object) => object.description = told,
                utoipa::openapi::Schema::Array(array) => array.description = told,
                utoipa::openapi::Schema::AnyOf(any) => any.description = told,
                _ => {}
            }
            schema.into()
        }
    }
}

/// A schema with the value that stands where none is given.
pub(crate) fn default(schema: Schema, value: impl Into<Value>) -> Schema {
    match schema {
        RefOr::T(utoipa::openapi::Schema::Object(mut object)) => {
            object.default = Some(value.into());
            utoipa::openapi::Schema::Object(object).into()
        }
        other => other,
    }
}
