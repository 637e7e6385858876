//! What a loss adds up to, in a fixed order of additions.

use crate::real::Real;

/// What a run of elements or pixels adds up to, all of it from one pass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sums {
    /// Sum of the losses in nats.
    pub value: f64,
    /// Sum of the least losses that any prediction could have; targets outside 0..1 count as 0.
    pub floor: f64,
    /// Whether every target that counts (of weight other than 0) is a probability.
    pub probabilities: bool,
    /// The largest distance from 1 of a counted pixel's sum over exclusive classes; 0 for independent ones.
    pub off: f64,
}

impl Sums {
    /// Nothing added.
    pub const NOTHING: Self = Self { value: 0.0, floor: 0.0, probabilities: true, off: 0.0 };

    /// With what another run adds up to.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            value: self.value + other.value,
            floor: self.floor + other.floor,
            probabilities: self.probabilities && other.probabilities,
            off: self.off.max(other.off),
        }
    }
}

/// Lanes summed side by side, fixed for every instruction set: the order of additions never changes.
const LANES: usize = 32;

/// A sum in f64 of values that come in blocks.
pub(crate) struct Lanes([f64; LANES]);

impl Lanes {
    pub(crate) const ZERO: Self = Self([0.0; LANES]);

    #[inline(always)]
    pub(crate) fn add<R: Real>(&mut self, values: &[R]) {
        let mut runs = values.chunks_exact(LANES);
        for run in &mut runs {
            for (lane, value) in self.0.iter_mut().zip(run) {
                *lane += value.to_f64();
            }
        }
        for (lane, value) in self.0.iter_mut().zip(runs.remainder()) {
            *lane += value.to_f64();
        }
    }

    /// Adds a whole block: eight values each, by pairs, in their own precision before they are widened.
    #[inline(always)]
    pub(crate) fn add_block<R: Real, const BLOCK: usize>(&mut self, values: &[R; BLOCK]) {
        const { assert!(BLOCK.is_multiple_of(8 * LANES)) };
        for run in values.chunks_exact(8 * LANES) {
            let run: &[R; 8 * LANES] = run.try_into().expect("eight times the lanes");
            for (i, lane) in self.0.iter_mut().enumerate() {
                let pair = |at: usize| run[at * LANES + i] + run[(at + 1) * LANES + i];
                *lane += ((pair(0) + pair(2)) + (pair(4) + pair(6))).to_f64();
            }
        }
    }

    #[inline(always)]
    pub(crate) fn total(&self) -> f64 {
        self.0.iter().sum()
    }
}
