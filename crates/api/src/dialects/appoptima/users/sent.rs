//! Users as they are sent. A list has up to ten thousand of them, and each is read straight into the members that are known,
//! with no map of them all.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::{EMAIL, FIRST_NAME, GROUPS, ID, LAST_NAME, PASSWORD};

/// A body, or an item of a list of users.
pub(super) enum Sent {
    User(Box<SentUser>),
    Users(Vec<Sent>),
    /// Neither an object nor an array.
    Other,
}

/// The members of a user. One that is given twice is what it is at last.
#[derive(Default)]
pub(super) struct SentUser {
    pub(super) id: Option<Value>,
    pub(super) email: Option<Value>,
    pub(super) first_name: Option<Value>,
    pub(super) last_name: Option<Value>,
    pub(super) password: Option<Value>,
    pub(super) groups: Option<Value>,
    /// The names of those that nobody knows.
    pub(super) others: Vec<String>,
}

impl SentUser {
    /// Whether the user has a password that is to be set.
    pub(super) fn has_password(&self) -> bool {
        self.password.as_ref().and_then(Value::as_str).is_some_and(|password| !password.is_empty())
    }
}

/// The name of a member.
enum Name {
    Known(fn(&mut SentUser) -> &mut Option<Value>),
    Other(String),
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyName;

        impl Visitor<'_> for AnyName {
            type Value = Name;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a name")
            }

            fn visit_str<E>(self, name: &str) -> Result<Name, E> {
                Ok(match name {
                    ID => Name::Known(|user| &mut user.id),
                    EMAIL => Name::Known(|user| &mut user.email),
                    FIRST_NAME => Name::Known(|user| &mut user.first_name),
                    LAST_NAME => Name::Known(|user| &mut user.last_name),
                    PASSWORD => Name::Known(|user| &mut user.password),
                    GROUPS => Name::Known(|user| &mut user.groups),
                    other => Name::Other(other.to_owned()),
                })
            }
        }

        deserializer.deserialize_identifier(AnyName)
    }
}

impl<'de> Deserialize<'de> for Sent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Anything)
    }
}

struct Anything;

impl<'de> Visitor<'de> for Anything {
    type Value = Sent;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("anything")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<Sent, M::Error> {
        let mut user = Box::<SentUser>::default();
        while let Some(name) = members.next_key()? {
            match name {
                Name::Known(member) => *member(&mut user) = Some(members.next_value()?),
                Name::Other(name) => {
                    members.next_value::<IgnoredAny>()?;
                    user.others.push(name);
                }
            }
        }
        Ok(Sent::User(user))
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut items: S) -> Result<Sent, S::Error> {
        let mut users = Vec::new();
        while let Some(user) = items.next_element()? {
            users.push(user);
        }
        Ok(Sent::Users(users))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Sent, E> {
        Ok(Sent::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Sent, E> {
        Ok(Sent::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Sent, E> {
        Ok(Sent::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Sent, E> {
        Ok(Sent::Other)
    }

    fn visit_str<E>(self, _: &str) -> Result<Sent, E> {
        Ok(Sent::Other)
    }

    fn visit_unit<E>(self) -> Result<Sent, E> {
        Ok(Sent::Other)
    }
}
