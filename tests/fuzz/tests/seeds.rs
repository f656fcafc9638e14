//! Runs every target over its seeds, as libFuzzer does, on any compiler.

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

#[test]
fn nothing_is_found_in_any_seed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    let mut found = Vec::new();
    for target in tessera_fuzz::targets() {
        let mut count = 0;
        for seed in fs::read_dir(folder.join(target)).unwrap() {
            let path = seed.unwrap().path();
            let input = fs::read(&path).unwrap();
            if catch_unwind(|| tessera_fuzz::run(target, &input)).is_err() {
                found.push(path.display().to_string());
            }
            count += 1;
        }
        assert!(count > 0, "{target} has no seed");
    }
    assert!(found.is_empty(), "something is found in\n{}", found.join("\n"));
}
