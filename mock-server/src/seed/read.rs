//! Reading a seed of YAML: every fault with its line and column.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_saphyr::granit_parser::{Event, Parser};
use serde_saphyr::{Error, MessageFormatter as _, UserMessageFormatter};
use tessera_api::suggest::nearest;

use super::{Problem, Seed, SeedError};

impl Seed {
    /// Reads a seed of YAML and checks it.
    pub fn read(text: &str) -> Result<Self, SeedError> {
        let options = serde_saphyr::options! { with_snippet: false };
        let read: Result<Self, Error> = serde_saphyr::from_str_with_options(text, options);
        let seed = read.map_err(|error| SeedError { problems: vec![told(&error)] })?;
        seed.check().map_err(|error| error.located(text))?;
        Ok(seed)
    }

    /// Reads a seed of YAML, checks it, and tries it out.
    pub async fn read_and_try(text: &str) -> Result<Self, SeedError> {
        let seed = Self::read(text)?;
        seed.try_out().await.map_err(|error| error.located(text))?;
        Ok(seed)
    }
}

impl SeedError {
    /// The same, each fault with its place in the text that the seed was read of.
    #[must_use]
    pub fn located(mut self, text: &str) -> Self {
        let places = places(text);
        for problem in self.problems.iter_mut().filter(|problem| problem.place.is_none()) {
            // a value that is left out has no place; what it is left out of has
            let mut pointer = problem.pointer.as_str();
            problem.place = loop {
                match (places.get(pointer), pointer.rsplit_once('/')) {
                    (Some(place), _) => break Some(*place),
                    (None, Some((parent, _))) => pointer = parent,
                    (None, None) => break None,
                }
            };
        }
        self.problems.sort_by_key(|problem| problem.place);
        self
    }
}

/// A fault of the text itself, or of a value's form.
fn told(error: &Error) -> Problem {
    let location = error.location();
    let place = location.map(|location| (location.line(), location.column()));
    let message = match innermost(error) {
        Error::SerdeUnknownField { field, expected, .. } => {
            let mut message = format!("there is no member `{field}` here");
            suggest(&mut message, field, expected);
            message
        }
        Error::SerdeUnknownVariant { variant, expected, .. } => {
            let mut message = format!("`{variant}` is none of {}", expected.join(", "));
            suggest(&mut message, variant, expected);
            message
        }
        Error::SerdeMissingField { field, .. } => format!("the member `{field}` is missing"),
        other => UserMessageFormatter.format_message(other).into_owned(),
    };
    Problem { place: place.or(Some((1, 1))), pointer: String::new(), message }
}

fn innermost(error: &Error) -> &Error {
    match error {
        Error::AliasError { error, .. } | Error::WithSnippet { error, .. } => innermost(error),
        error => error,
    }
}

/// Adds which of the known names come near.
pub(super) fn suggest<'a>(
    message: &mut String,
    name: &str,
    known: impl IntoIterator<Item = &'a (impl AsRef<str> + ?Sized + 'a)>,
) {
    let near = nearest(name, known.into_iter().map(AsRef::as_ref));
    if !near.is_empty() {
        let _ = write!(message, "; did you mean {}?", near.join(", "));
    }
}

/// A collection that has begun.
enum Open {
    /// A mapping, and the key whose value comes next.
    Mapping(Option<String>),
    /// A sequence, and the index that comes next.
    Sequence(usize),
}

/// Where each value of a text stands, by its JSON pointer.
fn places(text: &str) -> BTreeMap<String, (u64, u64)> {
    let mut places = BTreeMap::new();
    // each collection with its pointer
    let mut open: Vec<(Open, String)> = Vec::new();
    for event in Parser::new_from_str(text) {
        let Ok((event, span)) = event else { break };
        if matches!(event, Event::MappingEnd | Event::SequenceEnd) {
            open.pop();
            continue;
        }
        if !event.is_node() {
            continue;
        }
        let pointer = match open.last_mut() {
            None => String::new(),
            Some((Open::Mapping(key @ None), parent)) => {
                let name = event.scalar().map(|(name, _)| name.replace('~', "~0").replace('/', "~1"));
                *key = Some(name.unwrap_or_default());
                if event.scalar().is_some() || event.is_alias() {
                    continue;
                }
                // a collection for a key: no seed has one
                parent.clone()
            }
            Some((Open::Mapping(key), parent)) => format!("{parent}/{}", key.take().unwrap_or_default()),
            Some((Open::Sequence(next), parent)) => {
                *next += 1;
                format!("{parent}/{}", *next - 1)
            }
        };
        let number = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        places.insert(pointer.clone(), (number(span.start.line()), number(span.start.col()) + 1));
        match event {
            Event::MappingStart(..) => open.push((Open::Mapping(None), pointer)),
            Event::SequenceStart(..) => open.push((Open::Sequence(0), pointer)),
            _ => {}
        }
    }
    places
}

#[cfg(test)]
mod tests;
