//! The steps of a chore, told as they go.

use std::time::Instant;

use anyhow::{Context, Result};

/// Counts the steps of a chore.
pub(crate) struct Steps {
    total: usize,
    done: usize,
}

impl Steps {
    /// So many steps are to come.
    pub(crate) fn new(total: usize) -> Self {
        Self { total, done: 0 }
    }

    /// Does the next step, saying what it is and, if it was long, how long it took.
    pub(crate) fn step<T>(&mut self, what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.done += 1;
        println!("[{}/{}] {what}", self.done, self.total);
        let started = Instant::now();
        let result = work().with_context(|| what.to_owned())?;
        let seconds = started.elapsed().as_secs_f64();
        if seconds > 1.0 {
            println!("      {seconds:.0} s");
        }
        Ok(result)
    }
}
