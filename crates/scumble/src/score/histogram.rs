//! Predictions counted finely.

use super::calibration::{BinSums, CalibrationBin};
use super::curve::Curve;

/// Predictions of one class counted finely: 65,536 bins, a prediction in the one of its nearest multiple of
/// 1/65535.
///
/// Maps of 8 and of 16 bits take just these values, so nothing is lost. Predictions of f32 are moved by 2^-17
/// at most in what orders them; the sums in the bins are of the predictions themselves. Bins of equal mass,
/// the precision-recall curve and the ROC curve come from here, whatever the number of pixels. 1.5 MiB.
///
/// ```
/// let mut histogram = scumble::score::Histogram::default();
/// histogram.add(0.0, 0.2, 1.0); // label, prediction, weight
/// histogram.add(1.0, 0.6, 1.0);
/// histogram.add(0.5, 0.4, 2.0); // one of two raters
/// let areas = histogram.curve().areas();
/// // Of 2 x 2 pairs of a positive and a negative all are in order, but the one that shares its prediction.
/// assert_eq!(areas.roc_auc, Some(3.5 / 4.0));
/// assert_eq!(histogram.equal_mass(2)[0].weight, 1.0); // the pixel of weight 2 is not split
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    bins: Vec<BinSums>,
}

/// The highest bin.
const TOP: f64 = 65535.0;

impl Default for Histogram {
    fn default() -> Self {
        Self { bins: vec![BinSums::default(); TOP as usize + 1] }
    }
}

impl Histogram {
    /// One pixel with soft label `p`, prediction `q` in 0..1 and weight `w`.
    #[inline]
    pub fn add(&mut self, p: f64, q: f64, w: f64) {
        self.bins[(q * TOP + 0.5) as u16 as usize].add(p, q, w);
    }

    /// Of such bins, as many as there are.
    pub(super) fn of(bins: Vec<BinSums>) -> Self {
        debug_assert_eq!(bins.len(), TOP as usize + 1);
        Self { bins }
    }

    pub(super) fn bins(&self) -> &[BinSums] {
        &self.bins
    }

    /// Adds another's counts.
    pub fn merge(&mut self, other: &Self) {
        self.bins.iter_mut().zip(&other.bins).for_each(|(bin, more)| bin.add_times(more, 1.0));
    }

    /// `groups` bins of equal weight, as far as equal predictions allow: a fine bin is never split, and falls
    /// into the group that its middle pixel belongs to. Groups may stay empty.
    ///
    /// A group ends where the next one begins, the first begins at 0 and the last ends at 1. The groups are those of
    /// just these pixels: the sums of two histograms' groups are not the groups of both together.
    pub fn equal_mass(&self, groups: usize) -> Vec<CalibrationBin> {
        let total: f64 = self.bins.iter().map(|bin| bin.weight).sum();
        let last = groups.max(1) - 1;
        // Where the first fine bin begins, and sums.
        let mut out: Vec<(f64, BinSums)> = vec![(0.0, BinSums::default()); last + 1];
        let mut before = 0.0;
        for (i, bin) in self.bins.iter().enumerate().filter(|(_, bin)| bin.weight > 0.0) {
            let middle = (before + 0.5 * bin.weight) / total;
            let (from, sums) = &mut out[((middle * (last + 1) as f64) as usize).min(last)];
            if sums.weight == 0.0 && before > 0.0 {
                *from = (i as f64 - 0.5) / TOP;
            }
            sums.add_times(bin, 1.0);
            before += bin.weight;
        }
        let mut next = 1.0;
        let range = |(from, sums): &(f64, BinSums)| {
            let to = next;
            next = if sums.weight > 0.0 { *from } else { to };
            sums.within(next, to)
        };
        let mut bins: Vec<_> = out.iter().rev().map(range).collect();
        bins.reverse();
        bins
    }

    /// The precision-recall and the ROC curve.
    pub fn curve(&self) -> Curve {
        Curve::new(
            self.bins
                .iter()
                .enumerate()
                .rev()
                .filter(|(_, bin)| bin.weight > 0.0)
                .map(|(i, bin)| (i as f64 / TOP, bin.observed, bin.weight - bin.observed)),
        )
    }
}
