//! A table of two raters' marks.

use crate::score::Confusion;

/// Pixels by the marks of two raters: a table of S x S counts, the first rater's mark down, the second's
/// across.
///
/// ```
/// use scumble::agreement::Contingency;
///
/// // Cohen's example has this form: 20 and 15 pixels alike, 5 and 10 not.
/// let table = Contingency::from_counts(2, vec![20, 5, 10, 15]).unwrap();
/// assert_eq!(table.observed(), Some(0.7));
/// assert!((table.kappa().unwrap() - 0.4).abs() < 1e-12);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contingency {
    states: usize,
    counts: Vec<u64>,
}

impl Contingency {
    pub(super) fn new(states: usize) -> Self {
        Self { states, counts: vec![0; states * states] }
    }

    /// A table from its counts, row by row; `None` unless there are `states` times `states` of them.
    pub fn from_counts(states: usize, counts: Vec<u64>) -> Option<Self> {
        (counts.len() == states * states).then_some(Self { states, counts })
    }

    pub(super) fn add(&mut self, first: usize, second: usize, pixels: u64) {
        self.counts[first * self.states + second] += pixels;
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.counts.iter_mut().zip(&other.counts).for_each(|(a, b)| *a += b);
    }

    /// S, the marks there are: 2 for one binary or overlapping class, else the number of classes.
    pub fn states(&self) -> usize {
        self.states
    }

    /// Pixels that the first marked `first` and the second `second`.
    ///
    /// # Panics
    /// For a mark beyond the states.
    pub fn count(&self, first: usize, second: usize) -> u64 {
        assert!(first < self.states && second < self.states, "a mark beyond the states");
        self.counts[first * self.states + second]
    }

    /// Pixels that both judged.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Pixels that the first marked `state`.
    pub fn first(&self, state: usize) -> u64 {
        (0..self.states).map(|other| self.count(state, other)).sum()
    }

    /// Pixels that the second marked `state`.
    pub fn second(&self, state: usize) -> u64 {
        (0..self.states).map(|other| self.count(other, state)).sum()
    }

    /// The same with the raters in the other order.
    #[must_use]
    pub fn transposed(&self) -> Self {
        let counts = (0..self.counts.len()).map(|at| self.count(at % self.states, at / self.states));
        Self { states: self.states, counts: counts.collect() }
    }

    /// One state against the rest, with the first rater as the truth.
    pub fn confusion(&self, state: usize) -> Confusion {
        let both = self.count(state, state);
        let (first, second) = (self.first(state), self.second(state));
        Confusion {
            true_positive: both,
            false_positive: second - both,
            false_negative: first - both,
            true_negative: self.total() + both - first - second,
        }
    }

    /// One state against the rest, as a table of two states (0 the rest, 1 the state).
    #[must_use]
    pub fn one_against_rest(&self, state: usize) -> Self {
        let c = self.confusion(state);
        let counts = vec![c.true_negative, c.false_positive, c.false_negative, c.true_positive];
        Self { states: 2, counts }
    }

    /// The share of pixels with equal marks; `None` without pixels.
    pub fn observed(&self) -> Option<f64> {
        let total = self.total();
        (total > 0).then(|| self.same() as f64 / total as f64)
    }

    /// Cohen's kappa, (observed - chance) / (1 - chance), where chance is the agreement of raters who mark
    /// with the same frequencies but know nothing of each other (Cohen 1960).
    ///
    /// 1 for equal masks, 0 for chance, negative below it. `None` where both only ever used the same one
    /// mark: chance alone then explains everything.
    pub fn kappa(&self) -> Option<f64> {
        // Whole numbers up to the last division: nothing cancels, however rare a class is.
        let (total, same) = (i128::from(self.total()), i128::from(self.same()));
        let chance: i128 =
            (0..self.states).map(|k| i128::from(self.first(k)) * i128::from(self.second(k))).sum();
        let rest = total * total - chance;
        (rest > 0).then(|| (total * same - chance) as f64 / rest as f64)
    }

    /// The pixels on which both gave one of the marks `a` and `b`, as a table of two states (0 is `a`, 1 is
    /// `b`).
    #[must_use]
    pub fn between(&self, a: usize, b: usize) -> Self {
        let counts = vec![self.count(a, a), self.count(a, b), self.count(b, a), self.count(b, b)];
        Self { states: 2, counts }
    }

    /// The table if the second rater had given the states in the reverse order: with two states, the inverted
    /// mask.
    #[must_use]
    pub fn second_reversed(&self) -> Self {
        let reversed = self.counts.chunks(self.states).flat_map(|row| row.iter().rev());
        Self { states: self.states, counts: reversed.copied().collect() }
    }

    /// Pixels with equal marks.
    pub(super) fn same(&self) -> u64 {
        (0..self.states).map(|state| self.count(state, state)).sum()
    }
}
