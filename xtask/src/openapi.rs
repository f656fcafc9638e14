//! `cargo xtask openapi`: the OpenAPI documents of the dialects, in `docs/openapi`, and their Postman collections and
//! environments, in `docs/postman`; and the reference of them all that the hosts serve, in `console/dist/openapi`.

use std::process::Command;

use anyhow::Result;

use crate::{process, workspace};

/// Writes them.
pub(crate) fn write() -> Result<()> {
    let root = workspace::root();
    let run = ["run", "--quiet", "--package", "tessera-openapi", "--"];
    process::run(Command::new("cargo").args(run).arg(root).current_dir(root))
}
