//! `cargo xtask build`: the Worker, for release, in `build/`. Wrangler runs it before it serves or deploys.

use std::fs;
use std::process::Command;

use anyhow::Result;

use crate::stamp::Stamp;
use crate::{process, tools, workspace};

/// The Worker's entry, of `src`, which stands beside what it is the entry of.
const ENTRY: &str = "entry.js";

/// The Worker's modules, in `build/`, its entry first.
pub(crate) const MODULES: [&str; 3] = [ENTRY, "index.js", "index_bg.wasm"];

/// Builds the Worker with whatever that takes, unless the last build was of the same sources.
pub(crate) fn build() -> Result<()> {
    if is_built()? {
        return Ok(());
    }
    tools::node()?;
    tools::npm_packages()?;
    tools::wasm_target()?;
    compile()
}

/// Whether the last build was of these sources.
pub(crate) fn is_built() -> Result<bool> {
    Ok(stamp()?.holds())
}

/// Builds the Worker; npm's packages and the Rust target are there.
pub(crate) fn compile() -> Result<()> {
    let stamp = stamp()?;
    println!("      compiling for wasm32 (a minute or two)");
    let mut worker_build = tools::worker_build()?;
    worker_build.args(["--profile", "edge"]).env("RUSTFLAGS", tools::without_paths()?);
    process::run(worker_build.current_dir(workspace::root()))?;
    optimize()?;
    fs::copy(workspace::root().join("src").join(ENTRY), workspace::root().join("build").join(ENTRY))?;
    stamp.set()
}

/// Makes the WebAssembly smaller, and takes the functions' names out of it, a tenth of it gzipped. They stay in
/// `build/names`, by the numbers that a stack trace tells.
fn optimize() -> Result<()> {
    let mut command = Command::new(workspace::npm_program("wasm-opt"));
    // the module says which features it has, but for the one that wasm-bindgen catches exceptions with
    command.args(["-O", "--enable-exception-handling", "--symbolmap=names", "index_bg.wasm", "-o", "index_bg.wasm"]);
    let folder = workspace::root().join("build");
    process::run(command.current_dir(&folder))?;
    tools::tells_no_path(&folder.join("index_bg.wasm"))
}

fn stamp() -> Result<Stamp> {
    let root = workspace::root();
    let inputs = ["src", "crates", "Cargo.toml", "Cargo.lock", "package-lock.json"].map(|name| root.join(name));
    Stamp::new(root.join("build/.tessera-stamp"), &inputs)
}
