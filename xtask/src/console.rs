//! `cargo xtask console`: the console's files, in `console/dist`. They are in the repository, so that mock-server, which has
//! them inside, is built with Rust alone.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::edge::remove;
use crate::stamp::files;
use crate::{package, process, tools, workspace};

/// Where what the page asks for by the name of its content lies.
const ASSETS: &str = "console/assets";

/// Builds them.
pub(crate) fn build() -> Result<()> {
    package::build()?;
    let rules = package::folder().join("all");
    let wasm = fs::read(rules.join("validate_bg.wasm"))?;
    let mut hasher = DefaultHasher::new();
    (&wasm, fs::read(rules.join("web.js"))?).hash(&mut hasher);
    let name = format!("validate-{:016x}", hasher.finish());

    let dist = dist();
    // beside it is what `cargo xtask openapi` makes
    remove(&dist.join("console"))?;
    let folder = dist.join(ASSETS).join(name);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("validate_bg.wasm"), wasm)?;
    fs::copy(rules.join("web.js"), folder.join("validate.js"))?;
    build_around(&dist)
}

/// Fails if they are not what the sources make. Another compiler makes other WebAssembly, and so the rules are held not to
/// their bytes but to what they say.
pub(crate) fn check() -> Result<()> {
    package::build()?;
    process::run(Command::new("node").args(["--test", "rules.test.mjs"]).current_dir(source()))?;
    let (dist, built) = (dist(), workspace::target().join("console"));
    remove(&built)?;
    let assets = dist.join(ASSETS);
    for file in files(&assets)?.iter().filter(|file| file.parent() != Some(&assets)) {
        let copy = built.join(file.strip_prefix(&dist)?);
        copy.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::copy(file, copy)?;
    }
    build_around(&built)?;
    if contents(&dist)? != contents(&built)? {
        bail!("console/dist is not what its sources make: run `cargo xtask console`, and commit what it built");
    }
    Ok(())
}

/// Builds the page into a folder that has the rules.
fn build_around(folder: &Path) -> Result<()> {
    let source = source();
    tools::node()?;
    tools::npm_packages_of(&source)?;
    let program = |name: &str| {
        let mut command = Command::new(source.join("node_modules/.bin").join(name));
        command.current_dir(&source);
        command
    };
    process::run(&mut program("tsc"))?;
    // the Worker serves the folder from its root
    let mut vite = program("vite");
    vite.args(["build", "--logLevel", "warn", "--emptyOutDir", "false", "--outDir"]).arg(folder.join("console"));
    process::run(&mut vite)?;
    fs::copy(source.join("_headers"), folder.join("_headers"))?;
    Ok(())
}

/// Every file of a folder but the reference's, which another chore makes: its path there, and what it holds.
fn contents(folder: &Path) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let reference = folder.join("openapi");
    let read = |file: PathBuf| Ok((file.strip_prefix(folder)?.to_owned(), fs::read(&file)?));
    files(folder)?.into_iter().filter(|file| !file.starts_with(&reference)).map(read).collect()
}

fn source() -> PathBuf {
    workspace::root().join("console")
}

fn dist() -> PathBuf {
    source().join("dist")
}
