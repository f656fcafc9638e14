//! The pages' tests in headless Chromium, `tests/browser`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result, bail};
use nix::unistd::Uid;

use crate::{package, process, tools, workspace};

/// What Chromium's program is called.
const NAMES: &[&str] = &["chromium", "chromium-browser", "google-chrome"];

/// Runs them against the Worker at this address, and against mock-servers that they start themselves from what
/// `cargo test` has compiled.
pub(crate) fn test(edge: &str) -> Result<()> {
    tools::node()?;
    tools::npm_packages()?;
    let mut command = Command::new("node");
    command.args(["--test", "--test-reporter=spec"]).args(tests()?).current_dir(workspace::root());
    command
        .env("CHROMIUM", chromium()?)
        .env("TESSERA_MOCK_SERVER", workspace::target().join("debug/mock-server"))
        .env("TESSERA_EDGE_URL", edge)
        .env("TESSERA_VERDICTS", package::verdicts());
    process::run(&mut command)
}

fn tests() -> Result<Vec<PathBuf>> {
    let folder = workspace::root().join("tests/browser");
    let mut files = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    files.retain(|file| file.to_string_lossy().ends_with(".test.mjs"));
    files.sort();
    Ok(files)
}

/// Chromium, installed where it is missing and that can be done without asking.
fn chromium() -> Result<PathBuf> {
    if let Some(path) = env::var_os("CHROMIUM") {
        return Ok(path.into());
    }
    if let Some(path) = on_path(NAMES) {
        return Ok(path);
    }
    let Some(apt) = on_path(&["apt-get"]).filter(|_| Uid::effective().is_root()) else {
        bail!("Chromium is missing: install it (on Debian, `apt-get install chromium`), or name it by CHROMIUM");
    };
    println!("      installing Chromium (once, a minute)");
    process::run_quietly(Command::new(&apt).arg("update"))?;
    let install = ["install", "--yes", "--no-install-recommends", "chromium"];
    process::run_quietly(Command::new(&apt).args(install).env("DEBIAN_FRONTEND", "noninteractive"))?;
    on_path(NAMES).context("Chromium was installed, and is not on the PATH")
}

fn on_path(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    let candidates = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    candidates.into_iter().find(|candidate| Path::is_file(candidate))
}
