//! `cargo xtask fuzz`: drives the targets of `tests/fuzz` by libFuzzer.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::steps::Steps;
use crate::{process, tools, workspace};

const CARGO_FUZZ: &str = "0.13.2";
/// The most memory that a target may take, in MB.
const MEMORY: &str = "-rss_limit_mb=2048";
/// The longest that one input may take, in seconds.
const PATIENCE: &str = "-timeout=20";

/// What is to be fuzzed.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The target; without one all, one after another.
    target: Option<String>,
    /// How long each.
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// Makes the seeds anew from the contract vectors instead, and keeps those that reach code of their own.
    #[arg(long, conflicts_with = "target")]
    seeds: bool,
}

/// Fuzzes, or makes the seeds.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let Some(programs) = programs()? else { return Ok(()) };
    if arguments.seeds {
        return make_seeds(&programs);
    }
    let chosen: Vec<&Program> = programs.iter().filter(|program| program.is_meant(arguments)).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = programs.iter().map(|program| program.target.as_str()).collect();
        bail!("there is no such target, but {}", names.join(", "));
    }
    let mut steps = Steps::new(chosen.len());
    for program in chosen {
        steps.step(&program.target, || program.run(arguments.seconds))?;
    }
    Ok(())
}

/// A target as libFuzzer drives it.
struct Program {
    target: String,
    path: PathBuf,
}

/// The targets' programs, built; nothing where they cannot be.
fn programs() -> Result<Option<Vec<Program>>> {
    if process::output(Command::new("c++").arg("--version")).is_err() {
        println!("      skipped: libFuzzer needs a C++ compiler, and there is no `c++`");
        return Ok(None);
    }
    let version = process::output(Command::new("rustc").arg("-vV"))?;
    let triple = version.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc tells no host")?;
    let cargo_fuzz = tools::cargo_program("cargo-fuzz", CARGO_FUZZ, "cargo-fuzz", &[])?;
    let target = workspace::target().join("fuzz");
    let mut build = Command::new(cargo_fuzz);
    build.args(["fuzz", "build", "--fuzz-dir", "tests/fuzz", "--features", "libfuzzer", "--target-dir"]).arg(&target);
    // With a sanitizer it would take a nightly compiler. There is no unsafe code of ours that it could look over.
    build.args(["--sanitizer", "none"]).current_dir(workspace::root());
    build.env("CARGO_PROFILE_RELEASE_LTO", "off").env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
    process::run_quietly(&mut build)?;
    let mut programs = Vec::new();
    for source in fs::read_dir(folder().join("targets"))? {
        let source = source?.path();
        let target_name = source.file_stem().context("a target without a name")?.to_string_lossy().into_owned();
        programs.push(Program { path: target.join(triple).join("release").join(&target_name), target: target_name });
    }
    programs.sort_by(|one, other| one.target.cmp(&other.target));
    Ok(Some(programs))
}

/// Makes the seeds of all targets of the contract vectors, and the dictionaries.
fn make_seeds(programs: &[Program]) -> Result<()> {
    let mut steps = Steps::new(programs.len() + 1);
    let made = workspace::temporary()?.join("fuzz");
    steps.step("the vectors' requests", || {
        if made.exists() {
            fs::remove_dir_all(&made)?;
        }
        let arguments = ["run", "--quiet", "--package", "tessera-fuzz", "--example", "seeds", "--"];
        process::run(Command::new("cargo").args(arguments).arg(&made).current_dir(workspace::root()))?;
        for (path, words) in contents(&made.join("dictionaries"))? {
            fs::write(folder().join("dictionaries").join(path.file_name().context("no name")?), words)?;
        }
        Ok(())
    })?;
    for program in programs {
        steps.step(&program.target, || program.keep_seeds(&made.join("seeds").join(&program.target)))?;
    }
    Ok(())
}

fn folder() -> PathBuf {
    workspace::root().join("tests/fuzz")
}

impl Program {
    fn is_meant(&self, arguments: &Arguments) -> bool {
        arguments.target.as_ref().is_none_or(|target| *target == self.target)
    }

    fn seeds(&self) -> PathBuf {
        folder().join("seeds").join(&self.target)
    }

    /// A folder of the target's own for what need not be kept.
    fn place(&self, name: &str) -> Result<PathBuf> {
        let place = workspace::target().join("fuzz").join(name).join(&self.target);
        fs::create_dir_all(&place)?;
        Ok(place)
    }

    /// Runs the target over its seeds, over what earlier runs kept, and then over what it makes of them.
    fn run(&self, seconds: u32) -> Result<()> {
        let (corpus, found) = (self.place("corpus")?, self.place("found")?);
        let log = self.place("logs")?.join("log.txt");
        let mut command = Command::new(&self.path);
        command.arg(corpus).arg(self.seeds()).args([MEMORY, PATIENCE, "-print_final_stats=1"]);
        command.arg(format!("-max_total_time={seconds}")).arg(format!("-artifact_prefix={}/", found.display()));
        let dictionary = folder().join("dictionaries").join(format!("{}.dict", self.target));
        if dictionary.exists() {
            command.arg(format!("-dict={}", dictionary.display()));
        }
        let file = fs::File::create(&log)?;
        command.stdout(file.try_clone()?).stderr(file);
        let ran = process::run(&mut command);
        let told = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
        let executions = told.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
        let covered = told.rsplit("cov: ").next().and_then(|rest| rest.split(' ').next());
        println!("      {} inputs, {} edges", executions.unwrap_or("?").trim(), covered.unwrap_or("?"));
        ran.with_context(|| {
            let tail: Vec<&str> = told.lines().rev().take(60).collect();
            let tail = tail.into_iter().rev().collect::<Vec<_>>().join("\n");
            format!("{tail}\nsomething is found; the input is in {}", found.display())
        })
    }

    /// Keeps those of the inputs in a folder as seeds that reach code of their own.
    fn keep_seeds(&self, from: &Path) -> Result<()> {
        let merged = workspace::temporary()?.join("merged");
        for folder in [&merged, &self.seeds()] {
            if folder.exists() {
                fs::remove_dir_all(folder)?;
            }
            fs::create_dir_all(folder)?;
        }
        process::run_quietly(Command::new(&self.path).args(["-merge=1", MEMORY]).arg(&merged).arg(from))?;
        let kept: BTreeSet<Vec<u8>> = contents(&merged)?.into_iter().map(|(_, input)| input).collect();
        let mut seen = BTreeSet::new();
        for (path, input) in contents(from)? {
            if kept.contains(&input) && seen.insert(input) {
                let name = path.file_name().context("a seed without a name")?;
                fs::copy(&path, self.seeds().join(name))?;
            }
        }
        println!("      {} seeds", seen.len());
        Ok(())
    }
}

/// The files of a folder by their names, with what they hold.
fn contents(folder: &Path) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let mut files = Vec::new();
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        files.push((path.clone(), fs::read(&path)?));
    }
    files.sort();
    Ok(files)
}
