//! Runs every vector as a test of its own, on each host, compares what the hosts answered, and what is said of the requests
//! without a host.

use std::path::Path;
use std::process::ExitCode;

use contract::{documents, files, trials, verdicts};
use libtest_mimic::Arguments;

fn main() -> ExitCode {
    let code = trials::run(files::read_all(), Vec::new());
    let arguments = Arguments::from_args();
    if code != ExitCode::SUCCESS || arguments.list || arguments.filter.is_some() || !arguments.skip.is_empty() {
        return code;
    }
    let verdicts = verdicts::conclude(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("verdicts.json"));
    for concluded in [verdicts, documents::conclude()] {
        match concluded {
            Ok(told) => eprintln!("{told}"),
            Err(why) => {
                eprintln!("{why}");
                return ExitCode::FAILURE;
            }
        }
    }
    code
}
