//! Reading a JSON body member by member, with every fault noted, none only the first.

use serde_json::{Map, Value};
use tessera_directory::Timestamp;

use crate::{time, watch};

/// The most faults of one object that are told. A body of 8 MiB has room for millions, and an answer with all of them
/// would be hundreds of times its size.
const MAX_PROBLEMS: usize = 100;

/// What is wrong at one place of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The way to the place: member names and array indices.
    pub(crate) path: Vec<String>,
    /// What is wrong there.
    pub(crate) fault: Fault,
}

/// What can be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The body is not JSON, from this byte on.
    NotJson(usize),
    /// There is no body.
    Empty,
    /// A member that must be there is not.
    Missing,
    /// A member that nobody knows.
    Unknown,
    /// A value of another type than this.
    Type(Type),
    /// A value that breaks a rule: its code, and what it should be.
    Value(&'static str, String),
}

/// The type that a value should have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Object,
    Array,
    Text,
    Integer,
    Boolean,
    Time,
}

/// A member that may be left out, or null.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Given<T> {
    /// Left out, or at fault (which is noted).
    #[default]
    Absent,
    /// Null.
    Null,
    /// There.
    Value(T),
}

impl<T> Given<T> {
    /// The value, if there is one.
    pub(crate) fn value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// What a change makes of it: nothing, or a new value or none.
    pub(crate) fn change(self) -> Option<Option<T>> {
        match self {
            Self::Absent => None,
            Self::Null => Some(None),
            Self::Value(value) => Some(Some(value)),
        }
    }

    fn and_then<U>(self, read: impl FnOnce(T) -> Option<U>) -> Given<U> {
        match self {
            Self::Absent => Given::Absent,
            Self::Null => Given::Null,
            Self::Value(value) => read(value).map_or(Given::Absent, Given::Value),
        }
    }
}

/// The members of a JSON object, taken one by one.
pub(crate) struct Members {
    path: Vec<String>,
    left: Map<String, Value>,
    problems: Vec<Problem>,
}

impl Members {
    /// Reads a body that must be a JSON object.
    #[inline(never)]
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Problem> {
        let at_root = |fault| Problem { path: Vec::new(), fault };
        if body.iter().all(u8::is_ascii_whitespace) {
            return Err(at_root(Fault::Empty));
        }
        match serde_json::from_slice(body) {
            Ok(Value::Object(members)) => Ok(Self { path: Vec::new(), left: members, problems: Vec::new() }),
            Ok(_) => Err(at_root(Fault::Type(Type::Object))),
            Err(error) => Err(at_root(Fault::NotJson(offset(body, &error)))),
        }
    }

    /// The members of an object that was read already.
    pub(crate) fn of(members: Map<String, Value>) -> Self {
        Self { path: Vec::new(), left: members, problems: Vec::new() }
    }

    /// Whether any fault was noted so far.
    pub(crate) fn has_problems(&self) -> bool {
        !self.problems.is_empty()
    }

    /// Notes a fault of a member.
    #[inline(never)]
    pub(crate) fn note(&mut self, name: &str, fault: Fault) {
        self.note_at(&[name], fault);
    }

    /// Notes a fault of a place below a member.
    #[inline(never)]
    pub(crate) fn note_at(&mut self, names: &[&str], fault: Fault) {
        if self.problems.len() < MAX_PROBLEMS {
            let path = self.path_to(names);
            self.problems.push(Problem { path, fault });
        }
    }

    fn path_to(&self, names: &[&str]) -> Vec<String> {
        self.path.iter().cloned().chain(names.iter().map(|&name| name.to_owned())).collect()
    }

    /// Takes a member as it is.
    #[inline(never)]
    pub(crate) fn take(&mut self, name: &str) -> Given<Value> {
        match self.left.shift_remove(name) {
            None => Given::Absent,
            Some(Value::Null) => Given::Null,
            Some(value) => Given::Value(value),
        }
    }

