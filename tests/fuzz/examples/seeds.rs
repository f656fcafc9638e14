//! Writes the seeds that the contract vectors make into a folder, one for each target, and beside them the dictionaries:
//! `seeds FOLDER`. `cargo xtask fuzz --seeds` calls it, and keeps of them what covers something of its own.

use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

use contract::{files, hosts};
use tessera_fuzz::seeds;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::args_os().nth(1).ok_or("say into which folder")?);
    let made = seeds::of_vectors(&files::read_all()?, &hosts::native()?.target(), &hosts::root_key());
    for (target, inputs) in &made.inputs {
        let folder = folder.join("seeds").join(target);
        fs::create_dir_all(&folder)?;
        for (name, input) in inputs {
            fs::write(folder.join(name), input)?;
        }
    }
    let folder = folder.join("dictionaries");
    fs::create_dir_all(&folder)?;
    for (target, words) in &made.words {
        let mut lines = String::new();
        for word in words {
            writeln!(lines, "{word:?}")?;
        }
        fs::write(folder.join(format!("{target}.dict")), lines)?;
    }
    Ok(())
}
