//! Isolates of the Worker beside each other: what one ends is over in the others. And one by itself, whose callers come at once, or leave.

use std::process::Command;

use anyhow::Result;

use crate::edge::remove;
use crate::{database, process, workspace};

/// Runs their tests, in workerd by miniflare's own API, over a D1 with the demo.
pub(crate) fn test() -> Result<()> {
    let state = workspace::temporary()?.join("isolates");
    remove(&state)?;
    database::prepare(&state)?;
    let mut node = Command::new("node");
    node.args(["--test", "--test-reporter=spec"])
        .args(["isolates", "d1", "leavers"].map(|name| format!("tests/edge/{name}.test.mjs")))
        .env("TESSERA_STATE", state.join("v3"));
    process::run(node.current_dir(workspace::root()))
}
