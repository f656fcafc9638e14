//! Randomness at the edge: `crypto.getRandomValues`, asked for many bytes at a time.

use std::cell::RefCell;

use tessera_directory::ports::Entropy;

/// How many bytes it is asked for: what some dozen requests take.
const BYTES: usize = 1024;

thread_local! {
    /// Bytes that nobody was given yet.
    static POOL: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The isolate's source of randomness.
pub(crate) struct EdgeEntropy;

impl Entropy for EdgeEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        POOL.with_borrow_mut(|pool| {
            for byte in buffer {
                if pool.is_empty() {
                    *pool = fresh();
                }
                *byte = pool.pop().unwrap_or_default();
            }
        });
    }
}

#[expect(clippy::expect_used, reason = "a secret made without randomness would be worse than no answer")]
fn fresh() -> Vec<u8> {
    let mut bytes = vec![0; BYTES];
    getrandom::fill(&mut bytes).expect("workerd has crypto.getRandomValues");
    bytes
}
