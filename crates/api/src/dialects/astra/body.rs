//! Reading a body: its form first (problem 8), then what its members may be (problem 9), then whether they fit what is
//! there (problem 10).

use std::collections::HashSet;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value};

use super::error::{Error, Field};
use super::media::Resource;
use crate::endpoint::Received;
use crate::json;
use crate::members::{Fault, Given, Members, Type};

/// The longest text of a member with no length of its own, in characters: what a row can hold has its bounds.
const MAX_TEXT: usize = 4096;
/// The longest labels, and the longest keys, in bytes of JSON.
const MAX_JSON: usize = 1_000_000;

/// A body that is being read.
pub(super) struct Body {
    members: Members,
    invalid: Vec<Field>,
    conflicts: Vec<Field>,
}

impl Body {
    /// Opens the body of a call, whose `type` and `version` must be the resource's.
    pub(super) fn open(call: &Received, resource: &Resource) -> Result<Self, Error> {
        let mut members = Members::parse(call.body()?)?;
        let kind = members.word("type", &[resource.media], |word| (word == resource.media).then_some(()));
        members.require("type", kind, Type::Text);
        let version =
            members.word("version", resource.versions, |word| resource.versions.contains(&word).then_some(()));
        members.require("version", version, Type::Text);
        Ok(Self { members, invalid: Vec::new(), conflicts: Vec::new() })
    }

