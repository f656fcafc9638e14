//! The tools that the chores need, installed when missing and kept: npm's in `node_modules`, cargo's in `target/tools`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result, bail, ensure};

use crate::stamp::Stamp;
use crate::{process, workspace};

/// The oldest Node.js that wrangler and Vite run on.
const NODE: (u32, u32) = (20, 19);

/// What rustc compiles the Worker for.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// Node.js and npm, which the machine must bring.
pub(crate) fn node() -> Result<()> {
    let version = process::output(Command::new("node").arg("--version"))
        .context("Node.js is missing: install version 20.19 or later")?;
    let mut numbers = version.trim().trim_start_matches('v').split('.').map_while(|number| number.parse().ok());
    if (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) < NODE {
        bail!("Node.js is too old: it is {}, and {}.{} is needed", version.trim(), NODE.0, NODE.1);
    }
    process::output(Command::new("npm").arg("--version")).context("npm is missing: it comes with Node.js")?;
    Ok(())
}

/// The packages of `package-lock.json`.
pub(crate) fn npm_packages() -> Result<()> {
    npm_packages_of(workspace::root())
}

/// The packages of the `package-lock.json` in this folder.
pub(crate) fn npm_packages_of(folder: &Path) -> Result<()> {
    let stamp = Stamp::new(folder.join("node_modules/.tessera-stamp"), &[folder.join("package-lock.json")])?;
    if stamp.holds() {
        return Ok(());
    }
    process::run_quietly(Command::new("npm").args(["ci", "--no-progress"]).current_dir(folder))?;
    stamp.set()
}

/// The Rust target of the Worker.
pub(crate) fn wasm_target() -> Result<()> {
    if rust_libraries()?.join(WASM).exists() {
        return Ok(());
    }
    process::run(Command::new("rustup").args(["target", "add", WASM]))
        .with_context(|| format!("the Rust target {WASM} is missing, and only rustup can add it"))
}

/// What has rustc leave this machine's paths out of what panics say: a crate's begin at its name, the standard library's are
/// those of whoever compiled it, whether its source is here or not.
pub(crate) fn without_paths() -> Result<String> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cargo")));
    let sources = home.context("the home of cargo is not known")?.join("registry/src");
    let folders = fs::read_dir(&sources).with_context(|| format!("cannot read {}", sources.display()))?;
    let crates = folders.map(|folder| Ok(format!("--remap-path-prefix={}/=", folder?.path().display())));
    let mut flags = crates.collect::<Result<Vec<_>>>()?;
    let version = process::output(Command::new("rustc").arg("-vV"))?;
    if let Some(commit) = version.lines().find_map(|line| line.strip_prefix("commit-hash: ")) {
        flags.push(format!("--remap-path-prefix={}=/rustc/{commit}", rust_libraries()?.join("src/rust").display()));
    }
    Ok(flags.join(" "))
}

/// Makes sure that a program tells nothing of where it was made.
pub(crate) fn tells_no_path(program: &Path) -> Result<()> {
    let home = env::home_dir().context("this machine's user has no home")?;
    let places = [workspace::root(), &home, &rust_libraries()?].map(|path| path.display().to_string());
    let bytes = fs::read(program)?;
    for place in places.iter().map(String::as_bytes).filter(|place| place.len() > 1) {
        ensure!(
            !bytes.windows(place.len()).any(|window| window == place),
            "{} holds a path of this machine",
            program.display()
        );
    }
    Ok(())
}

/// Where the Rust toolchain has its libraries.
fn rust_libraries() -> Result<PathBuf> {
    let sysroot = process::output(Command::new("rustc").args(["--print", "sysroot"]))?;
    Ok(PathBuf::from(sysroot.trim()).join("lib/rustlib"))
}

/// A component of the Rust toolchain that minimal installations lack.
pub(crate) fn rust_component(name: &str, probe: &str) -> Result<()> {
    if process::output(Command::new("cargo").args([probe, "--version"])).is_ok() {
        return Ok(());
    }
    process::run(Command::new("rustup").args(["component", "add", name]))
        .with_context(|| format!("{name} is missing, and only rustup can add it"))
}

/// A program from a crate, compiled once for each version.
pub(crate) fn cargo_program(package: &str, version: &str, program: &str, options: &[&str]) -> Result<PathBuf> {
    let folder = cargo_folder(package, version);
    let path = folder.join("bin").join(program);
    if path.exists() {
        return Ok(path);
    }
    println!("      compiling {package} {version} (once, some minutes)");
    process::run(
        Command::new("cargo")
            .args(["install", "--locked", package, "--version", version, "--bin", program])
            .args(options)
            .arg("--root")
            .arg(&folder)
            // One folder for all tools, for what they share.
            .arg("--target-dir")
            .arg(workspace::target().join("tools/build"))
            // A tool runs for a second: what its optimisation costs would never come back.
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
    )
    .with_context(|| format!("{package} needs a C compiler, and maybe OpenSSL's headers (libssl-dev, pkg-config)"))?;
    Ok(path)
}

fn cargo_folder(package: &str, version: &str) -> PathBuf {
    workspace::target().join("tools").join(format!("{package}-{version}"))
}

/// `worker-build`, told where its own tools are if it cannot download them.
pub(crate) fn worker_build() -> Result<Command> {
    // The same version as the library that it builds for.
    let program = cargo_program("worker-build", &workspace::locked_version("worker")?, "worker-build", &[])?;
    let mut command = Command::new(program);
    command.env("ESBUILD_BIN", workspace::npm_program("esbuild"));
    let version = workspace::locked_version("wasm-bindgen")?;
    if cargo_folder("wasm-bindgen-cli", &version).exists() || !releases_reachable(&version) {
        command.env("WASM_BINDGEN_BIN", wasm_bindgen()?);
    }
    Ok(command)
}

/// wasm-bindgen's command-line tool, of the very version of the library.
pub(crate) fn wasm_bindgen() -> Result<PathBuf> {
    let version = workspace::locked_version("wasm-bindgen")?;
    cargo_program("wasm-bindgen-cli", &version, "wasm-bindgen", &["--no-default-features"])
}

/// Whether worker-build can download wasm-bindgen.
fn releases_reachable(version: &str) -> bool {
    let releases = "https://github.com/wasm-bindgen/wasm-bindgen/releases/download";
    let url = format!("{releases}/{version}/wasm-bindgen-{version}-x86_64-unknown-linux-musl.tar.gz");
    let options = ["--head", "--silent", "--fail", "--location", "--max-time", "5"];
    process::output(Command::new("curl").args(options).arg(url)).is_ok()
}
