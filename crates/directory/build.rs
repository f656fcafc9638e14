//! Lists the names of the workspace's migrations for `src/readiness.rs`, in the order of their numbers.

use std::error::Error;
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
    fs::write(Path::new(&env::var("OUT_DIR")?).join("migrations.json"), format!("{names:?}"))?;
    Ok(())
}
