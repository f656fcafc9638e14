//! `cargo xtask package`: the npm package `@tessera/validate`, in `browser/pkg/`.
//!
//! A folder for all vendors, and one for each alone. The WebAssembly of a folder is one file, which each of wasm-bindgen's
//! targets has glue of its own for: a bundler, a browser by itself, Node.js.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value, json};

use crate::stamp::Stamp;
use crate::{process, tools, workspace};

/// The folders of the package, each with the features that it is built with. The first is the package by its own name.
const PARTS: &[(&str, &str)] = &[
    ("all", "default"),
    ("anaconda", "anaconda"),
    ("appoptima", "appoptima"),
    ("astra", "astra"),
    ("native", "native"),
    ("octane", "octane"),
    ("ricloud", "ricloud"),
];
/// What wasm-bindgen writes for, and under which name that lies in the package.
const TARGETS: [(&str, &str); 3] = [("bundler", "bundler.js"), ("web", "web.js"), ("nodejs", "node.cjs")];
/// What wasm-bindgen names its files after.
const NAME: &str = "validate";

/// The types of loading, which only a browser by itself has to do.
const WEB_TYPES: &str = r#"export * from "./index.js";

/** Loads the WebAssembly, which must be done before all else; again it does nothing. */
export default function init(from?: {
  module_or_path: string | URL | Response | BufferSource | WebAssembly.Module | Promise<Response>;
}): Promise<unknown>;

/** The same at once, of bytes that are there. */
export function initSync(from: { module: BufferSource | WebAssembly.Module }): unknown;
"#;

/// The package's folder.
pub(crate) fn folder() -> PathBuf {
    workspace::root().join("browser/pkg")
}

/// Builds the package with whatever that takes, unless the last build was of the same sources.
pub(crate) fn build() -> Result<()> {
    let stamp = stamp()?;
    if stamp.holds() {
        return Ok(());
    }
    tools::node()?;
    tools::npm_packages()?;
    tools::wasm_target()?;
    let folder = folder();
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    for (part, features) in PARTS {
        println!("      compiling {part}");
        build_part(&folder.join(part), features)?;
    }
    fs::write(folder.join("package.json"), format!("{:#}\n", manifest()?))?;
    for (from, to) in [("browser/README.md", "README.md"), ("LICENSE", "LICENSE")] {
        fs::copy(workspace::root().join(from), folder.join(to))?;
    }
    stamp.set()
}

/// Builds the package, and runs its tests, which compare it with what the vectors' run has kept.
pub(crate) fn test() -> Result<()> {
    build()?;
    let tests = ["browser/tests/package.test.mjs", "browser/tests/verdicts.test.mjs"];
    let mut node = Command::new("node");
    node.args(["--test", "--test-reporter=spec"]).args(tests).env("TESSERA_VERDICTS", verdicts());
    process::run(node.current_dir(workspace::root()))
}

/// Where the vectors' run keeps the verdicts that it compared.
pub(crate) fn verdicts() -> PathBuf {
    workspace::target().join("tmp/verdicts.json")
}

