//! `cargo xtask console`: the console's files, in `console/dist`. They are in the repository, so that mock-server, which has
//! them inside, is built with Rust alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::edge::remove;
use crate::stamp::files;
use crate::{process, tools, workspace};

/// Builds them.
pub(crate) fn build() -> Result<()> {
    build_into(&dist())
}

/// Fails if they are not what the sources make.
pub(crate) fn check() -> Result<()> {
    let built = workspace::target().join("console");
    build_into(&built)?;
    let dist = dist();
    if contents(&dist)? != contents(&built)? {
        bail!("console/dist is not what its sources make: run `cargo xtask console`, and commit what it built");
    }
    Ok(())
}

fn build_into(folder: &Path) -> Result<()> {
    let source = source();
    tools::node()?;
    tools::npm_packages_of(&source)?;
    let program = |name: &str| {
        let mut command = Command::new(source.join("node_modules/.bin").join(name));
        command.current_dir(&source);
        command
    };
    process::run(&mut program("tsc"))?;
    remove(folder)?;
    // the Worker serves the folder from its root
    let mut vite = program("vite");
    vite.args(["build", "--logLevel", "warn", "--emptyOutDir", "--outDir"]).arg(folder.join("console"));
    process::run(&mut vite)?;
    fs::copy(source.join("_headers"), folder.join("_headers"))?;
    Ok(())
}

/// Every file of a folder: its path there, and what it holds.
fn contents(folder: &Path) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let read = |file: PathBuf| Ok((file.strip_prefix(folder)?.to_owned(), fs::read(&file)?));
    files(folder)?.into_iter().map(read).collect()
}

fn source() -> PathBuf {
    workspace::root().join("console")
}

fn dist() -> PathBuf {
    source().join("dist")
}
