//! What one dialect writes, every other shows: a case for each ordered pair of dialects and each matter that both tell
//! of, its expectations those of `docs/mapping.md`. Where a dialect does not write a matter, or does not show it, the
//! reason stands in place of the case.

#![expect(clippy::missing_docs_in_private_items, reason = "the modules say what they hold")]

use std::collections::BTreeSet;
use std::process::ExitCode;

use call::{DIALECTS, Dialect};
use contract::trials;
use contract::vector::{Case, Step, Suite};
use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

mod call;
mod groups;
mod keys;
mod organizations;
mod passwords;
mod roles;
mod tokens;
mod users;

/// Why there is no case.
type Reason = &'static str;

/// What a dialect does to a matter: steps, and how the matter then stands, one after the other.
type Stages<S> = Vec<(Vec<Step>, S)>;

/// Something that several dialects tell of.
struct Matter<S> {
    name: &'static str,
    /// The members of the case's organization.
    org: Value,
    /// What a dialect writes.
    writes: fn(Dialect) -> Result<Stages<S>, Reason>,
    /// What a dialect shows of how the matter stands.
    shows: fn(Dialect, &S) -> Result<Vec<Step>, Reason>,
}

/// A pair of a matter: the dialect that writes, the dialect that shows, and the case or why there is none.
struct Pair {
    matter: &'static str,
    writer: Dialect,
    reader: Dialect,
    case: Result<Case, Reason>,
}

impl<S> Matter<S> {
    fn new(
        name: &'static str,
        writes: fn(Dialect) -> Result<Stages<S>, Reason>,
        shows: fn(Dialect, &S) -> Result<Vec<Step>, Reason>,
    ) -> Self {
        Self { name, org: json!({}), writes, shows }
    }

    fn pairs(&self) -> Vec<Pair> {
        let readers = |writer| DIALECTS.map(|reader| (writer, reader));
        let pair = |(writer, reader)| Pair { matter: self.name, writer, reader, case: self.case(writer, reader) };
        DIALECTS.into_iter().flat_map(readers).map(pair).collect()
    }

    fn case(&self, writer: Dialect, reader: Dialect) -> Result<Case, Reason> {
        let mut steps = Vec::new();
        for (written, state) in (self.writes)(writer)? {
            steps.extend(written);
            steps.extend((self.shows)(reader, &state)?);
        }
        Ok(Case {
            name: format!("{}-of-{}-in-{}", self.name, writer.name(), reader.name()),
            source: "docs/mapping.md".to_owned(),
            org: self.org.clone(),
            other_org: Value::Null,
            steps,
        })
    }
}

fn pairs() -> Vec<Pair> {
    [
        users::matter().pairs(),
        users::without_email().pairs(),
        users::deletion().pairs(),
        keys::matter().pairs(),
        keys::revocation().pairs(),
        tokens::matter().pairs(),
        groups::matter().pairs(),
        passwords::matter().pairs(),
        roles::matter().pairs(),
        organizations::matter().pairs(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn main() -> ExitCode {
    let cases = pairs().into_iter().filter_map(|pair| pair.case.ok()).collect();
    let suite = Suite { vendor: "pairs".to_owned(), setup: Vec::new(), cases };
    let coverage = Trial::test("every_pair_has_a_case", || every_pair_has_a_case().map_err(Failed::from));
    trials::run(Ok(vec![suite]), vec![coverage])
}

/// No dialect is left out, and no pair of dialects is without a case.
fn every_pair_has_a_case() -> Result<(), String> {
    let served: BTreeSet<&str> = tessera_api::routes().iter().map(|route| route.dialect).collect();
    let known: BTreeSet<&str> = DIALECTS.iter().map(|dialect| dialect.name()).collect();
    if served != known {
        return Err(format!("the dialects are {served:?}, and the pairs are of {known:?}"));
    }
    let pairs = pairs();
    let mut lacking = Vec::new();
    for (writer, reader) in DIALECTS.into_iter().flat_map(|writer| DIALECTS.map(|reader| (writer, reader))) {
        let of_both = pairs.iter().filter(|pair| pair.writer == writer && pair.reader == reader);
        if of_both.clone().all(|pair| pair.case.is_err()) {
            let reasons = of_both.filter_map(|pair| Some(format!("{}: {}", pair.matter, pair.case.as_ref().err()?)));
            let reasons: Vec<String> = reasons.collect();
            lacking.push(format!("{} in {}: {}", writer.name(), reader.name(), reasons.join("; ")));
        }
    }
    if lacking.is_empty() { Ok(()) } else { Err(lacking.join("\n")) }
}