    /// Takes a text.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        self.text_of(name, 0, MAX_TEXT)
    }

    /// Takes a text of so many characters.
    pub(super) fn text_of(&mut self, name: &str, least: usize, most: usize) -> Option<String> {
        let text = self.members.text(name);
        let text = self.members.non_null(name, text, Type::Text)?;
        if !(least..=most).contains(&text.chars().count()) {
            self.members.note(name, Fault::Value("length", format!("{least} to {most} characters")));
            return None;
        }
        if text.contains('\0') {
            self.invalid(name, "must be free of NUL, which the store's JSON cannot hold");
        }
        Some(text)
    }

    /// Takes the words "true" and "false".
    pub(super) fn flag(&mut self, name: &str) -> Option<bool> {
        self.word(name, &["true", "false"], |word| match word {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        })
    }

    /// Takes one of a set of words.
    pub(super) fn word<T>(&mut self, name: &str, words: &[&str], parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let word = self.members.word(name, words, parse);
        self.members.non_null(name, word, Type::Text)
    }

    /// Leaves texts alone that stand so already: what another dialect wrote may come back, whether it could be written here or
    /// not.
    pub(super) fn leave<'a>(&mut self, names: &[&str], stands: impl Fn(&str) -> Option<&'a str>) {
        for name in names {
            if stands(name).is_some_and(|stands| self.members.is_text(name, stands)) {
                self.members.take(name);
            }
        }
    }

    /// Notes that a member is missing which must be there.
    pub(super) fn require<T>(&mut self, name: &str, value: Option<T>) -> Option<T> {
        self.members.require(name, value.map_or(Given::Absent, Given::Value), Type::Text)
    }

    /// Takes texts that the server owns, and drops them.
    pub(super) fn ignore(&mut self, names: &[&str]) {
        for name in names {
            self.text(name);
        }
    }

    /// Takes the labels of `metadata`, whose other members the server owns: JSON.
    pub(super) fn labels(&mut self) -> Option<String> {
        let metadata = self.members.object("metadata");
        let mut metadata = self.members.non_null("metadata", metadata, Type::Object)?;
        let labels = metadata.array("labels");
        let labels = metadata.non_null("labels", labels, Type::Array);
        let is_label = |label: &Value| {
            label.as_object().is_some_and(|label| {
                let is_text = |name| label.get(name).and_then(Value::as_str).is_some_and(|text| !text.contains('\0'));
                label.len() == 2 && is_text("name") && is_text("value")
            })
        };
        let labels = labels.map(|labels| {
            let is_good = labels.iter().all(is_label);
            let json = json::text(&Value::Array(labels));
            if !is_good || json.len() > MAX_JSON {
                let wanted = "objects of two strings, name and value".to_owned();
                metadata.note("labels", Fault::Value("labels", wanted));
            }
            json
        });
        self.members.put_back(metadata);
        labels
    }

    /// Takes an object of texts, none of another name than these.
    pub(super) fn texts(&mut self, name: &str, names: &[&str]) -> Option<Vec<String>> {
        let object = self.members.object(name);
        let mut object = self.members.non_null(name, object, Type::Object)?;
        let texts = names
            .iter()
            .map(|name| {
                let text = object.text(name);
                let text = object.non_null(name, text, Type::Text).unwrap_or_default();
                if text.chars().count() > MAX_TEXT || text.contains('\0') {
                    object
                        .note(name, Fault::Value("length", format!("at most {MAX_TEXT} characters, none of them NUL")));
                }
                text
            })
            .collect();
        object.refuse_others();
        self.members.put_back(object);
        Some(texts)
    }

    /// Takes an array of texts, no two alike: JSON.
    pub(super) fn words(&mut self, name: &str) -> Option<Vec<String>> {
        let array = self.members.array(name);
        let array = self.members.non_null(name, array, Type::Array)?;
        let words: Option<Vec<String>> = array.iter().map(|word| word.as_str().map(str::to_owned)).collect();
        let is_set = |words: &Vec<String>| {
            let mut seen = HashSet::new();
            words.iter().all(|word| seen.insert(word))
        };
        let is_short = |words: &Vec<String>| words.iter().map(String::len).sum::<usize>() < MAX_JSON;
        let words = words.filter(is_set).filter(is_short);
        if words.is_none() {
            self.members.note(name, Fault::Value("set", "an array of strings, no two alike".to_owned()));
        }
        words
    }

    /// Takes an object of texts in base64.
    pub(super) fn keys(&mut self, name: &str) -> Option<Map<String, Value>> {
        let keys = self.members.take(name);
        let Value::Object(keys) = self.members.non_null(name, keys, Type::Object)? else {
            self.members.note(name, Fault::Type(Type::Object));
            return None;
        };
        let is_key = |key: &Value| key.as_str().is_some_and(|key| BASE64_STANDARD.decode(key).is_ok());
        let length: usize = keys.iter().map(|(name, key)| name.len() + key.as_str().map_or(0, str::len)).sum();
        if !keys.values().all(is_key) || length > MAX_JSON {
            self.members.note(name, Fault::Value("base64", "an object of strings in base64".to_owned()));
        }
        Some(keys)
    }

    /// Notes that a member breaks a rule; the first that it breaks is told.
    pub(super) fn invalid(&mut self, name: &str, reason: &str) {
        if self.invalid.iter().all(|field| field.name != name) {
            self.invalid.push(Field::new(name, reason));
        }
    }

    /// Notes that a member differs which may not; what it is need not be known.
    pub(super) fn fixed(&mut self, name: &str, given: Option<&str>, stands: Option<&str>) {
        if given.zip(stands).is_some_and(|(given, stands)| given != stands) {
            self.conflicts.push(Field::new(name, "cannot be changed"));
        }
    }

    /// Ends the reading: every fault that was noted, if any.
    pub(super) fn finish(mut self) -> Result<(), Error> {
        self.members.refuse_others();
        self.members.finish()?;
        if !self.invalid.is_empty() {
            return Err(Error::Invalid(self.invalid));
        }
        if self.conflicts.is_empty() { Ok(()) } else { Err(Error::Conflict(self.conflicts)) }
    }
}

/// A text member of a body that is not read yet, for what decides who may send it.
pub(super) fn peek(call: &Received, name: &str) -> Option<String> {
    let body: Value = serde_json::from_slice(call.body().ok()?).ok()?;
    body.get(name)?.as_str().map(str::to_owned)
}
