//! The fuzz targets. Each takes bytes, whatever they are, does with them what a client could have done, and panics where
//! something does not hold that must. libFuzzer drives them (`cargo xtask fuzz`), and a test runs each over its seeds.

#![expect(clippy::panic, clippy::missing_panics_doc, reason = "a panic is how a target tells what it found")]

use crate::world::World;

mod answer;
pub mod mutation;
pub mod request;
pub mod seeds;
mod texts;
mod wire;
pub mod world;

/// What a target does with an input.
type Target = fn(&[u8]);

/// Every target by its name.
const TARGETS: &[(&str, Target)] = &[
    ("anaconda", World::try_out),
    ("appoptima", World::try_out),
    ("astra", World::try_out),
    ("astra_filter", texts::astra_filter),
    ("key", texts::key),
    ("native", World::try_out),
    ("octane", World::try_out),
    ("octane_query", texts::octane_query),
    ("request_line", wire::request_line),
    ("ricloud", World::try_out),
    ("verdict", texts::verdict),
];

/// The names of the targets.
pub fn targets() -> impl Iterator<Item = &'static str> {
    TARGETS.iter().map(|(name, _)| *name)
}

/// Gives a target an input. It panics where something is found.
pub fn run(target: &str, input: &[u8]) {
    let Some((_, run)) = TARGETS.iter().find(|(name, _)| *name == target) else {
        panic!("there is no target {target}");
    };
    run(input);
}
