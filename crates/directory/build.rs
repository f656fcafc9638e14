//! Lists the workspace's migrations for `src/migrations.rs`, in the order of their numbers: their names, and each with its text.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations");
    println!("cargo::rerun-if-changed={folder}");

    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.push(entry?.file_name().into_string().map_err(|name| format!("{} is not UTF-8", name.display()))?);
    }
    names.retain(|name| Path::new(name).extension().is_some_and(|extension| extension == "sql"));
    names.sort_unstable();

    let mut all = String::from("&[\n");
    for name in &names {
        let file = format!("/{name}");
        writeln!(all, "    Migration {{ name: {name:?}, sql: include_str!(concat!({folder:?}, {file:?})) }},")?;
    }
    all.push_str("]\n");
    let out = env::var("OUT_DIR")?;
    fs::write(Path::new(&out).join("migrations.json"), format!("{names:?}"))?;
    fs::write(Path::new(&out).join("migrations.rs"), all)?;
    Ok(())
}
