//! Randomness: the system's, or for tests that want the same ids and secrets each time, what follows from a seed.

use std::sync::Arc;

use parking_lot::Mutex;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use tessera_directory::ports::Entropy;

/// The randomness of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(clippy::expect_used, reason = "a secret made of anything else would be no secret")]
    fn fill(&self, buffer: &mut [u8]) {
        getrandom::fill(buffer).expect("the operating system gives random bytes");
    }
}

/// Another's randomness, until a seed is given.
pub(crate) struct TestEntropy {
    base: Arc<dyn Entropy>,
    seeded: Mutex<Option<(u64, ChaCha20Rng)>>,
}

impl TestEntropy {
    pub(crate) fn new(base: Arc<dyn Entropy>, seed: Option<u64>) -> Self {
        let entropy = Self { base, seeded: Mutex::new(None) };
        entropy.set(seed);
        entropy
    }

    /// Randomness for what is made at the beginning: what follows from a seed there never comes again in what the same seed
    /// gives later.
    pub(crate) fn of_beginning(base: Arc<dyn Entropy>, seed: Option<u64>) -> Self {
        let entropy = Self::new(base, seed);
        if let Some((_, random)) = &mut *entropy.seeded.lock() {
            random.set_stream(1);
        }
        entropy
    }

    /// The seed, if there is one.
    pub(crate) fn seed(&self) -> Option<u64> {
        self.seeded.lock().as_ref().map(|(seed, _)| *seed)
    }

    /// Begins anew with a seed, or none.
    pub(crate) fn set(&self, seed: Option<u64>) {
        *self.seeded.lock() = seed.map(|seed| (seed, ChaCha20Rng::seed_from_u64(seed)));
    }
}

impl Entropy for TestEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        match &mut *self.seeded.lock() {
            Some((_, random)) => random.fill_bytes(buffer),
            None => self.base.fill(buffer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(entropy: &TestEntropy) -> [u8; 16] {
        let mut bytes = [0; 16];
        entropy.fill(&mut bytes);
        bytes
    }

    #[test]
    fn a_seed_gives_the_same_each_time() {
        let entropy = TestEntropy::new(Arc::new(SystemEntropy), Some(7));
        let first = [some(&entropy), some(&entropy)];
        assert_ne!(first[0], first[1]);
        entropy.set(Some(7));
        assert_eq!([some(&entropy), some(&entropy)], first);
        entropy.set(Some(8));
        assert_ne!(some(&entropy), first[0]);
        let beginning = TestEntropy::of_beginning(Arc::new(SystemEntropy), Some(7));
        assert!(!first.contains(&some(&beginning)));
        let again = TestEntropy::of_beginning(Arc::new(SystemEntropy), Some(7));
        some(&again);
        assert_eq!(some(&again), some(&beginning));
        entropy.set(None);
        assert_ne!(some(&entropy), some(&entropy));
    }
}
