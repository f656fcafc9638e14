//! Runs cases as tests of their own, on each host, and compares what the hosts answered.

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};

use crate::hosts::{self, Host};
use crate::vector::{Case, Suite};
use crate::{compare, documents, run, verdicts};

/// How many cases run side by side unless `--test-threads` says otherwise. They spend their time waiting.
const THREADS: usize = 8;

/// Runs every case of the suites, and further tests, as the arguments of the program say.
pub fn run(suites: Result<Vec<Suite>, String>, further: Vec<Trial>) -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(THREADS);
    let suites = match suites {
        Ok(suites) => suites,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::FAILURE;
        }
    };
    if hosts::edge().is_none() && !arguments.list {
        eprintln!("TESSERA_EDGE_URL is not set: the cases run on the native host alone, and nothing is compared.");
    }
    let trials = suites.into_iter().enumerate().flat_map(|(at, suite)| trials(at, suite)).chain(further).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trials(file: usize, suite: Suite) -> Vec<Trial> {
    let suite = Arc::new(suite);
    let trial = |(at, case): (usize, &Case)| {
        let (suite, case) = (Arc::clone(&suite), case.clone());
        Trial::test(format!("{}::{}", suite.vendor, case.name), move || {
            check(&suite, &case, (file, at)).map_err(Failed::from)
        })
    };
    suite.cases.iter().enumerate().map(trial).collect()
}

/// Runs a case, which stands at this place of the file at that, on each host, all with the same names, and then compares the
/// answers.
fn check(suite: &Suite, case: &Case, place: (usize, usize)) -> Result<(), String> {
    let (hosts, root_key, uniq) = (hosts::all()?, hosts::root_key(), run::uniq());
    let runs: Vec<(&Host, run::Run)> =
        hosts.iter().map(|host| (host, run::case(&host.target(), &root_key, suite, case, &uniq))).collect();
    let mut reports: Vec<String> =
        runs.iter().filter_map(|(host, run)| run.failure.as_ref().map(|why| format!("{}: {why}", host.name))).collect();
    // the first is the native host
    reports.extend(runs.first().and_then(|(_, run)| verdicts::difference(run)));
    reports.extend(runs.first().and_then(|(_, run)| documents::difference(place, run)));
    if let [(one, ours), (other, theirs)] = runs.as_slice() {
        reports.extend(compare::difference([one.name, other.name], [&one.base, &other.base], [ours, theirs]));
    }
    if reports.is_empty() { Ok(()) } else { Err(format!("{}\nsource: {}", reports.join("\n"), case.source)) }
}
