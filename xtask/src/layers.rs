//! The layering: imports go one way, `validate <- directory <- api <- {the Worker, mock-server, browser}`,
//! `sent <- api` and `{vectors, transfer} <- mock-server`; and a dialect knows of no other.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

use crate::stamp::files;
use crate::workspace;

/// Each folder of the workspace with the folders whose crates it may use. Those under `tests/` and `xtask` may use any.
const LAYERS: &[(&str, &[&str])] = &[
    ("crates/validate", &[]),
    ("crates/directory", &["crates/validate"]),
    ("crates/sent", &[]),
    ("crates/api", &["crates/validate", "crates/directory", "crates/sent"]),
    ("crates/openapi", &["crates/validate", "crates/directory", "crates/api"]),
    ("crates/vectors", &[]),
    ("crates/transfer", &[]),
    ("browser", &["crates/validate", "crates/api"]),
    ("mock-server", &["crates/validate", "crates/directory", "crates/api", "crates/vectors", "crates/transfer"]),
    ("", &["crates/validate", "crates/directory", "crates/api"]),
];

/// What belongs to one host, or to HTTP, and which folders must not name it.
const FOREIGN: &[(&str, &[&str])] = &[
    ("worker", &["crates/validate", "crates/directory", "crates/api", "browser", "mock-server"]),
    ("wasm-bindgen", &["crates/validate", "crates/directory", "crates/api", "mock-server"]),
    ("rusqlite", &["crates/validate", "crates/directory", "crates/api", "browser", ""]),
    ("wiremock", &["crates/validate", "crates/directory", "crates/api", "browser", ""]),
    ("http", &["crates/validate", "crates/directory", "browser"]),
    ("axum", &["crates/validate", "crates/directory", "browser"]),
];

/// Checks the layering and fails with every breach.
pub(crate) fn check() -> Result<()> {
    let metadata = MetadataCommand::new().current_dir(workspace::root()).no_deps().exec()?;
    let mut breaches = crates(&metadata)?;
    breaches.extend(dialects(&workspace::root().join("crates/api/src/dialects"))?);
    if !breaches.is_empty() {
        bail!("the layers are breached:\n  {}", breaches.join("\n  "));
    }
    Ok(())
}

fn crates(metadata: &Metadata) -> Result<Vec<String>> {
    let folder = |package: &Package| -> Result<String> {
        let folder = package.manifest_path.parent().context("a manifest without a folder")?;
        Ok(folder.strip_prefix(&metadata.workspace_root)?.to_string())
    };
    let mut breaches = Vec::new();
    for package in metadata.workspace_packages() {
        let place = folder(package)?;
        if place.starts_with("tests/") || place.starts_with("xtask") {
            continue;
        }
        let Some((_, allowed)) = LAYERS.iter().find(|(layer, _)| *layer == place) else {
            breaches.push(format!("{place} has no layer: give it one in xtask/src/layers.rs"));
            continue;
        };
        // A test may use what the crate itself may not.
        for dependency in package.dependencies.iter().filter(|one| one.kind != DependencyKind::Development) {
            let used = &dependency.name;
            if let Some(path) = &dependency.path {
                let path = path.strip_prefix(&metadata.workspace_root)?.as_str();
                if !allowed.contains(&path) {
                    breaches.push(format!("{} uses {used}", package.name));
                }
            }
            if FOREIGN.iter().any(|(foreign, places)| foreign == used && places.contains(&place.as_str())) {
                breaches.push(format!("{} uses {used}", package.name));
            }
        }
    }
    Ok(breaches)
}

fn dialects(folder: &Path) -> Result<Vec<String>> {
    let mut vendors = Vec::new();
    if folder.exists() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                vendors.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
    }
    let mut breaches = Vec::new();
    for vendor in &vendors {
        for file in files(&folder.join(vendor))? {
            let text = fs::read_to_string(&file)?;
            for other in vendors.iter().filter(|other| *other != vendor) {
                if ["dialects", "super"].iter().any(|parent| names(&text, &format!("{parent}::{other}"))) {
                    breaches.push(format!("{} names the dialect {other}", file.display()));
                }
            }
        }
    }
    Ok(breaches)
}

/// Whether the text has this path, and not merely one that starts like it.
fn names(text: &str, path: &str) -> bool {
    text.match_indices(path).any(|(at, _)| {
        let after = text.get(at + path.len()..).and_then(|rest| rest.chars().next());
        !after.is_some_and(|next| next.is_alphanumeric() || next == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_named_whole() {
        assert!(names("use super::super::astra::error;", "super::astra"));
        assert!(names("use crate::dialects::astra;", "dialects::astra"));
        assert!(!names("use super::astral::error;", "super::astra"));
    }
}
