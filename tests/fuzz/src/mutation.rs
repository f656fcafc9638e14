//! Inputs made of others, as a fuzzer makes them, with no look at what they reach.

use fastrand::Rng;

/// The longest input that is made, in bytes.
const LONGEST: usize = 16 << 10;

/// What inputs are made of.
pub struct Stock {
    /// The seeds.
    pub seeds: Vec<Vec<u8>>,
    /// The words of the dictionary.
    pub words: Vec<Vec<u8>>,
}

impl Stock {
    /// One more input: a seed, changed in a few places.
    pub fn input(&self, random: &mut Rng) -> Vec<u8> {
        let mut input = random.choice(&self.seeds).cloned().unwrap_or_default();
        for _ in 0..random.usize(1..=4) {
            self.change(&mut input, random);
        }
        input.truncate(LONGEST);
        input
    }

    fn change(&self, input: &mut Vec<u8>, random: &mut Rng) {
        let start = random.usize(0..=input.len());
        let end = input.len().min(start + random.usize(1..=16));
        let part = input.get(start..end).unwrap_or_default().to_vec();
        match random.u8(0..7) {
            // another byte
            0 => drop(input.splice(start..end.min(start + 1), [random.u8(..)])),
            // a bit of one
            1 => input.iter_mut().skip(start).take(1).for_each(|byte| *byte ^= 1 << random.u8(0..8)),
            // a part less
            2 => drop(input.drain(start..end)),
            // a part once more
            3 => drop(input.splice(start..start, part)),
            // a word
            4 => drop(input.splice(start..end, random.choice(&self.words).cloned().unwrap_or_default())),
            // a word between
            5 => drop(input.splice(start..start, random.choice(&self.words).cloned().unwrap_or_default())),
            // the end of another seed
            _ => {
                let other = random.choice(&self.seeds).map_or(&[][..], Vec::as_slice);
                let rest = other.get(random.usize(0..=other.len())..).unwrap_or_default();
                drop(input.splice(start.., rest.iter().copied()));
            }
        }
    }
}