fn build_part(folder: &Path, features: &str) -> Result<()> {
    let arguments = ["build", "--quiet", "--package", "tessera-browser", "--target", tools::WASM];
    let mut cargo = Command::new("cargo");
    cargo.args(arguments).args(["--profile", "browser", "--no-default-features", "--features", features]);
    cargo.env("RUSTFLAGS", tools::without_paths()?);
    process::run(cargo.current_dir(workspace::root()))?;

    let built = workspace::target().join(tools::WASM).join("browser/tessera_browser.wasm");
    let bound = workspace::temporary()?.join("bound");
    fs::create_dir_all(folder)?;
    for (target, name) in TARGETS {
        let out = bound.join(target);
        let mut bindgen = Command::new(tools::wasm_bindgen()?);
        bindgen.args(["--target", target, "--out-name", NAME, "--out-dir"]).arg(&out).arg(&built);
        process::run(&mut bindgen)?;
        let glue = out.join(format!("{NAME}.js"));
        if target == "web" {
            // no bundler comes after, and a third of it is comments, blanks and long names
            let mut esbuild = Command::new(workspace::npm_program("esbuild"));
            esbuild.arg(&glue).args(["--minify", "--format=esm", "--log-level=warning"]);
            fs::write(folder.join(name), process::output(&mut esbuild)?)?;
        } else {
            fs::copy(&glue, folder.join(name))?;
        }
    }
    let wasm = format!("{NAME}_bg.wasm");
    let [one, ..] = TARGETS.map(|(target, _)| bound.join(target).join(&wasm));
    for (target, _) in TARGETS {
        ensure!(fs::read(&one)? == fs::read(bound.join(target).join(&wasm))?, "{target} has a WebAssembly of its own");
    }
    optimize(&one, &folder.join(&wasm))?;
    tools::tells_no_path(&folder.join(&wasm))?;
    let glue = format!("{NAME}_bg.js");
    fs::copy(bound.join("bundler").join(&glue), folder.join(&glue))?;
    let types = fs::read_to_string(bound.join("bundler").join(format!("{NAME}.d.ts")))?;
    let types = format!("{types}\n{}", operations(folder)?);
    fs::write(folder.join("index.d.ts"), &types)?;
    fs::write(folder.join("index.d.cts"), &types)?;
    fs::write(folder.join("web.d.ts"), WEB_TYPES)?;
    Ok(())
}

/// Makes a WebAssembly as small as can be.
fn optimize(from: &Path, to: &Path) -> Result<()> {
    let mut command = Command::new(workspace::npm_program("wasm-opt"));
    // the module says which features it has, but for the one that wasm-bindgen catches exceptions with
    command.args(["-Oz", "--converge", "--enable-exception-handling", "--strip-debug", "--strip-producers"]);
    process::run(command.arg(from).arg("-o").arg(to))
}

/// The type of the operations' names, as the build itself tells them.
fn operations(folder: &Path) -> Result<String> {
    let script = "console.log(JSON.stringify(require(process.argv[1]).operations()))";
    let told = process::output(Command::new("node").args(["--eval", script]).arg(folder.join("node.cjs")))?;
    let names: Vec<String> = serde_json::from_slice(told.as_bytes())?;
    let names: Vec<String> = names.iter().map(|name| format!("  | \"{name}\"")).collect();
    Ok(format!("/** The operations that judge. */\nexport type Operation =\n{};\n", names.join("\n")))
}

/// `package.json`, with what the parts are found by.
fn manifest() -> Result<Value> {
    let text = fs::read_to_string(workspace::root().join("browser/package.json"))?;
    let mut manifest: Map<String, Value> = serde_json::from_slice(text.as_bytes())?;
    let exports = manifest.get_mut("exports").and_then(Value::as_object_mut).context("package.json has no exports")?;
    for (part, _) in PARTS {
        let name = if *part == "all" { ".".to_owned() } else { format!("./{part}") };
        let file = |name: &str| format!("./{part}/{name}");
        let types = |types: &str, default: &str| json!({ "types": file(types), "default": file(default) });
        let node = json!({ "import": types("index.d.ts", "node.cjs"), "require": types("index.d.cts", "node.cjs") });
        let default = types("index.d.ts", "bundler.js");
        exports.insert(name.clone(), json!({ "node": node, "default": default }));
        exports.insert(format!("{name}/web"), types("web.d.ts", "web.js"));
        exports.insert(format!("{name}/{NAME}.wasm"), json!(file(&format!("{NAME}_bg.wasm"))));
    }
    Ok(Value::Object(manifest))
}

fn stamp() -> Result<Stamp> {
    let root = workspace::root();
    let inputs = ["browser/Cargo.toml", "browser/src", "browser/package.json", "browser/README.md", "crates"]
        .into_iter()
        .chain(["Cargo.toml", "Cargo.lock", "package-lock.json", "xtask/src/package.rs"]);
    Stamp::new(root.join("browser/pkg/.tessera-stamp"), &inputs.map(|name| root.join(name)).collect::<Vec<_>>())
}