    /// Whether a member is this very text.
    pub(crate) fn is_text(&self, name: &str, text: &str) -> bool {
        self.left.get(name).and_then(Value::as_str) == Some(text)
    }

    /// Notes a value of another type. Apart from what is generic, as are all notes, so that it is compiled once.
    #[inline(never)]
    fn note_type(&mut self, name: &str, wanted: Type) {
        self.note(name, Fault::Type(wanted));
    }

    fn typed<T>(&mut self, name: &str, wanted: Type, read: impl FnOnce(Value) -> Option<T>) -> Given<T> {
        self.take(name).and_then(|value| {
            let value = read(value);
            if value.is_none() {
                self.note_type(name, wanted);
            }
            value
        })
    }

    /// Takes a text.
    #[inline(never)]
    pub(crate) fn text(&mut self, name: &str) -> Given<String> {
        self.typed(name, Type::Text, |value| match value {
            Value::String(text) => Some(text),
            _ => None,
        })
    }

    /// Takes a text that must be one of a set of words.
    pub(crate) fn word<T>(&mut self, name: &str, words: &[&str], parse: impl FnOnce(&str) -> Option<T>) -> Given<T> {
        self.text(name).and_then(|text| {
            let value = parse(&text);
            if value.is_none() {
                self.note_word(name, words);
            }
            value
        })
    }

    #[inline(never)]
    fn note_word(&mut self, name: &str, words: &[&str]) {
        self.note(name, Fault::Value("enum", format!("one of {}", words.join(", "))));
    }

    /// Takes an integer; `2.0` is one.
    #[inline(never)]
    pub(crate) fn integer(&mut self, name: &str) -> Given<i64> {
        self.typed(name, Type::Integer, |value| {
            let number = value.as_number()?;
            number.as_i64().or_else(|| whole(number.as_f64()?))
        })
    }

    /// Takes a boolean.
    #[inline(never)]
    pub(crate) fn boolean(&mut self, name: &str) -> Given<bool> {
        self.typed(name, Type::Boolean, |value| value.as_bool())
    }

    /// Takes an RFC 3339 date-time.
    pub(crate) fn time(&mut self, name: &str) -> Given<Timestamp> {
        self.typed(name, Type::Time, |value| time::parse(value.as_str()?))
    }

    /// Takes an array.
    pub(crate) fn array(&mut self, name: &str) -> Given<Vec<Value>> {
        self.typed(name, Type::Array, |value| match value {
            Value::Array(items) => Some(items),
            _ => None,
        })
    }

    /// Takes every member that is left, each a text.
    pub(crate) fn texts(&mut self) -> Vec<(String, String)> {
        let mut texts = Vec::new();
        for (name, value) in self.rest() {
            if let Value::String(text) = value {
                texts.push((name, text));
            } else {
                self.note_type(&name, Type::Text);
            }
        }
        texts
    }

    /// Takes an object, whose own faults are noted below this one's path once it is [`Self::put_back`].
    pub(crate) fn object(&mut self, name: &str) -> Given<Members> {
        let mut path = self.path.clone();
        path.push(name.to_owned());
        self.typed(name, Type::Object, |value| match value {
            Value::Object(members) => Some(Members { path, left: members, problems: Vec::new() }),
            _ => None,
        })
    }

    /// Takes an array of objects, each of which is read.
    pub(crate) fn objects<T>(&mut self, name: &str, read: impl Fn(&mut Members) -> T) -> Given<Vec<T>> {
        let items = match self.array(name) {
            Given::Value(items) => items,
            Given::Null => return Given::Null,
            Given::Absent => return Given::Absent,
        };
        let mut taken = Vec::with_capacity(items.len());
        for (at, item) in items.into_iter().enumerate() {
            let place = [name, &at.to_string()];
            if let Value::Object(left) = item {
                let mut object = Members { path: self.path_to(&place), left, problems: Vec::new() };
                taken.push(read(&mut object));
                self.put_back(object);
            } else {
                self.note_at(&place, Fault::Type(Type::Object));
            }
        }
        Given::Value(taken)
    }

