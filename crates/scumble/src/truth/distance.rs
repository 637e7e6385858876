//! How far a prediction is from the probability behind the votes.

use super::counts::VoteCounts;
use super::floor::ExpectedFloor;
use super::parts::Parts;
use crate::labels::Kind;
use serde::Serialize;

/// How far a prediction is from c, the share of all such raters who would say yes, as far as counted votes can tell.
///
/// It was made without these votes: what was learnt from them looks nearer than it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Truth {
    /// The root of `mean_squared` where that is above 0, else 0.
    pub distance: f64,
    /// The mean of (q - c)^2, over exclusive classes their sum, estimated without bias by (q - s)^2 - s (1-s) / (n-1) with
    /// s = k/n. Chance can leave it below 0 where a prediction is nearly right.
    pub mean_squared: f64,
    /// The same distance of the raters' own mean, the root of the mean of s (1-s) / (n-1).
    pub raters_mean_distance: f64,
    /// V, the mean of c (1-c), over exclusive classes of their sum: by this one rater is off. Without bias.
    pub variance: f64,
    /// How many raters' mean is as near: `variance` / `mean_squared`. `None` where raters do not differ, or
    /// the prediction is nearer than the votes can tell.
    pub worth_in_raters: Option<f64>,
    /// The mean entropy of c, which no cross entropy gets below.
    pub expected_floor: ExpectedFloor,
    /// Pixels with at least two raters (multilabel: pixels times classes).
    pub pixels: u64,
}

/// The sums behind it, of one class.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct TruthSums {
    counts: VoteCounts,
    pixels: u64,
    squared: f64,
}

impl TruthSums {
    /// Counts a pixel at which `k` of `n` raters said yes and `q` was predicted, if there are at least two raters.
    #[inline]
    pub(crate) fn add(&mut self, (k, n): (u16, u16), q: f64, w: f64) {
        if n >= 2 {
            let s = f64::from(k) / f64::from(n);
            self.counts.add(k, n, w);
            self.pixels += 1;
            self.squared += w * (q - s) * (q - s);
        }
    }

    pub(crate) fn add_times(&mut self, other: &Self, times: u32) {
        self.counts.add_times(&other.counts, f64::from(times));
        self.pixels += u64::from(times) * other.pixels;
        self.squared += f64::from(times) * other.squared;
    }

    /// Of this class against the rest.
    pub(crate) fn truth(&self) -> Option<Truth> {
        Self::of(Kind::Binary, [self].into_iter())
    }

    /// Of all classes together. Independent classes: every class at every pixel is an element; exclusive ones are summed at
    /// each pixel.
    pub(crate) fn of<'s>(kind: Kind, classes: impl Iterator<Item = &'s Self> + Clone) -> Option<Truth> {
        let parts = Parts::of(kind, classes.clone().map(|class| &class.counts));
        let noise = parts.noise()?;
        let squared: f64 = classes.clone().map(|class| class.squared).sum();
        let pixels = classes.map(|class| class.pixels);
        let mean_squared = (squared - parts.variance_of_mean) / parts.weight;
        let variance = parts.variance / parts.weight;
        Some(Truth {
            distance: mean_squared.max(0.0).sqrt(),
            mean_squared,
            raters_mean_distance: noise.raters_mean_distance,
            variance,
            worth_in_raters: (mean_squared > 0.0 && variance > 0.0).then(|| variance / mean_squared),
            expected_floor: noise.expected_floor,
            pixels: match kind {
                Kind::Multiclass => pixels.max().unwrap_or(0),
                Kind::Binary | Kind::Multilabel => pixels.sum(),
            },
        })
    }
}
