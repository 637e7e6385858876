//! Where mutations get their chance from: the same seed, the same mutations.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::ops::Range;

/// A stream of chance that begins with a seed.
pub struct Chance(ChaCha8Rng);

impl Chance {
    /// The stream of this seed.
    pub fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// A number in the range, which must not be empty.
    pub(crate) fn within(&mut self, range: Range<usize>) -> usize {
        self.0.random_range(range)
    }

    /// True once in `times`.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.within(0..times) == 0
    }

    /// One of these, which must be some.
    pub(crate) fn one_of<'t, T>(&mut self, things: &'t [T]) -> &'t T {
        &things[self.within(0..things.len())]
    }

    /// Any byte.
    pub(crate) fn byte(&mut self) -> u8 {
        self.0.random()
    }
}
