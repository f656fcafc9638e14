//! Reading a mapping: a JSON value that knows where it stands, so that a refusal can say it.

use serde_json::Value;

/// Why a mapping or a request pattern is refused: where in it, and what is wrong there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {title}")]
pub struct StubError {
    /// A JSON pointer.
    pub pointer: String,
    /// What is wrong, in a sentence.
    pub title: String,
}

/// A value and where it stands.
pub(super) struct Node<'a> {
    pointer: String,
    pub(super) value: &'a Value,
}

impl<'a> Node<'a> {
    pub(super) fn root(value: &'a Value) -> Self {
        Self { pointer: String::new(), value }
    }

    fn below(&self, step: &str, value: &'a Value) -> Self {
        let step = step.replace('~', "~0").replace('/', "~1");
        Self { pointer: format!("{}/{step}", self.pointer), value }
    }

    pub(super) fn wrong(&self, title: impl Into<String>) -> StubError {
        StubError { pointer: self.pointer.clone(), title: title.into() }
    }

    /// The refusal of a member that stands for something that is not done here.
    pub(super) fn unknown(&self, what: &str) -> StubError {
        self.wrong(format!("this server has no such {what}"))
    }

    /// An object's members. One that is null counts as left out, as it does for WireMock.
    pub(super) fn members(&self) -> Result<Vec<(&'a str, Self)>, StubError> {
        let members = self.value.as_object().ok_or_else(|| self.wrong("it must be an object"))?;
        let given = members.iter().filter(|(_, value)| !value.is_null());
        Ok(given.map(|(name, value)| (name.as_str(), self.below(name, value))).collect())
    }

    pub(super) fn items(&self) -> Result<Vec<Self>, StubError> {
        let items = self.value.as_array().ok_or_else(|| self.wrong("it must be an array"))?;
        Ok(items.iter().enumerate().map(|(at, value)| self.below(&at.to_string(), value)).collect())
    }

    pub(super) fn text(&self) -> Result<&'a str, StubError> {
        self.value.as_str().ok_or_else(|| self.wrong("it must be a string"))
    }

    pub(super) fn flag(&self) -> Result<bool, StubError> {
        self.value.as_bool().ok_or_else(|| self.wrong("it must be true or false"))
    }

    /// An integer from 0 up to this one.
    pub(super) fn integer(&self, most: u32) -> Result<u32, StubError> {
        let integer = self.value.as_u64().and_then(|integer| u32::try_from(integer).ok());
        let integer = integer.filter(|integer| *integer <= most);
        integer.ok_or_else(|| self.wrong(format!("it must be an integer from 0 to {most}")))
    }
}
