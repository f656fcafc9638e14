//! The npm package beside ajv and zod, saying the same of AppOptima's users: in Node.js and in Chromium, in one run.

use std::process::Command;

use anyhow::Result;
use serde::Deserialize;

use crate::{package, process, workspace};

/// What a run measured; in Chromium only where there is one.
#[derive(Deserialize)]
pub(super) struct Validation {
    pub(super) node: Times,
    pub(super) chromium: Option<Times>,
}

/// Of one user, of ten thousand in one array, and of one value by itself.
#[derive(Deserialize)]
pub(super) struct Times {
    one: Peers,
    many: Peers,
    value: Peers,
}

/// Milliseconds a call.
#[derive(Deserialize)]
struct Peers {
    tessera: f64,
    ajv: f64,
    zod: f64,
}

impl Times {
    /// What the package takes for ten thousand users, in per cent of zod's time.
    pub(super) fn of_zods(&self) -> f64 {
        self.many.tessera / self.many.zod * 100.0
    }
}

/// Measures so many rounds, and prints them.
pub(super) fn measure(rounds: usize) -> Result<Validation> {
    package::build()?;
    let script = workspace::root().join("browser/bench/run.mjs");
    let told = process::output(Command::new("node").arg(script).arg(rounds.to_string()))?;
    Ok(serde_json::from_slice(told.as_bytes())?)
}

impl Validation {
    /// Prints what was measured.
    pub(super) fn print(&self) {
        let places = [("Node.js", Some(&self.node)), ("Chromium", self.chromium.as_ref())];
        for (place, times) in places.into_iter().filter_map(|(place, times)| Some((place, times?))) {
            println!("{place:34}{:>14}{:>16}{:>17}", "tessera", "ajv", "zod");
            let rows = [
                ("10,000 users, of JSON text, ms", &times.many, 1.0, 2),
                ("one user, of JSON text, µs", &times.one, 1e3, 2),
                ("one value, µs", &times.value, 1e3, 3),
            ];
            for (name, Peers { tessera, ajv, zod }, scale, digits) in rows {
                let [tessera, ajv, zod] = [tessera, ajv, zod].map(|ms| ms * scale);
                println!("{name:34}{tessera:>14.digits$}{ajv:>16.digits$}{zod:>17.digits$}");
            }
            println!();
        }
    }
}
