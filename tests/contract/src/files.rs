//! The files of vectors.

use std::path::{Path, PathBuf};

use tessera_vectors::vector::Suite;

/// The project's folder.
pub fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Reads every file of vectors, in the order of their names.
pub fn read_all() -> Result<Vec<Suite>, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    let entries = std::fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.to_string_lossy().ends_with(".vectors.json"))
        .collect();
    paths.sort();
    paths.iter().map(|path| Suite::read(path)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_reads_and_names_each_case_once() {
        let mut names: Vec<String> = read_all()
            .unwrap()
            .iter()
            .flat_map(|suite| suite.cases.iter().map(|case| format!("{}::{}", suite.vendor, case.name)))
            .collect();
        let all = names.len();
        names.sort();
        names.dedup();
        assert!(all > 0);
        assert_eq!(names.len(), all);
    }
}
