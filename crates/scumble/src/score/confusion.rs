//! Counts of a hard decision.

use super::numbers::Numbers;

/// Counts of a hard decision against a hard mask.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Confusion {
    /// Predicted and true.
    pub true_positive: u64,
    /// Predicted, not true.
    pub false_positive: u64,
    /// True, not predicted.
    pub false_negative: u64,
    /// Neither.
    pub true_negative: u64,
}

impl Confusion {
    /// One pixel.
    pub fn add(&mut self, truth: bool, predicted: bool) {
        match (truth, predicted) {
            (true, true) => self.true_positive += 1,
            (false, true) => self.false_positive += 1,
            (true, false) => self.false_negative += 1,
            (false, false) => self.true_negative += 1,
        }
    }

    pub(super) fn numbers(&mut self, numbers: &mut Numbers<'_>) {
        let Self { true_positive, false_positive, false_negative, true_negative } = self;
        [true_positive, false_positive, false_negative, true_negative]
            .into_iter()
            .for_each(|n| numbers.count(n));
    }

    /// Adds another's counts.
    pub fn merge(&mut self, other: &Self) {
        self.true_positive += other.true_positive;
        self.false_positive += other.false_positive;
        self.false_negative += other.false_negative;
        self.true_negative += other.true_negative;
    }

    /// F1 = Dice of the hard masks, 2 TP / (2 TP + FP + FN); `None` where both are empty.
    pub fn f1(&self) -> Option<f64> {
        ratio(2 * self.true_positive, self.false_positive + self.false_negative)
    }

    /// TP / (TP + FP); `None` where nothing was predicted.
    pub fn precision(&self) -> Option<f64> {
        ratio(self.true_positive, self.false_positive)
    }

    /// TP / (TP + FN), the sensitivity; `None` where nothing is true.
    pub fn recall(&self) -> Option<f64> {
        ratio(self.true_positive, self.false_negative)
    }

    /// TN / (TN + FP); `None` where everything is true.
    pub fn specificity(&self) -> Option<f64> {
        ratio(self.true_negative, self.false_positive)
    }
}

fn ratio(hits: u64, misses: u64) -> Option<f64> {
    (hits + misses > 0).then(|| hits as f64 / (hits + misses) as f64)
}
