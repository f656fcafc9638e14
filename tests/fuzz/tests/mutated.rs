//! Runs every target for some seconds over inputs that are made of its seeds: what a fuzzer does, without its eye for code that is new,
//! and so without compiling everything for it.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{env, fs};

use fastrand::Rng;
use tessera_fuzz::mutation::Stock;

/// How long each target is tried.
const LENGTH: Duration = Duration::from_secs(3);

#[test]
#[expect(clippy::disallowed_methods, reason = "a test that is over after some seconds")]
fn nothing_is_found_in_what_is_made_of_the_seeds() {
    let seed = env::var("TESSERA_FUZZ_SEED").map_or_else(|_| fastrand::u64(..), |seed| seed.parse().unwrap());
    println!("TESSERA_FUZZ_SEED={seed}");
    for target in tessera_fuzz::targets() {
        let (mut random, stock) = (Rng::with_seed(seed), stock(target));
        let (begun, mut count) = (Instant::now(), 0);
        while begun.elapsed() < LENGTH {
            let input = stock.input(&mut random);
            let outcome = catch_unwind(|| tessera_fuzz::run(target, &input));
            assert!(outcome.is_ok(), "{target}: something is found, and kept in {}", keep(target, &input).display());
            count += 1;
        }
        println!("{target}: {count} inputs");
        assert!(count > 10, "{target} took only {count} inputs in {LENGTH:?}");
    }
}

fn stock(target: &str) -> Stock {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let seeds = fs::read_dir(folder.join("seeds").join(target)).unwrap();
    let mut seeds: Vec<PathBuf> = seeds.map(|seed| seed.unwrap().path()).collect();
    // so that one number tells what comes of it
    seeds.sort();
    let dictionary = fs::read_to_string(folder.join(format!("dictionaries/{target}.dict"))).unwrap_or_default();
    let words = dictionary.lines().filter_map(|line| Some(line.trim().strip_prefix('"')?.strip_suffix('"')?.into()));
    Stock { seeds: seeds.iter().map(|path| fs::read(path).unwrap()).collect(), words: words.collect() }
}

fn keep(target: &str, input: &[u8]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("found");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(target);
    fs::write(&path, input).unwrap();
    path
}
