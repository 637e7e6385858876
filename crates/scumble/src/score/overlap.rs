//! Soft Dice and Jaccard.

use super::numbers::Numbers;

/// Soft overlap of label and prediction: intersection sum min(p, q), union sum max(p, q).
///
/// min(p, q) = (p + q - |p - q|) / 2, so the scores are 1 exactly where p = q, also for soft labels; the product
/// p q of the usual soft Dice is not (Wang et al. 2023, "Jaccard metric losses").
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Overlap {
    intersection: f64,
    sum: f64,
}

impl Overlap {
    /// One pixel with soft label `p`, prediction `q` and weight `w`.
    #[inline]
    pub fn add(&mut self, p: f64, q: f64, w: f64) {
        self.intersection += w * p.min(q);
        self.sum += w * (p + q);
    }

    /// Adds another's sums.
    pub fn merge(&mut self, other: &Self) {
        self.add_times(other, 1.0);
    }

    pub(super) fn numbers(&mut self, numbers: &mut Numbers<'_>) {
        numbers.reals([&mut self.intersection, &mut self.sum]);
    }

    pub(super) fn add_times(&mut self, other: &Self, times: f64) {
        self.intersection += times * other.intersection;
        self.sum += times * other.sum;
    }

    /// 2 intersection / (sum p + sum q); `None` where both are empty.
    pub fn dice(&self) -> Option<f64> {
        (self.sum > 0.0).then(|| 2.0 * self.intersection / self.sum)
    }

    /// intersection / union; `None` where both are empty.
    pub fn iou(&self) -> Option<f64> {
        (self.sum > 0.0).then(|| self.intersection / (self.sum - self.intersection))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_soft_label_predicted_exactly_scores_one() {
        let mut overlap = Overlap::default();
        overlap.add(0.3, 0.3, 1.0);
        overlap.add(0.8, 0.8, 2.0);
        assert_eq!((overlap.dice(), overlap.iou()), (Some(1.0), Some(1.0)));
        assert_eq!(Overlap::default().dice(), None);
    }
}