    /// Takes every member that is left, whatever it is.
    pub(crate) fn rest(&mut self) -> Map<String, Value> {
        std::mem::take(&mut self.left)
    }

    /// Takes over the faults of an object that was taken out.
    pub(crate) fn put_back(&mut self, mut object: Members) {
        self.problems.append(&mut object.problems);
        self.problems.truncate(MAX_PROBLEMS);
    }

    /// Notes a member that must be there and is not.
    pub(crate) fn require<T>(&mut self, name: &str, given: Given<T>, wanted: Type) -> Option<T> {
        match given {
            Given::Value(_) | Given::Null => self.non_null(name, given, wanted),
            Given::Absent => {
                self.note_missing(name);
                None
            }
        }
    }

    #[inline(never)]
    fn note_missing(&mut self, name: &str) {
        // what is at fault was there
        let path = self.path_to(&[name]);
        if !self.problems.iter().any(|problem| problem.path == path) {
            self.note(name, Fault::Missing);
        }
    }

    /// The value of a member that may be left out, and may not be null.
    pub(crate) fn non_null<T>(&mut self, name: &str, given: Given<T>, wanted: Type) -> Option<T> {
        match given {
            Given::Value(value) => Some(value),
            Given::Absent => None,
            Given::Null => {
                self.note_type(name, wanted);
                None
            }
        }
    }

    /// Notes every member that is left as one that nobody knows.
    #[inline(never)]
    pub(crate) fn refuse_others(&mut self) {
        for name in self.rest().keys().take(MAX_PROBLEMS) {
            self.note(name, Fault::Unknown);
        }
    }

    /// Ends the reading: every fault that was noted, if any.
    #[inline(never)]
    pub(crate) fn finish(mut self) -> Result<(), Vec<Problem>> {
        let problems = std::mem::take(&mut self.problems);
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }
}

/// What nobody took by now was sent for nothing.
impl Drop for Members {
    fn drop(&mut self) {
        watch::unread(&self.path, self.left.keys());
    }
}

/// The way to a place as RFC 6901 writes it.
pub(crate) fn pointer<'a>(path: impl Iterator<Item = &'a String>) -> String {
    path.fold(String::new(), |pointer, name| pointer + "/" + &name.replace('~', "~0").replace('/', "~1"))
}

/// The number as an integer, if it is one that a float holds exactly.
#[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^53 is an i64")]
fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0).then_some(number as i64)
}

/// Where in the text the JSON parser stopped, in bytes.
fn offset(body: &[u8], error: &serde_json::Error) -> usize {
    let before: usize =
        body.split(|&byte| byte == b'\n').take(error.line().saturating_sub(1)).map(|l| l.len() + 1).sum();
    (before + error.column()).min(body.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_so_many_faults_are_told() {
        let body = format!("{{{}}}", (0..1000).map(|n| format!("\"m{n}\":0")).collect::<Vec<_>>().join(","));
        let mut members = Members::parse(body.as_bytes()).unwrap();
        for at in 0..1000 {
            members.note_at(&["items", &at.to_string()], Fault::Type(Type::Text));
        }
        members.refuse_others();
        assert_eq!(members.finish().unwrap_err().len(), MAX_PROBLEMS);
    }

    #[test]
    fn a_member_is_missing_whatever_is_wrong_below_its_neighbour() {
        let mut members = Members::parse(b"{\"scopes\": {\"name\": 1}}").unwrap();
        members.note_at(&["scopes", "name"], Fault::Type(Type::Array));
        members.require::<String>("name", Given::Absent, Type::Text);
        members.require::<String>("name", Given::Absent, Type::Text);
        let problems = members.finish().unwrap_err();
        assert_eq!(problems.iter().filter(|problem| problem.fault == Fault::Missing).count(), 1);
    }
}
