//! Stamps: what a long step was last done for, so that it is not done again for the same.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// A file that remembers a fingerprint.
pub(crate) struct Stamp {
    path: PathBuf,
    fingerprint: String,
}

impl Stamp {
    /// The stamp in this file for what these files and folders hold.
    pub(crate) fn new(path: PathBuf, inputs: &[PathBuf]) -> Result<Self> {
        let mut hasher = DefaultHasher::new();
        for input in inputs {
            for file in files(input)? {
                file.hash(&mut hasher);
                fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?.hash(&mut hasher);
            }
        }
        Ok(Self { path, fingerprint: format!("{:016x}", hasher.finish()) })
    }

    /// The same, for a text besides.
    pub(crate) fn and(mut self, text: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        (&self.fingerprint, text).hash(&mut hasher);
        self.fingerprint = format!("{:016x}", hasher.finish());
        self
    }

    /// Whether the step was done for just this.
    pub(crate) fn holds(&self) -> bool {
        fs::read_to_string(&self.path).is_ok_and(|text| text == self.fingerprint)
    }

    /// The step is done.
    pub(crate) fn set(&self) -> Result<()> {
        fs::write(&self.path, &self.fingerprint).with_context(|| format!("cannot write {}", self.path.display()))
    }
}

/// The file, or every file of the folder, in order.
pub(crate) fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    let mut found = Vec::new();
    for entry in entries {
        found.extend(files(&entry)?);
    }
    found.sort();
    Ok(found)
}
