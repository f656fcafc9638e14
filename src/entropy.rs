//! Randomness at the edge: `crypto.getRandomValues`.

use tessera_directory::ports::Entropy;

/// The isolate's source of randomness.
pub(crate) struct EdgeEntropy;

impl Entropy for EdgeEntropy {
    #[expect(clippy::expect_used, reason = "a secret made without randomness would be worse than no answer")]
    fn fill(&self, buffer: &mut [u8]) {
        getrandom::fill(buffer).expect("workerd has crypto.getRandomValues");
    }
}
