//! `mock-server test`

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tessera_mock::{Server, Settings, trust};
use tessera_vectors::http::{Request, Target};
use tessera_vectors::run;
use tessera_vectors::vector::{Case, Suite};
use url::Url;

use super::{Failure, runtime_beside, say};

/// The status of a run that was none: nothing is said of any case.
const NOT_RUN: u8 = 2;
/// How many cases run side by side. They spend their time waiting.
const AT_ONCE: usize = 8;

#[derive(Args)]
pub(super) struct Arguments {
    /// The files of vectors
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// The server to test; without it one is started for the run
    #[arg(long, value_name = "URL")]
    base: Option<Url>,

    /// The server's root key, which makes the organizations of the cases [default: the demo's]
    #[arg(
        long,
        value_name = "KEY",
        env = "TESSERA_ROOT_KEY",
        hide_env_values = true,
        value_parser = NonEmptyStringValueParser::new()
    )]
    root_key: Option<String>,

    /// Run only the cases with this text in `vendor::name`
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    filter: String,

    /// The Host to ask for [default: that of the base]
    #[arg(long, value_name = "HOST", requires = "base")]
    host_header: Option<String>,

    /// The certificate authorities to trust, a PEM file [default: the system's]
    #[arg(long, value_name = "FILE", requires = "base")]
    ca: Option<PathBuf>,

    /// Report in JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> ExitCode {
    match outcomes(arguments) {
        Ok(outcomes) => {
            report(&outcomes, arguments.json);
            if outcomes.iter().all(Outcome::has_passed) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(failure) => failure.told(NOT_RUN.into()),
    }
}

/// What came of one case.
struct Outcome {
    name: String,
    source: String,
    failure: Option<String>,
}

impl Outcome {
    fn has_passed(&self) -> bool {
        self.failure.is_none()
    }
}

fn outcomes(arguments: &Arguments) -> Result<Vec<Outcome>, Failure> {
    let suites: Vec<Suite> =
        arguments.files.iter().map(|file| Suite::read(file).map_err(Failure::new)).collect::<Result<_, _>>()?;
    let named = suites.iter().flat_map(|suite| suite.cases.iter().map(move |case| (name(suite, case), suite, case)));
    let cases: Vec<_> = named.filter(|(name, ..)| name.contains(&arguments.filter)).collect();
    if cases.is_empty() {
        return Err(Failure::new(format_args!("no case has {:?} in its name", arguments.filter)));
    }
    let root_key = arguments.root_key.clone().unwrap_or(Settings::default().root_key);
    // dropped, the server stops
    let (_running, target) = if let Some(base) = &arguments.base {
        (None, target(base, arguments)?)
    } else {
        let runtime = runtime_beside()?;
        let settings = Settings { root_key: root_key.clone(), ..Settings::default() };
        let server = runtime.block_on(Server::start(settings)).map_err(Failure::new)?;
        let target = Target::new(&server.url());
        (Some((server, runtime)), target)
    };
    let outcome = |(name, suite, case): &(String, &Suite, &Case)| {
        let failure = run::case(&target, &root_key, suite, case, &run::uniq()).failure;
        Outcome { name: name.clone(), source: case.source.clone(), failure }
    };
    Ok(side_by_side(&cases, outcome))
}

fn name(suite: &Suite, case: &Case) -> String {
    format!("{}::{}", suite.vendor, case.name)
}

/// The server at an address, which answers something there.
fn target(base: &Url, arguments: &Arguments) -> Result<Target, Failure> {
    let mut target = Target::new(base.as_str());
    if base.scheme() == "https" {
        target = target.trusting(trust(arguments.ca.as_deref()).map_err(Failure::new)?);
    }
    if let Some(host) = &arguments.host_header {
        target = target.host(host);
    }
    let answered = target.send(&Request::new("GET", "/"));
    answered.map_err(|error| Failure::new(format_args!("nothing answers at {base}: {error}")))?;
    Ok(target)
}

/// Does something with each item, some at a time, and gives what came of them in their order.
fn side_by_side<T: Sync, R: Send>(items: &[T], act: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(items.len()) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { break };
                    let result = act(item);
                    done.lock().push((index, result));
                }
            });
        }
    });
    let mut done = done.into_inner();
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

fn report(outcomes: &[Outcome], as_json: bool) {
    let passed = outcomes.iter().filter(|outcome| outcome.has_passed()).count();
    let failed = outcomes.len() - passed;
    if as_json {
        let cases: Vec<Value> = outcomes
            .iter()
            .map(|Outcome { name, source, failure }| json!({"name": name, "source": source, "failure": failure}))
            .collect();
        return say(format_args!("{:#}", json!({"passed": passed, "failed": failed, "cases": cases})));
    }
    for Outcome { name, source, failure } in outcomes {
        if let Some(why) = failure {
            say(format_args!("FAIL {name}: {why}\n  source:   {source}"));
        }
    }
    let noun = if outcomes.len() == 1 { "case" } else { "cases" };
    say(format_args!("{} {noun}: {passed} passed, {failed} failed", outcomes.len()));
}
