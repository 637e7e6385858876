use super::{CalibrationBin, Curve};

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
    bins: Vec<CalibrationBin>,
}

/// The highest bin.
const TOP: f64 = 65535.0;

impl Default for Histogram {
    fn default() -> Self {
        Self { bins: vec![CalibrationBin::default(); TOP as usize + 1] }
    }
}

impl Histogram {
    /// One pixel with soft label `p`, prediction `q` in 0..1 and weight `w`.
    #[inline]
    pub fn add(&mut self, p: f64, q: f64, w: f64) {
        let bin = &mut self.bins[(q * TOP + 0.5) as u16 as usize];
        bin.weight += w;
        bin.predicted += w * q;
        bin.observed += w * p;
    }

    /// Adds another's counts.
    pub fn merge(&mut self, other: &Self) {
        self.bins.iter_mut().zip(&other.bins).for_each(|(bin, more)| bin.add_times(more, 1.0));
    }

    /// `groups` bins of equal weight, as far as equal predictions allow: a fine bin is never split, and falls
    /// into the group that its middle pixel belongs to. Groups may stay empty.
    pub fn equal_mass(&self, groups: usize) -> Vec<CalibrationBin> {
        let total: f64 = self.bins.iter().map(|bin| bin.weight).sum();
        let last = groups.max(1) - 1;
        let mut out = vec![CalibrationBin::default(); last + 1];
        let mut before = 0.0;
        for bin in self.bins.iter().filter(|bin| bin.weight > 0.0) {
            let middle = (before + 0.5 * bin.weight) / total;
            out[((middle * (last + 1) as f64) as usize).min(last)].add_times(bin, 1.0);
            before += bin.weight;
        }
        out
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
