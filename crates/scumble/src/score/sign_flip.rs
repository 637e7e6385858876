//! Whether one of two predictions of the same images is better by more than chance.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;

/// The paired sign-flip test (Fisher 1935; Good 2005, section 3.2): if neither of two predictions were better, each group of
/// images might as well have had them exchanged.
///
/// The share of all exchanges that leave the scores as far apart as they were, or farther, is the probability of seeing such
/// a difference by chance. It needs no assumption on how scores are distributed, however few the groups; what few groups
/// cannot show, it does not.
///
/// ```
/// use scumble::score::SignFlip;
///
/// // In all of six images the first is better: 2 of 64 exchanges are as extreme.
/// let gains = [0.02, 0.01, 0.03, 0.02, 0.04, 0.01];
/// let difference = |exchanged: &[bool]| {
///     Some(gains.iter().zip(exchanged).map(|(gain, exchanged)| if *exchanged { -gain } else { *gain }).sum())
/// };
/// assert_eq!(SignFlip::default().chance(6, difference), Some(2.0 / 64.0));
/// assert_eq!(SignFlip::default().chance(5, |_| Some(1.0)), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SignFlip {
    /// How many exchanges are looked at; if there are no more than these, all of them, and the test is exact.
    pub exchanges: u32,
    /// Where chance comes from if not all are.
    pub seed: u64,
}

impl Default for SignFlip {
    /// 10,000 exchanges, seed 0: exact up to 14 groups.
    fn default() -> Self {
        Self { exchanges: 10_000, seed: 0 }
    }
}

impl SignFlip {
    /// With fewer groups even the clearest result has a chance of more than 1 in 20.
    pub const LEAST_GROUPS: usize = 6;

    /// The chance of a difference as large as that without an exchange; `difference` is told for each group whether its
    /// two predictions are exchanged, and exchanging all must turn its sign alone.
    ///
    /// `None` with fewer than [`LEAST_GROUPS`](Self::LEAST_GROUPS) groups, and where the difference is not known without an
    /// exchange. Exchanges without one are left out.
    pub fn chance(&self, groups: usize, difference: impl Fn(&[bool]) -> Option<f64> + Sync) -> Option<f64> {
        self.chances(groups, |exchanged| vec![difference(exchanged)]).pop()?
    }

    /// The chances of several differences from the same exchanges; they come in the same order each time.
    pub fn chances(
        &self,
        groups: usize,
        differences: impl Fn(&[bool]) -> Vec<Option<f64>> + Sync,
    ) -> Vec<Option<f64>> {
        let found = differences(&vec![false; groups]);
        if groups < Self::LEAST_GROUPS {
            return vec![None; found.len()];
        }
        // What differs by rounding alone is as far.
        let as_far = |exchanged: &[bool]| -> Vec<Option<bool>> {
            let far = |(now, found): (&Option<f64>, &Option<f64>)| {
                Some((*now)?.abs() >= (*found)?.abs() * (1.0 - 1e-9))
            };
            differences(exchanged).iter().zip(&found).map(far).collect()
        };
        let all = u32::try_from(groups - 1).ok().and_then(|bits| 1_u32.checked_shl(bits));
        let (looked_at, at_least): (Vec<Vec<Option<bool>>>, u32) =
            match all.filter(|all| *all <= self.exchanges) {
                // The first group stays: exchanging the others as well is the same difference with another sign.
                Some(all) => {
                    let bit = |exchange: u32, group: usize| group > 0 && exchange >> (group - 1) & 1 == 1;
                    let each =
                        |exchange| as_far(&(0..groups).map(|group| bit(exchange, group)).collect::<Vec<_>>());
                    ((0..all).into_par_iter().map(each).collect(), 0)
                }
                None => {
                    let drawn = |exchange| as_far(&self.draw(groups, exchange));
                    // The difference as it was is one of those drawn.
                    ((0..self.exchanges).into_par_iter().map(drawn).collect(), 1)
                }
            };
        let chance = |(at, found): (usize, &Option<f64>)| {
            (*found)?;
            let known: Vec<bool> = looked_at.iter().filter_map(|far| *far.get(at)?).collect();
            let far = known.iter().filter(|far| **far).count() as f64;
            let at_least = f64::from(at_least);
            Some((far + at_least) / (known.len() as f64 + at_least))
        };
        found.iter().enumerate().map(chance).collect()
    }

    /// One exchange: a function of seed and number, whatever the threads.
    fn draw(&self, groups: usize, exchange: u32) -> Vec<bool> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(u64::from(exchange));
        (0..groups).map(|_| rng.next_u32() >> 31 == 1).collect()
    }
}
