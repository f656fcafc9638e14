//! Lists of users as they are sent (AppOptima). Such a list has up to ten thousand, and each is read straight into the members that
//! are known, with no map of them all. It is a crate by itself so that it can be compiled for speed where what surrounds it is
//! compiled for size, as in the npm package.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The names of the members.
pub mod names {
    /// Of the id.
    pub const ID: &str = "id";
    /// Of the e-mail address.
    pub const EMAIL: &str = "email";
    /// Of the first name.
    pub const FIRST_NAME: &str = "firstName";
    /// Of the last name.
    pub const LAST_NAME: &str = "lastName";
    /// Of the password.
    pub const PASSWORD: &str = "passwordClearText";
    /// Of the groups' ids.
    pub const GROUPS: &str = "groups";
}

/// A body, or an item of a list of users.
#[derive(Debug, PartialEq, Eq)]
pub enum Sent {
    /// An object.
    User(Box<User>),
    /// An array.
    Users(Vec<Sent>),
    /// Neither.
    Other,
}

/// The members of a user. One that is given twice is what it is at last.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct User {
    /// `id`
    pub id: Given,
    /// `email`
    pub email: Given,
    /// `firstName`
    pub first_name: Given,
    /// `lastName`
    pub last_name: Given,
    /// `passwordClearText`
    pub password: Given,
    /// `groups`
    pub groups: Given,
    /// The names of those that nobody knows.
    pub others: Vec<String>,
}

/// What a member is, as far as it matters.
#[derive(Debug, Default, PartialEq, Eq)]
pub enum Given {
    /// Left out, or null.
    #[default]
    Nothing,
    /// A text.
    Text(String),
    /// An array of nothing but texts.
    Texts(Vec<String>),
    /// Anything else.
    Other,
}

impl Given {
    /// Whether it is neither left out nor null, `""` or blank.
    pub fn is_set(&self) -> bool {
        match self {
            Self::Nothing => false,
            Self::Text(text) => !text.chars().all(char::is_whitespace),
            Self::Texts(_) | Self::Other => true,
        }
    }
}

/// Reads a body; nothing where it is not JSON.
pub fn read(body: &[u8]) -> Option<Sent> {
    serde_json::from_slice(body).ok()
}

/// The name of a member.
enum Name {
    Known(fn(&mut User) -> &mut Given),
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
                    names::ID => Name::Known(|user| &mut user.id),
                    names::EMAIL => Name::Known(|user| &mut user.email),
                    names::FIRST_NAME => Name::Known(|user| &mut user.first_name),
                    names::LAST_NAME => Name::Known(|user| &mut user.last_name),
                    names::PASSWORD => Name::Known(|user| &mut user.password),
                    names::GROUPS => Name::Known(|user| &mut user.groups),
                    other => Name::Other(other.to_owned()),
                })
            }
        }

        deserializer.deserialize_identifier(AnyName)
    }
}

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyValue;

        impl<'de> Visitor<'de> for AnyValue {
            type Value = Given;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("anything")
            }

            fn visit_unit<E>(self) -> Result<Given, E> {
                Ok(Given::Nothing)
            }

            fn visit_str<E>(self, text: &str) -> Result<Given, E> {
                Ok(Given::Text(text.to_owned()))
            }

            fn visit_seq<S: SeqAccess<'de>>(self, mut items: S) -> Result<Given, S::Error> {
                let (mut texts, mut has_others) = (Vec::new(), false);
                while let Some(item) = items.next_element()? {
                    match item {
                        Given::Text(text) => texts.push(text),
                        Given::Nothing | Given::Texts(_) | Given::Other => has_others = true,
                    }
                }
                Ok(if has_others { Given::Other } else { Given::Texts(texts) })
            }

            fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<Given, M::Error> {
                while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Given::Other)
            }

            fn visit_bool<E>(self, _: bool) -> Result<Given, E> {
                Ok(Given::Other)
            }

            fn visit_i64<E>(self, _: i64) -> Result<Given, E> {
                Ok(Given::Other)
            }

            fn visit_u64<E>(self, _: u64) -> Result<Given, E> {
                Ok(Given::Other)
            }

            fn visit_f64<E>(self, _: f64) -> Result<Given, E> {
                Ok(Given::Other)
            }
        }

        deserializer.deserialize_any(AnyValue)
    }
}

impl<'de> Deserialize<'de> for Sent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyBody;

        impl<'de> Visitor<'de> for AnyBody {
            type Value = Sent;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("anything")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<Sent, M::Error> {
                let mut user = Box::<User>::default();
                while let Some(name) = members.next_key()? {
                    match name {
                        Name::Known(member) => *member(&mut user) = members.next_value()?,
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

        deserializer.deserialize_any(AnyBody)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Given {
        Given::Text(text.to_owned())
    }

    #[test]
    fn bodies() {
        for other in ["null", "true", "1", "-1", "1.5", r#""a""#] {
            assert_eq!(read(other.as_bytes()), Some(Sent::Other), "{other}");
        }
        for malformed in ["", "{", "[1,]", r#"{"id":}"#, "[] []"] {
            assert_eq!(read(malformed.as_bytes()), None, "{malformed}");
        }
        let list = Sent::Users(vec![Sent::User(Box::default()), Sent::Users(Vec::new()), Sent::Other]);
        assert_eq!(read(b" [{}, [], 7] "), Some(list));
    }

    #[test]
    fn members() {
        let body =
            br#"{"id": "a", "email": null, "firstName": 1, "lastName": ["b", "c"], "passwordClearText": {"d": [1e999]},
            "groups": ["e", null], "more": {"f": [[]]}, "id": "\u00e9"}"#;
        let user = User {
            id: text("é"),
            first_name: Given::Other,
            last_name: Given::Texts(vec!["b".to_owned(), "c".to_owned()]),
            password: Given::Other,
            groups: Given::Other,
            others: vec!["more".to_owned()],
            ..User::default()
        };
        assert_eq!(read(body), Some(Sent::User(Box::new(user))));
    }

    #[test]
    fn what_is_set() {
        for unset in [Given::Nothing, text(""), text(" \u{a0}\n")] {
            assert!(!unset.is_set(), "{unset:?}");
        }
        for set in [text(" a"), Given::Texts(Vec::new()), Given::Other] {
            assert!(set.is_set(), "{set:?}");
        }
    }
}
