//! Writes the lower case of every letter as the ranges that differ from it by the same: a sixth of the standard library's table,
//! whose content it is. What a browser loads has no other use for that.

use std::env;
use std::fs;
use std::path::Path;

/// Letters at equal steps, each as far from its lower case as the others.
struct Range {
    first: u32,
    last: u32,
    step: u32,
    distance: i32,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let mut ranges: Vec<Range> = Vec::new();
    for upper in '\0'..=char::MAX {
        let mut lower = upper.to_lowercase();
        let distance = i32::try_from(u32::from(lower.next().unwrap_or(upper)))? - i32::try_from(u32::from(upper))?;
        if lower.any(char::is_alphanumeric) {
            return Err(format!("{upper} is more than one letter in lower case").into());
        }
        if distance == 0 {
            continue;
        }
        let at = u32::from(upper);
        match ranges.last_mut() {
            Some(range) if range.distance == distance && at - range.last <= 2 => {
                let step = at - range.last;
                if range.first == range.last || range.step == step {
                    (range.last, range.step) = (at, step);
                    continue;
                }
            }
            _ => {}
        }
        ranges.push(Range { first: at, last: at, step: 1, distance });
    }
    let written = |range: &Range| {
        format!("({:#x}, {}, {}, {})", range.first, range.last - range.first, range.step, range.distance)
    };
    let rows: Vec<String> = ranges.iter().map(written).collect();
    fs::write(Path::new(&env::var("OUT_DIR")?).join("lower.rs"), format!("[{}]\n", rows.join(",\n")))?;
    Ok(())
}
